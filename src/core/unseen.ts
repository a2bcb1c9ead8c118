import type { Effect } from './due';
import type { StepKind } from './step-kinds';
import { stepAt, type Wave } from './wave';

const TOUCHES_CALLS: readonly StepKind[] = [
  'switch-dns',
  'drain-legacy',
  'activate-inbound',
  'activate-outbound',
  'shift-queues',
  'retire-legacy',
];

/**
 * What may be done for a wave whose log could not be compared, because nobody who knows more can be asked. A way back goes
 * on: it looks before it writes and restores the service. Where callers are under way to the new side, what has begun is
 * watched to its end, and what stands behind no gate follows: to stop there would leave them where nobody looks. Nothing
 * that waits for people, and nothing of a wave that has touched no calls, is begun.
 */
export function mayGoOnUnseen(wave: Wave, effect: Effect['kind']): boolean {
  if (wave.status === 'rolling-back') return effect === 'undo-step';
  if (wave.status !== 'running' || effect !== 'run-step') return false;
  const { planned, state } = stepAt(wave, wave.at);
  return touchesCalls(wave) && (state.begun || !planned.gated);
}

const touchesCalls = (wave: Wave): boolean =>
  wave.plan.steps.some((planned, i) => {
    const state = wave.steps[i];
    const isWritten = state !== undefined && state.captured !== null && state.status !== 'undone';
    return isWritten && (TOUCHES_CALLS.includes(planned.kind) || planned.kind === 'http');
  });
