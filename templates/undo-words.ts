import type { PlannedStep } from '../src/core/plan';
import type { StepKind } from '../src/core/step-kinds';
import { escaped } from './escape';
import { count } from './names';

/** What taking a step back is called; null where a step only looks. */
const UNDO_WORDS: Readonly<Record<StepKind, string | null>> = {
  'lower-ttl': 'TTLs back',
  'assign-licences': 'Licences back',
  'provision-standby': null,
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

/** The way back as a list; steps that only looked are counted. */
export function undoList(steps: readonly PlannedStep[]): readonly string[] {
  const writers = steps.filter(({ kind }) => UNDO_WORDS[kind] !== null);
  const lines = writers.map((step, i) => `${i + 1}. ${UNDO_WORDS[step.kind]}  (${escaped(step.title, 90)})`);
  const looked = steps.length - writers.length;
  return looked === 0 ? lines : [...lines, `${count(looked, 'further step')} only looked and wrote nothing.`];
}
