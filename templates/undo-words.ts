import type { StepId } from '../src/core/ids';
import type { PlannedStep } from '../src/core/plan';
import type { StepKind } from '../src/core/step-kinds';
import { type StepState, stepAt, stepIndex, type Wave } from '../src/core/wave';
import { escaped } from './escape';
import { count } from './names';

/** What taking a step back is called; null where a step only looks. */
const UNDO_WORDS: Readonly<Record<StepKind, string | null>> = {
  preflight: null,
  'lower-ttl': 'TTLs back',
  'assign-licences': 'Licences back',
  'provision-standby': 'Numbers off the call route',
  'shadow-routing': 'Shadow off',
  'check-readiness': null,
  'switch-dns': 'DNS back, and confirmed',
  'confirm-propagation': null,
  'drain-legacy': 'Legacy re-armed',
  'activate-inbound': 'New inbound trunks off',
  'activate-outbound': 'New outbound routes off',
  'enable-failover': 'Failover back',
  'shift-queues': 'Queues and allocation back',
  'observe-calls': null,
  'retire-legacy': 'Legacy switched on again',
  'restore-ttl': 'TTLs low again',
  http: 'Inverse call',
};

/** Such a step measures and writes nothing, or, as the standby does, hardly ever. */
export const onlyLooks = (kind: StepKind): boolean => kind === 'provision-standby' || UNDO_WORDS[kind] === null;

/** What there is to take back: a step captures before its first write, so without a capture it has not written. */
export const hasWritten = ({ planned, state }: { readonly planned: PlannedStep; readonly state: StepState }): boolean =>
  UNDO_WORDS[planned.kind] !== null && (state.captured !== null || state.lost === true);

/** The way back as a list; steps that have written nothing are counted. */
export function undoList(wave: Wave, undo: readonly StepId[]): readonly string[] {
  const steps = undo.map((id) => stepAt(wave, stepIndex(wave, id)));
  const writers = steps.filter(hasWritten);
  const lines = writers.map(
    ({ planned }, i) => `${i + 1}. ${UNDO_WORDS[planned.kind]}  (${escaped(planned.title, 90)})`,
  );
  const others = steps.length - writers.length;
  return others === 0 ? lines : [...lines, `${count(others, 'further step')} had written nothing.`];
}
