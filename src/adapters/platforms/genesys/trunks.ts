import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { Platform } from '../../../ports/platform';
import { chunksOf, type GenesysApi, id } from './api';
import { fitted, SYSTEM } from './fitted';
import { allPages } from './pages';
import { inService, type TrunkInstance, trunkInstance } from './trunk-health';
import { changeVersioned } from './versioned';

const EDGES = '/api/v2/telephony/providers/edges';

/** Settings of a base are `properties.<key>.value.instance`; the rest of the object is sent back as it came. */
const trunkBase = z.looseObject({
  id: z.string(),
  name: z.string(),
  version: z.number(),
  managed: z.boolean().nullish(),
  properties: z.looseObject({
    trunk_enabled: z.looseObject({ value: z.looseObject({ instance: z.boolean() }) }),
    trunk_media_codec: z.looseObject({ value: z.looseObject({ instance: z.array(z.string()) }) }).optional(),
  }),
});

const count = z.number().int().nonnegative();
const trunkMetrics = z.array(
  z.looseObject({
    trunk: z.looseObject({ id: z.string() }),
    calls: z.looseObject({ inboundCallCount: count, outboundCallCount: count }).nullish(),
  }),
);
const limit = z.union([count, z.string().regex(/^\d+$/, 'expected a whole number').transform(Number)]);
const limitProperty = z.looseObject({ value: z.looseObject({ instance: limit.nullish() }) }).nullish();

type TrunkMethods = Pick<Platform, 'trunk' | 'setTrunk'>;

/**
 * Trunks by their base settings: GET and PUT .../edges/trunkbasesettings/{id}. One base may back several trunks
 * (GET .../edges/trunks), which are switched together; it is in service when each of them is.
 *
 * `sessionLimitProperty` is the base's property that caps concurrent calls; null limits without it.
 */
export function genesysTrunks(api: GenesysApi, clock: Clock, sessionLimitProperty: string): TrunkMethods {
  return {
    async trunk(base) {
      const path = `${EDGES}/trunkbasesettings/${id(base)}`;
      const settings = await api.get(path, trunkBase);
      const { trunk_enabled, trunk_media_codec } = settings.properties;
      const enabled = trunk_enabled.value.instance;
      const instances = await trunksOf(api, base);
      const named = z.looseObject({ properties: z.looseObject({ [sessionLimitProperty]: limitProperty }) });
      const cap = fitted(named, settings, 'GET', path).properties[sessionLimitProperty];
      return {
        id: settings.id,
        name: settings.name,
        enabled,
        ...inService(settings.name, enabled, instances),
        codecs: trunk_media_codec?.value.instance ?? [],
        maxConcurrentSessions: cap?.value.instance ?? null,
        liveCalls: await liveCalls(api, instances),
      };
    },

    async setTrunk(base, enabled) {
      return changeVersioned(api, clock, `${EDGES}/trunkbasesettings/${id(base)}`, trunkBase, (current) => {
        const { trunk_enabled } = current.properties;
        if (trunk_enabled.value.instance === enabled) return null;
        if (current.managed) throw managedBase(current.name);
        const switched = { ...trunk_enabled, value: { ...trunk_enabled.value, instance: enabled } };
        return { ...current, properties: { ...current.properties, trunk_enabled: switched } };
      });
    },
  };
}

/** The vendor reads `trunkBase.id` (its client's `trunkBaseId`); an unknown filter would list every trunk, so look again. */
async function trunksOf(api: GenesysApi, base: string): Promise<readonly TrunkInstance[]> {
  const trunks = await allPages(api, `${EDGES}/trunks`, trunkInstance, { 'trunkBase.id': base });
  return trunks.filter((trunk) => trunk.trunkBase.id === base && trunk.state !== 'deleted');
}

/** GET .../edges/trunks/metrics?trunkIds=a,b: calls in both directions. Null as soon as one trunk has no figures. */
async function liveCalls(api: GenesysApi, trunks: readonly TrunkInstance[]): Promise<number | null> {
  let calls = 0;
  for (const some of chunksOf(trunks)) {
    const trunkIds = some.map((trunk) => trunk.id).join(',');
    const metrics = await api.get(`${EDGES}/trunks/metrics`, trunkMetrics, { trunkIds });
    for (const trunk of some) {
      const own = metrics.find((one) => one.trunk.id === trunk.id);
      // Zero would read as drained.
      if (own?.calls === undefined || own.calls === null) return null;
      calls += own.calls.inboundCallCount + own.calls.outboundCallCount;
    }
  }
  return calls;
}

function managedBase(name: string): Fault {
  const message = `The trunk settings "${name}" are managed by ${SYSTEM} and cannot be changed: name trunk settings of your own in the site file.`;
  return new Fault(message, { system: SYSTEM, transient: false });
}
