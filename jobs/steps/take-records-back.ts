import type { UndoOutcome } from '../../src/core/outcome';
import { givesNew } from '../../src/core/propagation';
import { type RecordState, sameState, sameValues } from '../../src/core/record-values';
import { counted, duration, listed } from '../../src/core/wording';
import { knownManners } from './cache-figures';
import { askNameServers } from './name-servers';
import { undone } from './outcomes';
import { plannedRecords } from './planned-records';
import { changedLine, differenceLine, liveRecord, questionOf, stateOf, writeRecords } from './record-sets';
import { askResolvers, ordinaryAskings, type ResolverFinding } from './resolvers';
import type { StepContext } from './step-work';

const SECONDARY_MS = 5_000;
/** The last look ends this long before the step's time is up, so that its report still counts. */
const MARGIN_MS = 60_000;

/**
 * Writes the sets back as they were and waits until every name server and every resolver shows them. A resolver that
 * keeps the other answer past the lag limit does not block the way back: the legacy gateway is armed by then and stands
 * in that answer too, so its calls are safe. It is named.
 */
export async function takeRecordsBack(context: StepContext, before: readonly RecordState[]): Promise<UndoOutcome> {
  const failure = await writeBack(
    context,
    before,
    plannedRecords(context).map(({ after }) => after),
  );
  if (failure) return failure;
  const servers = await askNameServers(context, before);
  if (!servers.agree) {
    const summary = `${listed(servers.behind)} still to show the records from before.`;
    return { kind: 'waiting', summary, evidence: servers.evidence, recheckAfterMs: SECONDARY_MS, until: null };
  }
  const after = plannedRecords(context).map((planned) => planned.after.values);
  const findings = await askResolvers(
    context,
    before.map((state) => ({ state, former: after })),
    ordinaryAskings(context, knownManners(context)),
  );
  const late = findings.filter(({ reading }) => !givesNew(reading));
  const evidence = [...servers.evidence, ...findings.flatMap((finding) => finding.evidence)];
  const names = listed(late.map(({ resolver }) => resolver.name));
  if (late.length === 0)
    return undone(`${counted(before.length, 'record')} as before, at every name server and every resolver.`, evidence);
  const { afterMs, until } = nextLook(late, context.now());
  const limit = Math.min(context.plan.limits.propagationLagMs, context.step.deadlineMs) - MARGIN_MS;
  const waited = context.now() - context.since;
  if (waited + afterMs >= limit) {
    const summary = `The records are as before at every name server; after ${duration(waited)} ${names} still give${late.length === 1 ? 's' : ''} the other answer, in which the legacy gateway is named too.`;
    return undone(summary, evidence);
  }
  const left = late.map(({ resolver, goneAt }) => leftText(resolver.name, goneAt, context.now()));
  return {
    kind: 'waiting',
    summary: `${findings.length - late.length} of ${counted(findings.length, 'resolver')} give the records from before; still to follow: ${listed(left)}.`,
    evidence,
    recheckAfterMs: afterMs,
    until,
  };
}

const SOONEST_MS = 5_000;
const LATEST_MS = 60_000;
const UNKNOWN_MS = 10_000;

/** When the first of the answers that are in the way can have changed, and when the last of them will have; null: nobody can say. */
export function nextLook(late: readonly Pick<ResolverFinding, 'goneAt'>[], now: number) {
  const times = late.map((each) => each.goneAt ?? now + UNKNOWN_MS);
  const first = Math.min(...times, now + LATEST_MS);
  const known = late.every((each) => each.goneAt !== null);
  return {
    afterMs: Math.min(LATEST_MS, Math.max(SOONEST_MS, first - now)),
    until: known ? Math.max(...times) : null,
  };
}

export const leftText = (resolver: string, goneAt: number | null, now: number): string =>
  goneAt === null ? resolver : `${resolver} (${duration(Math.max(0, goneAt - now))} left)`;

/** A set that holds neither what we wrote nor what was there before is somebody else's: it is not overwritten. */
export async function writeBack(
  context: StepContext,
  before: readonly RecordState[],
  ours: readonly RecordState[],
): Promise<UndoOutcome | null> {
  const writes = [];
  for (const state of before) {
    const live = await liveRecord(context, state);
    const written = ours.find((each) => each.name === state.name && each.type === state.type);
    if (live && sameState(live, state)) continue;
    if (!live || !(sameValues(live.values, state.values) || (written && sameValues(live.values, written.values)))) {
      const summary = `${questionOf(state)} holds what neither this wave nor the plan put there; it was not overwritten. Set it by hand.`;
      return { kind: 'failed', summary, evidence: [differenceLine(context, state, live)] };
    }
    writes.push({ next: state, expected: stateOf(live) });
  }
  const { changed } = await writeRecords(context, writes);
  if (!changed) return null;
  const summary = `${questionOf(changed.expected)} is being changed by somebody else; it was not put back.`;
  return { kind: 'failed', summary, evidence: [changedLine(context, changed)] };
}
