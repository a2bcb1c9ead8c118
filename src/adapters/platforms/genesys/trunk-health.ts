import { z } from 'zod';

const reference = z.looseObject({ id: z.string() });
const proxy = z.looseObject({
  proxyAddress: z.string().nullish(),
  errorInfo: z.looseObject({ text: z.string().nullish(), code: z.string().nullish() }).nullish(),
});

/** GET /api/v2/telephony/providers/edges/trunks: one trunk of an edge or edge group. */
export const trunkInstance = z.looseObject({
  id: z.string(),
  name: z.string(),
  state: z.string().nullish(),
  trunkBase: reference,
  inService: z.boolean().nullish(),
  enabled: z.boolean().nullish(),
  connectedStatus: z.looseObject({ connected: z.boolean().nullish() }).nullish(),
  optionsEnabledStatus: z.string().nullish(),
  optionsStatus: z.array(proxy.extend({ optionState: z.boolean().nullish() })).nullish(),
  registersEnabledStatus: z.string().nullish(),
  registersStatus: z.array(proxy.extend({ registerState: z.boolean().nullish() })).nullish(),
});
export type TrunkInstance = z.infer<typeof trunkInstance>;

/** The verdict over all trunks of a base, with a sentence that names the first failing sign. */
export function inService(
  base: string,
  enabled: boolean,
  trunks: readonly TrunkInstance[],
): { readonly inService: boolean; readonly health: string } {
  if (!enabled) return { inService: false, health: `${base} is switched off in its settings.` };
  if (trunks.length === 0) return { inService: false, health: `${base} has no trunk on any edge yet.` };
  for (const trunk of trunks) {
    const sign = failingSign(trunk);
    if (sign !== null) return { inService: false, health: `${trunk.name} ${sign}.` };
  }
  const watched = trunks.every((trunk) => trunk.optionsEnabledStatus === 'ENABLED');
  const caveat = watched ? '' : ' OPTIONS is off, so nothing shows whether the carrier can be reached.';
  return { inService: true, health: `${base} is in service.${caveat}` };
}

/**
 * Which of `inService` and `enabled` speaks of the base and which of the edge is told differently in the vendor's own
 * texts, so both must be true. What the platform does not say is not taken for good, `connected` excepted: it is absent
 * where there is no connection to hold (UDP).
 */
function failingSign(trunk: TrunkInstance): string | null {
  if (trunk.state && trunk.state !== 'active') return `is in state "${trunk.state}"`;
  if (trunk.inService !== true) return 'is not in service (inService)';
  if (trunk.enabled !== true) return 'is not enabled (enabled)';
  if (trunk.connectedStatus?.connected === false) return 'is not connected (connectedStatus)';
  if (trunk.optionsEnabledStatus === 'ENABLED') {
    if (!trunk.optionsStatus?.length) return 'has no answer to its OPTIONS yet (optionsStatus)';
    const silent = trunk.optionsStatus.find((one) => one.optionState !== true);
    if (silent) return `gets no good answer to OPTIONS from ${addressAndError(silent)} (optionsStatus)`;
  }
  if (trunk.registersEnabledStatus === 'ENABLED') {
    if (!trunk.registersStatus?.length) return 'has not tried to register yet (registersStatus)';
    const refused = trunk.registersStatus.find((one) => one.registerState !== true);
    if (refused) return `is not registered at ${addressAndError(refused)} (registersStatus)`;
  }
  return null;
}

function addressAndError(about: z.infer<typeof proxy>): string {
  const error = about.errorInfo?.text ?? about.errorInfo?.code;
  return `${about.proxyAddress ?? 'a proxy'}${error ? `: ${error}` : ''}`;
}
