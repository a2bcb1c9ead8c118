/** What Slack's buttons and modals carry back. It says which card was meant; what is true stands in the log. */
import { z } from 'zod';
import { type StepId, stepId, type WaveId, waveId } from '../core/ids';
import { oneLine } from './characters';
import { readJson } from './json-text';
import { bad, good, type Parsed, type ParseFault } from './parse-fault';

export const ACTION_IDS = [
  'gate.approve',
  'gate.hold',
  'gate.rollback',
  'wave.resume',
  'wave.retry',
  'wave.pause',
  'wave.rollback',
  'wave.abort',
] as const;
export type ActionId = (typeof ACTION_IDS)[number];

export interface GateButton {
  readonly wave: WaveId;
  readonly step: StepId;
  readonly gate: number;
  /** The whole hash that the card showed: an approval of anything else is refused. */
  readonly hash: string;
}

export interface WaveButton {
  readonly wave: WaveId;
}

/** Slack's limits for a button's value and a view's private metadata. */
const LONGEST_VALUE = 2000;
const LONGEST_METADATA = 3000;
export const LONGEST_REASON = 500;

const wave = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}-wave-[1-9]\d{0,5}$/);
const designation = z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/);
const step = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,89}$/);
const gate = z.int().min(1).max(100_000);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const channel = z.string().regex(/^[CDG][A-Z0-9]{1,30}$/);

const GATE_VALUE = z.strictObject({ v: z.literal(1), w: wave, s: step, g: gate, h: hash });
const WAVE_VALUE = z.strictObject({ v: z.literal(1), w: wave });

export function encodeGateButton(button: GateButton): string {
  return JSON.stringify({ v: 1, w: button.wave, s: button.step, g: button.gate, h: button.hash });
}

export const encodeWaveButton = (button: WaveButton): string => JSON.stringify({ v: 1, w: button.wave });

export function decodeGateButton(value: string): Parsed<GateButton> {
  const parsed = decoded(value, GATE_VALUE);
  if (!parsed.ok) return parsed;
  const { w, s, g, h } = parsed.value;
  return good({ wave: waveId(w), step: stepId(s), gate: g, hash: h });
}

export function decodeWaveButton(value: string): Parsed<WaveButton> {
  const parsed = decoded(value, WAVE_VALUE);
  return parsed.ok ? good({ wave: waveId(parsed.value.w) }) : parsed;
}

function decoded<Schema extends z.ZodType>(value: string, schema: Schema): Parsed<z.output<Schema>> {
  const json = readJson(value, LONGEST_VALUE);
  const result = schema.safeParse(json);
  return result.success ? good(result.data) : bad(alteredButton(result.error));
}

/** Names the fields only: what somebody put into them is nobody's business to repeat. */
function alteredButton(error: z.ZodError): ParseFault {
  return {
    place: 'button',
    wrong: `the button carries a value that is not ours (${fieldsOf(error)}), so nothing was changed`,
    mend: 'Use the newest card of the thread',
  };
}

const fieldsOf = (error: z.ZodError): string =>
  [
    ...new Set(
      error.issues.map((issue) =>
        String(issue.path[0] ?? (issue.code === 'unrecognized_keys' ? 'a field too many' : 'its form')),
      ),
    ),
  ].join(', ');

const CLICK = z.object({
  user: z.object({ id: z.string().regex(/^[UW][A-Z0-9]{2,30}$/) }),
  trigger_id: z.string().min(1).max(500),
  channel: z.object({ id: channel }),
  message: z.object({ ts: z.string().regex(/^\d{1,12}\.\d{1,10}$/) }),
  actions: z.tuple([z.object({ action_id: z.enum(ACTION_IDS), value: z.string() })], z.unknown()),
});

/** The parts of a `block_actions` payload that a handler needs. */
export interface ButtonClick {
  readonly action: ActionId;
  readonly value: string;
  readonly user: string;
  readonly channel: string;
  readonly messageTs: string;
  readonly triggerId: string;
}

export function parseButtonClick(payload: unknown): Parsed<ButtonClick> {
  const result = CLICK.safeParse(payload);
  if (!result.success) {
    const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.') || 'its form'))].join(', ');
    return bad({
      place: 'click',
      wrong: `Slack sent a click that does not fit (${fields})`,
      mend: 'Click again, or use the slash command',
    });
  }
  const { user, trigger_id, channel: at, message, actions } = result.data;
  const [{ action_id, value }] = actions;
  return good({
    action: action_id,
    value,
    user: user.id,
    channel: at.id,
    messageTs: message.ts,
    triggerId: trigger_id,
  });
}

/** A reason given in a modal, with what it is for. `site` names the site where the wave is not known yet. */
export type ReasonModal = {
  readonly wave: WaveId | null;
  readonly site: string;
  readonly channel: string;
  /** The ts of the thread in which it was asked for; null in the channel itself. */
  readonly thread: string | null;
  readonly reason: string;
  /** What was typed where the modal asked for a word to be repeated; null where it did not. */
  readonly confirmed: string | null;
} & (
  | { readonly kind: 'approve' | 'hold'; readonly step: StepId; readonly gate: number; readonly hash: string }
  /** `gate`: the number on the gate card where it was asked for; null from elsewhere. */
  | { readonly kind: 'rollback'; readonly gate: number | null }
  | { readonly kind: 'abort' | 'skip' }
);

const messageTs = z.string().regex(/^\d{1,12}\.\d{1,10}$/);
const common = { v: z.literal(1), w: designation, channel, t: messageTs.optional() };
const guarded = { s: step, g: gate, h: hash };
const METADATA = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, ...guarded, kind: z.enum(['gate.approve', 'gate.hold', 'gate.rollback']) }),
  z.strictObject({ ...common, kind: z.enum(['wave.rollback', 'wave.abort', 'wave.skip']) }),
]);
export type ModalMetadata = z.output<typeof METADATA>;

export const encodeModalMetadata = (metadata: ModalMetadata): string => JSON.stringify(metadata);

const INPUT = z.object({ text: z.object({ value: z.string().nullish() }) });
const VIEW = z.object({
  private_metadata: z.string(),
  state: z.object({ values: z.object({ reason: INPUT, confirm: INPUT.optional() }) }),
});

/** A submitted view with the blocks `reason`/`text` and, where a word is asked for, `confirm`/`text`. */
export function parseReasonModal(view: unknown): Parsed<ReasonModal> {
  const submitted = VIEW.safeParse(view);
  if (!submitted.success) return bad(alteredModal);
  const { private_metadata, state } = submitted.data;
  const metadata = METADATA.safeParse(readJson(private_metadata, LONGEST_METADATA));
  const reason = reasonOf(state.values.reason.text.value ?? '');
  if (!metadata.success) return reason.ok ? bad(alteredModal) : bad(alteredModal, ...reason.faults);
  if (!reason.ok) return reason;
  const confirmed = state.values.confirm === undefined ? null : oneLine(state.values.confirm.text.value ?? '');
  return good(modalOf(metadata.data, reason.value, confirmed));
}

const alteredModal: ParseFault = {
  place: 'modal',
  wrong: 'the form carries something that is not ours, so nothing was changed',
  mend: 'Close it and use the newest card of the thread',
};

function reasonOf(text: string): Parsed<string> {
  const reason = oneLine(text);
  if (reason === '') return bad({ place: 'reason', wrong: 'a reason is missing', mend: 'Write why, in a few words' });
  if (reason.length <= LONGEST_REASON) return good(reason);
  return bad({
    place: 'reason',
    wrong: `the reason has ${reason.length} characters; ${LONGEST_REASON} is the most`,
    mend: 'Shorten it',
  });
}

function modalOf(metadata: ModalMetadata, reason: string, confirmed: string | null): ReasonModal {
  const { w, channel: at, t: thread = null } = metadata;
  const site = w.replace(/-wave-\d+$/, '');
  const about = { wave: site === w ? null : waveId(w), site, channel: at, thread, reason, confirmed };
  switch (metadata.kind) {
    case 'gate.approve':
    case 'gate.hold': {
      const kind = metadata.kind === 'gate.approve' ? 'approve' : 'hold';
      return { ...about, kind, step: stepId(metadata.s), gate: metadata.g, hash: metadata.h };
    }
    case 'gate.rollback':
      return { ...about, kind: 'rollback', gate: metadata.g };
    case 'wave.rollback':
      return { ...about, kind: 'rollback', gate: null };
    case 'wave.abort':
      return { ...about, kind: 'abort' };
    case 'wave.skip':
      return { ...about, kind: 'skip' };
  }
}
