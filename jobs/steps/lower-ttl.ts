import { type RecordState, sameValues, valuesText } from '../../src/core/record-values';
import { counted, duration, listed } from '../../src/core/wording';
import { type CacheFigures, lookIntoCaches, standing } from './cache-figures';
import { askNameServers } from './name-servers';
import { applied, held, line, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import {
  changedLine,
  type LiveRecord,
  liveRecord,
  liveRecords,
  questionOf,
  readBack,
  stateOf,
  writeRecords,
} from './record-sets';
import type { StepContext, StepWork } from './step-work';

type Captured = { readonly records: readonly RecordState[] };
/** `oldTtl` in seconds: the longest that any cache may still hold an answer from before. */
export type LowerTtlResult = {
  readonly shownAt: number | null;
  readonly oldTtl: number;
  /** How long the last name server took to show what was written. */
  readonly nameServerLagMs?: number;
  readonly caches?: readonly CacheFigures[];
};

/** At 60 s and below, providers limit the rate of questions and caches thrash. */
const REFUSED_TTL_SECONDS = 60;
const SECONDARY_MS = 5_000;

/** Every record of the site to the migration's TTL, values untouched, shown by every name server. */
export const lowerTtl: StepWork = {
  async apply(context) {
    const { ttlSeconds } = context.plan.limits;
    if (ttlSeconds <= REFUSED_TTL_SECONDS) {
      return held('not-ready', `A TTL of ${ttlSeconds} s is refused: it must be above ${REFUSED_TTL_SECONDS} s.`, []);
    }
    const found = await liveRecords(context);
    const missing = found.filter(({ live }) => live === null).map(({ record }) => questionOf(record));
    if (missing.length > 0) {
      return held(
        'not-ready',
        `The DNS provider does not hold ${listed(missing)}; create it or correct the site file, then resume.`,
        [],
      );
    }
    const captured = await capture(context, found);
    const { changed } = await writeRecords(
      context,
      found.flatMap(({ live }) =>
        live ? [{ next: { ...stateOf(live), ttl: ttlSeconds }, expected: stateOf(live) }] : [],
      ),
    );
    if (changed) {
      const summary = `${questionOf(changed.expected)} was changed by somebody else while its TTL was being lowered; look at it and resume.`;
      return held('drift', summary, [changedLine(context, changed)]);
    }
    const back = await readBack(context, lowered(context, captured));
    if (!back.all)
      return waiting('The DNS provider does not show the new TTLs yet.', back.evidence, { afterMs: SECONDARY_MS });
    const result: LowerTtlResult = { shownAt: null, oldTtl: oldTtl(context, captured) };
    return applied(
      `TTL set to ${ttlSeconds} s on ${counted(captured.records.length, 'record')}.`,
      back.evidence,
      result,
    );
  },

  async check(context) {
    const captured = recalled<Captured>(context.captured);
    if (!captured) return held('not-ready', 'The TTLs from before are not known; retry this step.', []);
    const servers = await askNameServers(context, lowered(context, captured));
    if (!servers.agree) {
      return waiting(
        `${listed(servers.behind)} still to show the TTL of ${context.plan.limits.ttlSeconds} s.`,
        servers.evidence,
        {
          afterMs: SECONDARY_MS,
        },
      );
    }
    const old = oldTtl(context, captured);
    const shownAt = context.now();
    // So early only the first of what there is to know: a floor above the old TTL shows already.
    const caches = await lookIntoCaches(context, standing(captured.records), old);
    const nameServerLagMs = shownAt - context.since;
    const result: LowerTtlResult = { shownAt, oldTtl: old, nameServerLagMs, caches: caches.figures };
    const count = context.plan.site.dns.nameServers.length;
    const lead = Math.max(context.plan.limits.ttlLeadMs, old * 1000);
    return passed(
      `All ${counted(count, 'name server')} show a TTL of ${context.plan.limits.ttlSeconds} s (it was ${old} s); DNS may be switched ${duration(lead)} from now.`,
      [...servers.evidence, ...caches.evidence],
      result,
    );
  },

  /** Takes back the TTL only: values that somebody has changed since then are theirs. */
  async undo(context) {
    const captured = recalled<Captured>(context.captured);
    if (!captured) return NOTHING_WRITTEN;
    const wanted: RecordState[] = [];
    const writes = [];
    const kept = [];
    for (const before of captured.records) {
      const live = await liveRecord(context, before);
      if (!live) {
        kept.push(
          line(
            context,
            `DNS provider: ${questionOf(before)}`,
            'no such record any more; it was not created again',
            false,
          ),
        );
        continue;
      }
      const next = { ...stateOf(live), ttl: before.ttl };
      if (!sameValues(live.values, before.values)) {
        kept.push(
          line(
            context,
            `DNS provider: ${questionOf(before)}`,
            `somebody set it to ${valuesText(live.values)}; left so`,
            null,
          ),
        );
      }
      wanted.push(next);
      writes.push({ next, expected: stateOf(live) });
    }
    const { changed } = await writeRecords(context, writes);
    if (changed) {
      const summary = `${questionOf(changed.expected)} is being changed by somebody else; its TTL was not restored.`;
      return { kind: 'failed', summary, evidence: [...kept, changedLine(context, changed)] };
    }
    const servers = await askNameServers(context, wanted);
    const evidence = [...kept, ...servers.evidence];
    if (servers.agree) return undone(`The TTLs are as before on ${counted(wanted.length, 'record')}.`, evidence);
    const summary = `${listed(servers.behind)} still to show the TTLs from before.`;
    return { kind: 'waiting', summary, evidence, recheckAfterMs: SECONDARY_MS, until: null };
  },
};

async function capture(context: StepContext, found: readonly LiveRecord[]): Promise<Captured> {
  const state: Captured = { records: found.flatMap(({ live }) => (live ? [stateOf(live)] : [])) };
  return recalled<Captured>(await context.capture(state)) ?? state;
}

function lowered(context: StepContext, captured: Captured): readonly RecordState[] {
  return captured.records.map((record) => ({ ...record, ttl: context.plan.limits.ttlSeconds }));
}

/** Found low already, a record may have been lowered a minute ago: the site file's TTL counts as well. */
function oldTtl(context: StepContext, captured: Captured): number {
  const outside = context.plan.site.dns.records.map((record) => record.ttl);
  return Math.max(...captured.records.map((record) => record.ttl), ...outside);
}
