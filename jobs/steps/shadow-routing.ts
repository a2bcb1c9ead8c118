import type { Evidence } from '../../src/core/evidence';
import { isDataGap, judgeShadow } from '../../src/core/shadow';
import { counted, duration } from '../../src/core/wording';
import { readShares, type Shares, setShares, sharesText } from './allocation-row';
import { ANALYTICS_LAG_MS } from './analytics';
import { finishedIn } from './crm-calls';
import { applied, held, line, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import type { StepContext, StepWork } from './step-work';

/** The window: unbroken data since `from`; the last slice that held any ended at `dataAt`; everything up to `seenTo` was asked for. */
type Progress = { readonly from: number; readonly dataAt: number; readonly seenTo: number };
export type ShadowRoutingResult = { readonly startedAt: number; readonly callsPerHour: number | null };

const READ_BACK_MS = 5_000;
const LOOK_MS = 15 * 60_000;

/** A small share of the calls also runs through the new flow, unanswered, for hours: compared with the legacy baseline. */
export const shadowRouting: StepWork = {
  async apply(context) {
    const { shadowPercent } = context.plan.limits;
    await context.capture(await readShares(context));
    const { shares, agree } = await setShares(context, { shadowPercent });
    const evidence = [line(context, 'allocation row', sharesText(shares), agree)];
    if (!agree) return waiting('The platform does not show the shadow share yet.', evidence, { afterMs: READ_BACK_MS });
    const result: ShadowRoutingResult = { startedAt: context.now(), callsPerHour: null };
    return applied(
      `${shadowPercent} percent of the calls also run through the new flow; nobody answers that leg.`,
      evidence,
      result,
    );
  },

  async check(context) {
    const startedAt = recalled<ShadowRoutingResult>(context.result)?.startedAt ?? context.since;
    const progress = recalled<Progress>(context.progress) ?? { from: startedAt, dataAt: startedAt, seenTo: startedAt };
    const to = context.now() - ANALYTICS_LAG_MS;
    const ripeAt = progress.from + context.plan.limits.shadowMs;
    const until = ripeAt + ANALYTICS_LAG_MS;
    if (to <= progress.seenTo) {
      return waiting('The first figures of the shadow are on their way.', [], { afterMs: LOOK_MS, until, progress });
    }
    const slice = { from: progress.seenTo, to };
    const window = { from: progress.from, to };
    const seen = await context.world.platform.flow(context.plan.site.platform.shadowFlow, slice);
    const baseline = await context.world.legacy.calls(context.plan.site.site, window);
    const callsPerHour = (baseline.ivrEntered * 3_600_000) / (window.to - window.from);
    const dataAt = seen !== null && seen.entered > 0 ? to : progress.dataAt;
    const legsPerHour = (callsPerHour * context.plan.limits.shadowPercent) / 100;
    if (isDataGap(to - dataAt, legsPerHour)) return gap(context, to, dataAt);
    if (to < ripeAt) {
      const summary = `${duration(to - progress.from)} of ${duration(context.plan.limits.shadowMs)} shadowed without a gap in the data.`;
      const afterMs = Math.min(LOOK_MS, until - context.now());
      return waiting(summary, [], { afterMs, until, progress: { from: progress.from, dataAt, seenTo: to } });
    }
    return judged(context, { from: progress.from, dataAt, seenTo: to }, baseline, startedAt, callsPerHour);
  },

  /** The share of the real calls is another step's to take back. */
  async undo(context) {
    const captured = recalled<Shares>(context.captured);
    if (!captured) return NOTHING_WRITTEN;
    const { shares, agree } = await setShares(context, { shadowPercent: captured.shadowPercent });
    const evidence = [line(context, 'allocation row', sharesText(shares), agree)];
    if (agree) return undone(`The shadow is back at ${captured.shadowPercent} percent.`, evidence);
    const summary = 'The platform does not show the shadow share from before yet.';
    return { kind: 'waiting', summary, evidence, recheckAfterMs: READ_BACK_MS, until: null };
  },
};

async function judged(
  context: StepContext,
  progress: Progress,
  baseline: Awaited<ReturnType<StepContext['world']['legacy']['calls']>>,
  startedAt: number,
  callsPerHour: number,
) {
  const { limits, site } = context.plan;
  const window = { from: progress.from, to: progress.seenTo };
  const legs = await context.world.platform.flow(site.platform.shadowFlow, window);
  const crm = await context.world.crm.sync(site.crm.entry, window, finishedIn(context, window));
  if (legs === null || legs.entered === 0 || crm.p95LatencyMs === null) {
    return noData(
      context,
      progress,
      legs === null || legs.entered === 0 ? 'no leg through the shadow flow' : 'no CRM latency',
    );
  }
  const slow = crm.p95LatencyMs > limits.crmLatencyMs;
  const latency = `95 percent within ${crm.p95LatencyMs} ms (legacy ${baseline.crmLatencyP95Ms ?? 'unknown'} ms, limit ${limits.crmLatencyMs} ms)`;
  const evidence: readonly Evidence[] = [
    ...judgeShadow(legs, baseline, limits).map(({ name, text, good }) => line(context, `shadow: ${name}`, text, good)),
    line(context, 'CRM update latency', latency, !slow),
    ...(crm.told ?? []).map((text) => line(context, 'CRM records, note', text, null)),
  ];
  const bad = evidence.filter((each) => each.good === false);
  if (bad.length > 0) {
    const findings = bad.map(({ asked, answered }) => `${asked} (${answered})`).join('; ');
    return held(
      'not-ready',
      `The shadow lies behind legacy: ${findings}. Nobody was affected; mend the flow and retry this step.`,
      evidence,
    );
  }
  const result: ShadowRoutingResult = { startedAt, callsPerHour };
  const time = duration(window.to - window.from);
  const few = legs.entered < limits.minCalls;
  const text = few
    ? `${counted(legs.entered, 'leg')} in ${time}, too few to compare rates with legacy: the new flow was reached and none of it looks worse than chance.`
    : `${counted(legs.entered, 'leg')} in ${time}: the new flow does as well as legacy.`;
  return passed(text, evidence, result);
}

/** The window must be unbroken: it begins again where the data came back. */
function gap(context: StepContext, to: number, dataAt: number) {
  const evidence = [line(context, 'legs through the shadow flow', `none for ${duration(to - dataAt)}`, false)];
  const summary = `No data from the shadow flow for ${duration(to - dataAt)}; the ${duration(context.plan.limits.shadowMs)} begin again.`;
  return waitOrHold(context, summary, evidence, { from: to, dataAt: to, seenTo: to });
}

function noData(context: StepContext, progress: Progress, what: string) {
  const evidence = [line(context, 'figures of the shadow', what, false)];
  return waitOrHold(
    context,
    `${duration(progress.seenTo - progress.from)} are over, but there is ${what} to judge by.`,
    evidence,
    progress,
  );
}

function waitOrHold(context: StepContext, summary: string, evidence: readonly Evidence[], progress: Progress) {
  const left = context.since + context.step.deadlineMs - context.now();
  if (left <= LOOK_MS)
    return held('no-data', `${summary} See that the flow is reached, then resume.`, evidence, { progress });
  return waiting(summary, evidence, { afterMs: LOOK_MS, progress });
}
