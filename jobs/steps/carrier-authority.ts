import { wayIn } from '../../src/core/carrier-order';
import { listed } from '../../src/core/wording';
import type { AuthorityFinding } from './authority';
import { type CarrierView, carrierLines } from './carrier-switch';
import type { StepContext } from './step-work';

/** Whether the carrier leads callers to one side, and to the one that the wave has come to; in the hand-over to either. */
export function judgeCarrier(
  context: StepContext,
  phase: 'before' | 'hand-over' | 'after',
  view: CarrierView,
): AuthorityFinding {
  const first = wayIn(view);
  const wanted = phase === 'before' ? 'legacy' : phase === 'after' ? 'target' : null;
  const isOn = (side: 'legacy' | 'target') => (wanted === null ? null : (first === side) === (wanted === side));
  const evidence = carrierLines(context, view, { legacy: isOn('legacy'), target: isOn('target') });
  const of = (verdict: AuthorityFinding['verdict'], summary: string): AuthorityFinding => ({
    verdict,
    summary,
    evidence,
  });
  if (first === 'split') {
    return of(
      'failed',
      `Two ways in at once at the carrier: both destinations are enabled at priority ${view.legacy.priority} and share the calls by weight.`,
    );
  }
  if (first === 'nowhere' && view.others.length === 0)
    return of('failed', 'Callers find no way in: both destinations are disabled at the carrier.');
  if (first === 'nowhere') {
    const where = listed(view.others.map(({ uri }) => uri));
    return of(
      'held',
      `The carrier sends the calls to ${where}, which the site file does not name. Set it back and resume.`,
    );
  }
  const side = first === 'legacy' ? 'the legacy gateway' : 'the new gateway';
  // After the hand-over legacy refuses, so a carrier that still tries it first only delays the callers; before, it decides.
  if (wanted !== null && (first !== wanted || (phase === 'after' && view.legacy.enabled))) {
    return of(
      'held',
      `The carrier does not lead the calls where this wave has come to: ${side} is tried first${first === 'target' && view.legacy.enabled ? ', legacy after it' : ''}. Somebody changed it by hand; set it back and resume.`,
    );
  }
  return of('passed', `The carrier leads the calls to ${side}.`);
}
