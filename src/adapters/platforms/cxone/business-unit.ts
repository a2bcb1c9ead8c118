import { z } from 'zod';
import type { Platform } from '../../../ports/platform';
import { type CxoneApi, notThere } from './api';
import { figure, flag, idText } from './fitted';

const unit = z.looseObject({
  businessUnitId: idText,
  businessUnitName: z.string().nullish(),
  isActive: flag.nullish(),
  globalCallerId: z.string().nullish(),
  userLimit: figure.nullish(),
  concurrentAgentLimit: figure.nullish(),
  features: z
    .array(
      z.looseObject({
        productId: idText.nullish(),
        productDescription: z.string().nullish(),
        isEnabled: flag.nullish(),
      }),
    )
    .nullish(),
});
export type UnitSettings = z.infer<typeof unit>;
/** Older versions give the one unit bare, newer ones a list. */
const answer = z.union([
  z
    .looseObject({ businessUnits: z.array(unit).min(1) })
    .transform(({ businessUnits }) => businessUnits[0] as UnitSettings),
  unit,
]);

export interface BusinessUnit extends Pick<Platform, 'organisation'> {
  read(): Promise<UnitSettings>;
  /** Products that are enabled, by id and by description: a site file may write either. */
  products(): Promise<ReadonlySet<string>>;
}

/** GET /business-unit: the tenant's settings, limits and products. */
export function cxoneBusinessUnit(api: CxoneApi): BusinessUnit {
  async function read(): Promise<UnitSettings> {
    const found = await api.get('/business-unit', answer);
    if (!found) throw notThere('business unit', 'of this access key');
    return found;
  }
  return {
    read,
    async organisation() {
      const { businessUnitId, businessUnitName } = await read();
      return { id: businessUnitId, name: businessUnitName || businessUnitId };
    },
    async products() {
      const { features } = await read();
      const enabled = (features ?? []).filter(({ isEnabled }) => isEnabled === true);
      return new Set(
        enabled.flatMap(({ productId, productDescription }) => [productId ?? [], productDescription ?? []].flat()),
      );
    },
  };
}

/** The vendor keeps numbers without the plus; one without a country code stays as it is. */
export function e164(number: string): string {
  const digits = number.replace(/\D/g, '');
  return digits.length > 10 ? `+${digits}` : digits;
}
