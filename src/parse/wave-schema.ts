import { z } from 'zod';
import type { Json } from '../core/json';
import { must } from './fit-schema';
import { type Finding, shown } from './parse-fault';
import { lineFinding, wordFinding } from './site-fields';

const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const;
const ROLLBACK_ACTION = 'revert_dns_and_deactivate_trunks';

const json: z.ZodType<Json> = z.json();
const method = z.enum(METHODS);

const sequenceStep = z.strictObject({
  step: z.string().superRefine(must(wordFinding)),
  endpoint: z.string(),
  method,
  validation: z.string().max(2000),
  body: json.exactOptional(),
  inverse: z.strictObject({ method, endpoint: z.string(), body: json.exactOptional() }).exactOptional(),
  title: z.string().superRefine(must(lineFinding)).exactOptional(),
  gate: z.boolean().exactOptional(),
});

/** The guide's document, field for field, with what may be added to a step. */
export const WAVE_FILE = z.strictObject({
  waveId: z.string(),
  sequence: z.array(sequenceStep).min(1).max(50),
  rollbackTrigger: z.string(),
  rollbackAction: z.string().superRefine(must(actionFinding)),
});

export type WaveFile = z.output<typeof WAVE_FILE>;
export type SequenceStep = WaveFile['sequence'][number];

function actionFinding(action: string): Finding | null {
  return action === ROLLBACK_ACTION
    ? null
    : { wrong: `is ${shown(action)}`, mend: `Write "${ROLLBACK_ACTION}", the only one that there is` };
}
