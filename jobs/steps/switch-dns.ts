import type { Evidence } from '../../src/core/evidence';
import type { Json } from '../../src/core/json';
import { type RecordState, sameState, stateText } from '../../src/core/record-values';
import { counted, duration, listed, moment } from '../../src/core/wording';
import { askGateway } from './gateways';
import { ttlLead } from './lead-time';
import { askNameServers } from './name-servers';
import { applied, held, line, NOTHING_WRITTEN, passed, recalled, waiting } from './outcomes';
import { plannedRecords } from './planned-records';
import { changedLine, differenceLine, liveRecords, questionOf, readBack, unsettled, writeRecords } from './record-sets';
import type { StepContext, StepWork } from './step-work';
import { takeRecordsBack } from './take-records-back';

export type CapturedRecords = { readonly records: readonly RecordState[] };
/** When the last name server was seen to show the new sets: the clock of the propagation starts here (J16). */
export type SwitchDnsResult = { readonly authoritativeAt: number };

/** The provider's references of what `apply` wrote; empty where it has none. */
type MadeChanges = { readonly changes: readonly string[] };

const SECONDARY_MS = 5_000;

/** Points the site's names at the new gateway, with the legacy gateway behind it. Touches no trunk. */
export const switchDns: StepWork = {
  async ready(context) {
    const early = tooEarly(context);
    if (early) return early;
    const drift = await drifted(context);
    if (drift) return drift;
    const gateway = await askGateway(context, 'target');
    const evidence = [...plannedLines(context), gateway.evidence];
    if (gateway.state !== 'reachable') {
      return held(
        'not-ready',
        'The new gateway does not answer as it should; DNS is not pointed at it. Look at the gateway, then resume.',
        evidence,
      );
    }
    const count = counted(context.plan.site.dns.records.length, 'record');
    return passed(`As planned: ${count}; the low TTL is ripe and the new gateway answers.`, evidence);
  },

  async apply(context) {
    const drift = await drifted(context);
    if (drift) return drift;
    const planned = plannedRecords(context);
    await context.capture({ records: planned.map(({ before }) => before) } satisfies CapturedRecords);
    const { changed, changes } = await writeRecords(
      context,
      planned.map(({ before, after }) => ({ next: after, expected: before })),
    );
    if (changed) return driftHold([changedLine(context, changed)], [questionOf(changed.expected)]);
    const made: MadeChanges = { changes: [...changesIn(context.progress), ...changes] };
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
    // One address of an anycast name server proves nothing of the others: where the provider can tell, it is asked first.
    const open = await unsettled(context, changesIn(context.result));
    if (open.length > 0) {
      const summary = 'The DNS provider is still bringing the change to all of its name servers.';
      const evidence = open.map((change) =>
        line(context, `DNS provider: change ${change}`, 'not everywhere yet', false),
      );
      return waiting(summary, evidence, { afterMs: SECONDARY_MS });
    }
    const servers = await askNameServers(
      context,
      plannedRecords(context).map(({ after }) => after),
    );
    if (!servers.agree) {
      return waiting(`${listed(servers.behind)} still to show the new values.`, servers.evidence, {
        afterMs: SECONDARY_MS,
      });
    }
    const result: SwitchDnsResult = { authoritativeAt: context.now() };
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

function changesIn(json: Json): readonly string[] {
  return recalled<MadeChanges>(json)?.changes ?? [];
}

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
