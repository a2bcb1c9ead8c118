import type { Evidence } from '../../src/core/evidence';
import type { UndoOutcome } from '../../src/core/outcome';
import { givesNew } from '../../src/core/propagation';
import { type RecordState, sameState, withoutHost } from '../../src/core/record-values';
import { counted, duration, listed, moment } from '../../src/core/wording';
import { knownManners } from './cache-figures';
import type { ConfirmPropagationResult } from './confirm-propagation';
import { askNameServers } from './name-servers';
import { applied, held, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import { plannedRecords } from './planned-records';
import { changedLine, differenceLine, liveRecords, questionOf, readBack, writeRecords } from './record-sets';
import { askResolvers, ordinaryAskings } from './resolvers';
import type { StepContext, StepWork } from './step-work';
import type { CapturedRecords } from './switch-dns';
import { leftText, nextLook, writeBack } from './take-records-back';

const SECONDARY_MS = 5_000;

/** The TTLs of ordinary days, and no legacy gateway behind the new one any more. */
export const restoreTtl: StepWork = {
  async ready(context) {
    const until = recalled<ConfirmPropagationResult>(context.resultOf('confirm-propagation'))?.lowTtlUntil ?? null;
    if (until === null || context.now() >= until) return passed('The low TTL is no longer needed.', []);
    const summary = `The low-TTL window was extended to ${moment(until, context.plan.site.timeZone)}: ${duration(until - context.now())} to go.`;
    return waiting(summary, [], { afterMs: until - context.now(), until });
  },

  async apply(context) {
    const planned = plannedRecords(context);
    const final = finalStates(context);
    const evidence = [];
    for (const [i, { live }] of (await liveRecords(context)).entries()) {
      const before = planned[i]?.after;
      const after = final[i];
      if (!before || !after || (live && (sameState(live, before) || sameState(live, after)))) continue;
      evidence.push(differenceLine(context, before, live));
    }
    if (evidence.length > 0) {
      const found = evidence.map(({ asked, answered }) => `${asked} is ${answered}`);
      return held(
        'drift',
        `Somebody changed a record since the cutover: ${listed(found, 3)}. Set it back and resume, or skip this step.`,
        evidence,
      );
    }
    await context.capture({ records: planned.map(({ after }) => after) } satisfies CapturedRecords);
    const { changed } = await writeRecords(
      context,
      planned.flatMap(({ after }, i) => (final[i] ? [{ next: final[i], expected: after }] : [])),
    );
    if (changed)
      return held(
        'drift',
        `${questionOf(changed.expected)} is being changed by somebody else; look at it and resume.`,
        [changedLine(context, changed)],
      );
    const back = await readBack(context, final);
    if (!back.all)
      return waiting('The DNS provider does not show the TTLs of ordinary days yet.', back.evidence, {
        afterMs: SECONDARY_MS,
      });
    return applied(`TTL restored on ${counted(final.length, 'record')}, the legacy gateway taken out.`, back.evidence);
  },

  async check(context) {
    const servers = await askNameServers(context, finalStates(context));
    if (servers.agree)
      return passed('Every name server shows the TTLs of ordinary days and the new gateway alone.', servers.evidence);
    return waiting(`${listed(servers.behind)} still to show the restored TTLs.`, servers.evidence, {
      afterMs: SECONDARY_MS,
    });
  },

  async undo(context) {
    const captured = recalled<CapturedRecords>(context.captured);
    if (!captured) return NOTHING_WRITTEN;
    const failure = await writeBack(context, captured.records, finalStates(context));
    if (failure) return failure;
    const servers = await askNameServers(context, captured.records);
    if (servers.agree) return cachesFollow(context, captured.records, servers.evidence);
    const summary = `${listed(servers.behind)} still to show the records of the cutover.`;
    return { kind: 'waiting', summary, evidence: servers.evidence, recheckAfterMs: SECONDARY_MS, until: null };
  },
};

/**
 * Whoever asks a cache that still holds the set without legacy would find no way in once the new trunk is off, which comes
 * after this. A resolver that gives no answer leads nobody anywhere, and is not waited for.
 */
async function cachesFollow(
  context: StepContext,
  cutover: readonly RecordState[],
  proof: readonly Evidence[],
): Promise<UndoOutcome> {
  const final = finalStates(context);
  const travelling = cutover.map((state, i) => ({ state, former: [final[i]?.values ?? []] }));
  const findings = await askResolvers(context, travelling, ordinaryAskings(context, knownManners(context)));
  const evidence = [...proof, ...findings.flatMap((finding) => finding.evidence)];
  const late = findings.filter(({ reading }) => !givesNew(reading) && reading !== 'unknown');
  if (late.length === 0) return undone('The records are as they were during the cutover.', evidence);
  const now = context.now();
  const left = late.map(({ resolver, goneAt }) => leftText(resolver.name, goneAt, now));
  const summary = `The records name the legacy gateway again; still to follow: ${listed(left)}. Until then the new trunk stays on beside legacy.`;
  const { afterMs, until } = nextLook(late, now);
  return { kind: 'waiting', summary, evidence, recheckAfterMs: afterMs, until };
}

function finalStates(context: StepContext): readonly RecordState[] {
  const { host } = context.plan.site.gateways.legacy;
  return plannedRecords(context).map(({ record, after }) => ({
    ...after,
    ttl: record.ttl,
    values: withoutHost(record.type, after.values, host),
  }));
}
