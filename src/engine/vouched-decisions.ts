import { type Refusal, refuse } from '../core/commands';
import type { LoggedEvent, WaveEvent, WaveEventType } from '../core/events';
import type { LostPost } from '../core/log-loss';
import { evolve, type Wave } from '../core/wave';

/** What people take upon themselves: whoever writes a file could write these too, and the hashes that go with them. */
const DECISIONS: readonly WaveEventType[] = ['GateApproved', 'LineWaived', 'StepSkipped', 'UndoneByHand'];
/** Of a step behind a gate these say that it was approved. */
const BEHIND_A_GATE: readonly WaveEventType[] = ['StepBegun', 'StepApplied', 'StepPassed'];

interface Restored {
  /** The whole log as it would be: what the store has, then the file's. Its hashes have been found to follow one another. */
  readonly whole: readonly LoggedEvent[];
  /** The last event that the store has itself. */
  readonly base: number;
  /** The last that is known to have happened; null when only the world shows that there were some. */
  readonly known: number | null;
  /** Posts that tell lost events; their marks have been found to fit. */
  readonly posts: readonly LostPost[];
}

/** Refuses decisions of people for which the file alone speaks: the thread shows no mark of them or of what followed. */
export function unvouched({ whole, base, known, posts }: Restored): Refusal | null {
  const vouched = Math.max(base, ...posts.map(({ to, mark }) => (mark === null ? 0 : to)));
  const wave = whole.slice(0, vouched).reduce<Wave | null>(evolve, null);
  const entry = whole.slice(vouched).find(({ event }) => isDecision(event) || (wave && passesGate(wave, event)));
  if (!entry) return null;
  const before = entry.seq - 1;
  const wayOn =
    before > base && before >= (known ?? 0)
      ? 'Take this event and all behind it out of the file, put that back, and ask people again.'
      : 'Without it the file has nothing to put back, or less than is known to have happened: go on with Resume or Roll back in the thread.';
  return refuse(
    'not-allowed',
    `Nothing was put back: event ${entry.seq} of the file (${entry.event.type}) stands for a decision of people, and nothing but the file tells of events after ${vouched}, so nobody can vouch for it. ${wayOn}`,
  );
}

function isDecision(event: WaveEvent): boolean {
  if (event.type === 'EventsRestored') return event.events.some((inner) => isDecision(inner.event));
  return DECISIONS.includes(event.type);
}

function passesGate(wave: Wave, event: WaveEvent): boolean {
  if (event.type === 'EventsRestored') return event.events.some((inner) => passesGate(wave, inner.event));
  if (!BEHIND_A_GATE.includes(event.type) || !('step' in event)) return false;
  const at = wave.plan.steps.findIndex(({ id }) => id === event.step);
  const state = wave.steps[at];
  return wave.plan.steps[at]?.gated === true && state?.gate.state !== 'approved' && state?.begun !== true;
}
