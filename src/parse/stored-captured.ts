/**
 * What a step found before its first write, as its way back reads it. The undo writes these values and the runbook shows
 * them, so what does not fit is refused before anybody goes by it.
 */
import { z } from 'zod';
import type { StepKind } from '../core/step-kinds';

const text = z.string();
const texts = z.array(text);
const enabled = z.boolean();
const percent = z.number();

const records = z.looseObject({
  records: z.array(
    z.looseObject({
      name: text,
      type: z.enum(['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR']),
      ttl: z.number().min(0),
      values: texts,
    }),
  ),
});
const trunks = z.looseObject({ trunks: z.array(z.looseObject({ trunkBase: text, enabled })) });
const legacyTrunks = z.array(z.looseObject({ id: text, mode: z.enum(['active', 'standby', 'off']) }));
const destination = z.looseObject({ enabled, priority: z.int().min(0), weight: z.int().min(0) });
const shares = z.looseObject({ allocationPercent: percent, shadowPercent: percent });

/** Null: the step writes nothing, and nobody reads what it may have kept. Members that waves of before lack may be absent. */
export const CAPTURED: Readonly<Record<StepKind, z.ZodType | null>> = {
  preflight: null,
  'lower-ttl': records,
  'assign-licences': z.looseObject({ lacking: z.array(z.looseObject({ licence: text, users: texts })) }),
  'provision-standby': z.looseObject({ route: text, added: texts }),
  'shadow-routing': shares,
  'check-readiness': null,
  'switch-dns': records,
  'confirm-propagation': null,
  'drain-legacy': z.looseObject({
    trunks: legacyTrunks,
    carrier: z.looseObject({ legacy: destination, target: destination }).nullish(),
  }),
  'activate-inbound': trunks,
  'activate-outbound': z.looseObject({ routes: z.array(z.looseObject({ route: text, enabled })) }),
  'enable-failover': trunks,
  'shift-queues': z.looseObject({
    queues: z.array(z.looseObject({ queue: text, joined: texts })),
    shares,
    diversion: z.looseObject({ group: text, enabled }).nullish(),
  }),
  'observe-calls': null,
  'retire-legacy': z.looseObject({
    trunks: legacyTrunks,
    queues: z.array(z.looseObject({ id: text, enabled })),
  }),
  'restore-ttl': records,
  http: z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('answer') }),
    z.looseObject({ kind: z.literal('absent') }),
    z.looseObject({ kind: z.literal('unsupported'), status: z.number() }),
  ]),
};
