import type { Evidence } from '../../src/core/evidence';
import type { Json } from '../../src/core/json';
import type { Outcome } from '../../src/core/outcome';
import { type RecordState, sameState, stateText } from '../../src/core/record-values';
import { counted, duration, listed, moment } from '../../src/core/wording';
import { type CacheFigures, lookIntoCaches } from './cache-figures';
import { switchForecast } from './dns-forecast';
import { askGateway } from './gateways';
import { ttlLead } from './lead-time';
import { askNameServers, serialsAgree } from './name-servers';
import { newTargets } from './new-targets';
import { applied, held, line, NOTHING_WRITTEN, passed, recalled, waiting } from './outcomes';
import { plannedRecords } from './planned-records';
import { inCaches } from './propagation-watch';
import { changedLine, differenceLine, liveRecords, questionOf, readBack, unsettled, writeRecords } from './record-sets';
import type { StepContext, StepWork } from './step-work';
import { takeRecordsBack } from './take-records-back';

export type CapturedRecords = { readonly records: readonly RecordState[] };
/** When the last name server was seen to show the new sets: the clock of the propagation starts here (J16). */
export type SwitchDnsResult = {
  readonly authoritativeAt: number;
  /** The zone's serial with the change, where the name servers count on one line. */
  readonly serial?: number | null;
  /** As they were right before the change. */
  readonly caches?: readonly CacheFigures[];
};

/** The provider's references of what `apply` wrote; empty where it has none. With what was sampled before it. */
type MadeChanges = {
  readonly changes: readonly string[];
  readonly caches: readonly CacheFigures[];
  readonly oneLine: boolean;
};
type Awaited = { readonly serial: number | null };

const SECONDARY_MS = 5_000;
/** At first a name server is looked at every second: the caches' clock starts with the last one. */
const EAGER_MS = 1_000;
const EAGER_FOR_MS = 60_000;
/** A secondary that has not followed by then will not do so by itself. */
const ALARM_MS = 90_000;

/** Points the site's names at the new gateway, with the legacy gateway behind it. Touches no trunk. */
export const switchDns: StepWork = {
  async ready(context) {
    const early = tooEarly(context);
    if (early) return early;
    const drift = await drifted(context);
    if (drift) return drift;
    const gateway = await askGateway(context, 'target');
    const read = [...plannedLines(context), gateway.evidence];
    if (gateway.state !== 'reachable') {
      return held(
        'not-ready',
        'The new gateway does not answer as it should; DNS is not pointed at it. Look at the gateway, then resume.',
        read,
      );
    }
    const targets = await newTargets(context);
    if (targets.stop) return targets.stop;
    const behind = await nameServersBehind(context);
    if (behind) return behind;
    const { sentence, evidence } = await switchForecast(context);
    const count = counted(context.plan.site.dns.records.length, 'record');
    return passed(`As planned: ${count}; the low TTL is ripe and the new gateway answers. ${sentence}`, [
      ...read,
      ...targets.evidence,
      ...evidence,
    ]);
  },

  async apply(context) {
    const sampled = madeIn(context.progress) ?? (await sampledBefore(context));
    const drift = await drifted(context);
    if (drift) return drift;
    const planned = plannedRecords(context);
    const diedWithReferences = context.captured !== null && madeIn(context.progress) === null;
    await context.capture({ records: planned.map(({ before }) => before) } satisfies CapturedRecords);
    const { changed, changes } = await writeRecords(
      context,
      planned.map(({ before, after }) => ({ next: after, expected: before })),
      diedWithReferences,
    );
    if (changed) return driftHold([changedLine(context, changed)], [questionOf(changed.expected)]);
    const made: MadeChanges = { ...sampled, changes: [...sampled.changes, ...changes] };
    const back = await readBack(
      context,
      planned.map(({ after }) => after),
    );
    if (!back.all)
      return waiting('The DNS provider does not show the new values yet.', back.evidence, {
        afterMs: SECONDARY_MS,
        progress: made,
      });
    return applied(
      `${counted(planned.length, 'record')} now name${planned.length === 1 ? 's' : ''} the new gateway.`,
      back.evidence,
      made,
    );
  },

  async check(context) {
    const made = madeIn(context.result);
    // One address of an anycast name server proves nothing of the others: where the provider can tell, it is asked first.
    const open = await unsettled(context, made?.changes ?? []);
    if (open.length > 0) {
      const summary = 'The DNS provider is still bringing the change to all of its name servers.';
      const evidence = open.map((change) =>
        line(context, `DNS provider: change ${change}`, 'not everywhere yet', false),
      );
      return waiting(summary, evidence, { afterMs: lookAgainMs(context) });
    }
    const wanted = plannedRecords(context).map(({ after }) => after);
    const known = recalled<Awaited>(context.progress)?.serial ?? null;
    const first = await askNameServers(context, wanted, known);
    // The serial of the first that is new is the one that all of them have to reach.
    const serial = known ?? (made?.oneLine ? first.serial : null);
    const servers = serial === known ? first : await askNameServers(context, wanted, serial);
    if (!servers.agree) {
      return waiting(behindText(context, servers.behind), servers.evidence, {
        afterMs: lookAgainMs(context),
        progress: { serial } satisfies Awaited,
      });
    }
    const result: SwitchDnsResult = { authoritativeAt: context.now(), serial, caches: made?.caches ?? [] };
    const count = counted(context.plan.site.dns.nameServers.length, 'name server');
    return passed(
      `${count} show the new gateway first; where a record holds legacy as well, calls fall back to it until the new trunk is on.`,
      servers.evidence,
      result,
    );
  },

  async undo(context) {
    const captured = recalled<CapturedRecords>(context.captured);
    return captured ? takeRecordsBack(context, captured.records) : NOTHING_WRITTEN;
  },
};

const madeIn = (json: Json): MadeChanges | null => recalled<MadeChanges>(json);

/** Right before the first write: what every cache holds, and for how long yet. */
async function sampledBefore(context: StepContext): Promise<MadeChanges> {
  const oneLine = await serialsAgree(context);
  const { figures } = await lookIntoCaches(context, inCaches(context), context.plan.limits.ttlSeconds);
  return { changes: [], caches: figures, oneLine };
}

/** A name server that disagrees before the change would go on handing out what nobody expects. */
async function nameServersBehind(context: StepContext): Promise<Outcome | null> {
  if (context.captured !== null) return null;
  const servers = await askNameServers(
    context,
    plannedRecords(context).map(({ before }) => before),
  );
  if (servers.agree) return null;
  const summary = `${listed(servers.behind)} ${servers.behind.length === 1 ? 'does' : 'do'} not show the records as they are to be changed; DNS is not switched before all name servers agree.`;
  return waiting(summary, servers.evidence, { afterMs: SECONDARY_MS });
}

function behindText(context: StepContext, behind: readonly string[]): string {
  const waited = context.now() - context.since;
  const text = `${listed(behind)} still to show the new values`;
  return waited < ALARM_MS
    ? `${text}.`
    : `ATTENTION: ${text} after ${duration(waited)}: look at the transfer of the zone. Until it follows, any cache may fetch the old answer again.`;
}

const lookAgainMs = (context: StepContext): number =>
  context.now() - context.since < EAGER_FOR_MS ? EAGER_MS : SECONDARY_MS;

/** Before the low TTL is ripe, or outside of the site's window. */
function tooEarly(context: StepContext) {
  const { site } = context.plan;
  const now = context.now();
  const lead = ttlLead(context);
  if (lead === null)
    return held('not-ready', 'No name server has shown the low TTL yet; the TTL step must be done first.', []);
  const { ripeAt, leadMs } = lead;
  const { window } = site;
  if (window && Math.max(now, ripeAt) >= window.closes) {
    const when =
      now >= window.closes ? 'has closed' : `closes before the low TTL is ripe (${moment(ripeAt, site.timeZone)})`;
    return held(
      'window',
      `The cutover window ${when}: ${moment(window.closes, site.timeZone)}. A new window needs a new plan.`,
      [],
    );
  }
  if (now < ripeAt) {
    const evidence = [line(context, 'age of the low TTL', `ripe at ${moment(ripeAt, site.timeZone)}`, false)];
    const summary = `The low TTL must have been out for ${duration(leadMs)}: ${duration(ripeAt - now)} to go.`;
    return waiting(summary, evidence, { afterMs: ripeAt - now, until: ripeAt });
  }
  if (window && now < window.opens) {
    const summary = `The cutover window opens ${moment(window.opens, site.timeZone)}, in ${duration(window.opens - now)}.`;
    return waiting(summary, [], { afterMs: window.opens - now, until: window.opens });
  }
  return null;
}

/** Compares every record with the plan. What this step itself wrote before it was interrupted is no drift. */
async function drifted(context: StepContext) {
  const planned = plannedRecords(context);
  const evidence: Evidence[] = [];
  const names: string[] = [];
  for (const { record, live } of await liveRecords(context)) {
    const plan = planned.find((each) => each.record === record);
    if (!plan || (live && sameState(live, plan.before))) continue;
    if (context.captured !== null && live && sameState(live, plan.after)) continue;
    evidence.push(differenceLine(context, plan.before, live));
    names.push(questionOf(record));
  }
  return names.length === 0 ? null : driftHold(evidence, names);
}

function driftHold(evidence: readonly Evidence[], names: readonly string[]) {
  const found = evidence.map(({ answered }) => answered).join('; ');
  const summary = `${listed(names)} ${names.length === 1 ? 'is' : 'are'} not what was approved: ${found}. Nothing more was written; set it back and resume, or roll back and plan anew.`;
  return held('drift', summary, evidence);
}

function plannedLines(context: StepContext): readonly Evidence[] {
  return plannedRecords(context).map(({ record, before }) =>
    line(context, `DNS provider: ${questionOf(record)}`, stateText(before), true),
  );
}
