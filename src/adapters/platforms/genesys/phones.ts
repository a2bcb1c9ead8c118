import { z } from 'zod';
import type { Platform } from '../../../ports/platform';
import { chunksOf, type GenesysApi } from './api';
import { allPages } from './pages';

const PHONES = '/api/v2/telephony/providers/edges/phones';

const phoneStatus = z.looseObject({
  operationalStatus: z.string().nullish(),
  lineStatuses: z.array(z.looseObject({ reachable: z.boolean().nullish() })).nullish(),
});
const phone = z.looseObject({
  id: z.string(),
  state: z.string().nullish(),
  site: z.looseObject({ id: z.string() }),
  status: phoneStatus.nullish(),
  secondaryStatus: phoneStatus.nullish(),
});

type PhoneMethods = Pick<Platform, 'registeredPhones' | 'restartPhones'>;

/**
 * GET .../edges/phones?site.id=&expand=status: registered is an operational status with a reachable line, on the primary
 * or the secondary edge. POST .../edges/phones/reboot `{phoneIds}`.
 */
export function genesysPhones(api: GenesysApi): PhoneMethods {
  return {
    async registeredPhones(site) {
      // The vendor reads `site.id` (its client's `siteId`); an unknown filter would list every phone, so look again.
      const phones = await allPages(api, PHONES, phone, { 'site.id': site, expand: 'status' });
      const own = phones.filter((one) => one.site.id === site && one.state !== 'deleted');
      return new Set(own.filter((one) => isUp(one.status) || isUp(one.secondaryStatus)).map((one) => one.id));
    },

    async restartPhones(phones) {
      for (const phoneIds of chunksOf([...new Set(phones)])) {
        // The body's other field, siteId, restarts a whole site: it is never sent. Nor is this sent twice by itself.
        await api.request('POST', `${PHONES}/reboot`, { body: { phoneIds }, idempotent: false });
      }
    },
  };
}

function isUp(status: z.infer<typeof phoneStatus> | null | undefined): boolean {
  return (
    status?.operationalStatus === 'OPERATIONAL' && (status.lineStatuses ?? []).some((line) => line.reachable === true)
  );
}
