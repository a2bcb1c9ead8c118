import { FRESH, type StepState, type Wave } from './wave';

/** A wave as it is kept beside its plan, which never changes: what concerns all of it, and each step that is not as at the start. */
export interface PackedWave {
  readonly state: string;
  /** By number, from 0. */
  readonly steps: ReadonlyMap<number, string>;
}

/**
 * With the wave as it is kept already, only what has changed since: an event concerns one step or two. Null where nobody
 * knows what is kept: every step then, since one that is as at the start again may be kept otherwise.
 */
export function packed(wave: Wave, kept: Wave | 'new' | null): PackedWave {
  const { plan: _never, steps, ...rest } = wave;
  const changed = new Map<number, string>();
  for (const [i, state] of steps.entries()) {
    if (state !== (kept === 'new' ? FRESH : kept?.steps[i])) changed.set(i, textOf(state));
  }
  return { state: JSON.stringify(rest), steps: changed };
}

const textOf = (state: StepState): string => JSON.stringify(differences(state));

/** The other way round, for what may be anything: what is no packed wave comes back as something that is no wave. */
export function unpacked(plan: unknown, state: unknown, steps: (index: number) => unknown): unknown {
  const count = isRecord(plan) && Array.isArray(plan.steps) ? plan.steps.length : 0;
  const whole = (step: unknown): unknown => (step === null ? FRESH : isRecord(step) ? { ...FRESH, ...step } : step);
  return {
    ...(isRecord(state) ? state : {}),
    plan,
    steps: Array.from({ length: count }, (_, i) => whole(steps(i))),
  };
}

const FIELDS = Object.keys(FRESH) as readonly (keyof StepState)[];

function differences(state: StepState): object {
  const kept: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const isFresh = field === 'gate' ? state.gate.state === 'closed' : state[field] === FRESH[field];
    if (!isFresh) kept[field] = state[field];
  }
  return kept;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
