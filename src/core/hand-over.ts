import { stepAt, stepIndex, type Wave } from './wave';

/**
 * Whether legacy may have been told to take no new calls while no trunk of the new side has been seen in service: the
 * seconds in which callers find no way in, and no place for a wave to be left at. On the way back it is never asked: there
 * legacy is armed first.
 */
export function isBetweenTrunks(wave: Wave): boolean {
  if ('undo' in wave) return false;
  const drain = stateOf(wave, 'drain-legacy');
  const inbound = stateOf(wave, 'activate-inbound');
  if (!drain || !inbound || drain.captured === null || drain.status === 'undone') return false;
  if (inbound.status === 'undone') return false;
  return inbound.status !== 'done' && inbound.phase === 'apply' && !wasInService(inbound.progress);
}

/** As `jobs/steps/activate-inbound.ts` notes it: phones are moved only once the trunk was seen in service. */
function wasInService(progress: unknown): boolean {
  if (typeof progress !== 'object' || progress === null) return false;
  const { walk, inService } = progress as { readonly walk?: unknown; readonly inService?: unknown };
  return inService === true || (walk !== undefined && walk !== null);
}

function stateOf(wave: Wave, kind: 'drain-legacy' | 'activate-inbound') {
  const planned = wave.plan.steps.find((step) => step.kind === kind);
  return planned ? stepAt(wave, stepIndex(wave, planned.id)).state : null;
}
