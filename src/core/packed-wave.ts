import { FRESH, type StepState, type Wave } from './wave';

/**
 * What is kept of a wave beside its plan, which never changes. It is written with every event, so what is still as it was
 * at the start takes no room.
 */
export function packedText(wave: Wave): string {
  const { plan: _kept, steps, ...rest } = wave;
  return `${JSON.stringify(rest).slice(0, -1)},"steps":[${steps.map(textOf).join(',')}]}`;
}

/** A step's state is never changed but replaced, and all but one of them by the next event are the same. */
const texts = new WeakMap<StepState, string>();

function textOf(state: StepState): string {
  const known = texts.get(state);
  if (known !== undefined) return known;
  const text = JSON.stringify(differences(state));
  texts.set(state, text);
  return text;
}

/** The other way round, for what may be anything: whatever is no packed wave comes back as it is. */
export function unpacked(value: unknown): unknown {
  if (!isRecord(value) || !Array.isArray(value.steps)) return value;
  return { ...value, steps: value.steps.map((step) => (isRecord(step) ? { ...FRESH, ...step } : step)) };
}

const FIELDS = Object.keys(FRESH) as readonly (keyof StepState)[];

function differences(state: StepState): object {
  if (state === FRESH) return {};
  const kept: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const isFresh = field === 'gate' ? state.gate.state === 'closed' : state[field] === FRESH[field];
    if (!isFresh) kept[field] = state[field];
  }
  return kept;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
