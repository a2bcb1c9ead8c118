import type { Evidence } from '../../src/core/evidence';
import { judgeWindow, type WindowVerdict } from '../../src/core/judge';
import { isDataGap } from '../../src/core/shadow';
import { counted, duration, percent } from '../../src/core/wording';
import type { CallFigures, Interval } from '../../src/ports/platform';
import { ANALYTICS_LAG_MS } from './analytics';
import { exactlyOneInboundAuthority } from './authority';
import { answeredBy } from './crm-calls';
import { applied, failed, held, line, nothingToUndo, passed, recalled, waiting } from './outcomes';
import type { ShadowRoutingResult } from './shadow-routing';
import type { StepContext, StepWork } from './step-work';

type Started = { readonly startedAt: number };
/** The window: unbroken data since `from`; the last slice that held any ended at `dataAt`; everything up to `seenTo` was asked for. */
type Progress = { readonly from: number; readonly dataAt: number; readonly seenTo: number };
export type ObserveCallsResult = {
  readonly from: number;
  readonly to: number;
  readonly completed: number;
  readonly failed: number;
  readonly crmCalls: number;
  readonly crmSynced: number;
};

const LOOKS_BAD_CALLS = 5;
const LOOKS_BAD_TIMES = 3;
const LOOK_MS = 60_000;
/** Where the legacy figures told nothing: a call a minute, so ten quiet minutes are a gap. */
const USUAL_CALLS_PER_HOUR = 60;

/** Watches the calls on the new side through an unbroken window. Nothing is written. */
export const observeCalls: StepWork = {
  async apply(context) {
    const result: Started = { startedAt: context.now() };
    return applied('The watch begins.', [], result);
  },

  async check(context) {
    const authority = await exactlyOneInboundAuthority(context);
    if (authority.verdict === 'failed') return failed(authority.summary, authority.evidence);
    if (authority.verdict === 'held') return held('split-brain', authority.summary, authority.evidence);
    const startedAt = recalled<Started>(context.result)?.startedAt ?? context.since;
    const before = recalled<Progress>(context.progress) ?? { from: startedAt, dataAt: startedAt, seenTo: startedAt };
    const to = context.now() - ANALYTICS_LAG_MS;
    const until = before.from + context.plan.limits.observeMs + ANALYTICS_LAG_MS;
    if (to <= before.seenTo) {
      return waiting('The first figures of the new queues are on their way.', authority.evidence, {
        afterMs: LOOK_MS,
        until,
        progress: before,
      });
    }
    const slice = await callsOf(context, { from: before.seenTo, to });
    const progress: Progress = { from: before.from, dataAt: slice === null ? before.dataAt : to, seenTo: to };
    if (isDataGap(to - progress.dataAt, callsPerHour(context))) return gap(context, progress);
    const figures = (await callsOf(context, { from: progress.from, to })) ?? { offered: 0, completed: 0, failed: 0 };
    return judged(context, progress, figures, authority.evidence);
  },

  undo: nothingToUndo,
};

async function judged(context: StepContext, progress: Progress, figures: CallFigures, authority: readonly Evidence[]) {
  const { failurePercent, minCalls, observeMs } = context.plan.limits;
  const window = { from: progress.from, to: progress.seenTo };
  const ended = window.to - window.from >= observeMs;
  const verdict = judgeWindow(figures, { failurePercent, minCalls, ended });
  const evidence = [callsLine(context, window, figures, verdict), ...authority];
  switch (verdict.verdict) {
    case 'failed':
      return failed(failureText(figures, verdict, failurePercent), evidence);
    case 'no-data':
      return tooFew(
        context,
        progress,
        `${attention(verdict, failurePercent)}${figures.failed} failed; ${verdict.finished} of the ${minCalls} finished calls that a verdict needs, after ${duration(window.to - window.from)}.`,
        evidence,
        enoughAt(context, window, verdict.finished),
      );
    case 'waiting': {
      const until = progress.from + observeMs + ANALYTICS_LAG_MS;
      const summary = `${attention(verdict, failurePercent)}${duration(window.to - window.from)} of ${duration(observeMs)}: ${figures.failed} of ${counted(verdict.finished, 'finished call')} failed, ${percent(verdict.ratePercent)}.`;
      return waiting(summary, evidence, {
        afterMs: Math.min(LOOK_MS, Math.max(1_000, until - context.now())),
        until,
        progress,
      });
    }
    case 'passed':
      return crmJudged(context, progress, figures, verdict, evidence);
  }
}

async function crmJudged(
  context: StepContext,
  progress: Progress,
  figures: CallFigures,
  verdict: WindowVerdict,
  proof: readonly Evidence[],
) {
  const { crmSyncPercent } = context.plan.limits;
  const { entry } = context.plan.site.crm;
  const window = { from: progress.from, to: progress.seenTo };
  const { calls, synced, told = [] } = await context.world.crm.sync(entry, window, answeredBy(context, window));
  const share = calls === 0 ? 0 : (100 * synced) / calls;
  const good = calls > 0 && share >= crmSyncPercent;
  const evidence = [
    ...proof,
    line(
      context,
      `CRM records of ${entry}`,
      `${synced} of ${calls} calls, ${percent(share)}; ${percent(crmSyncPercent)} wanted`,
      good,
    ),
    ...told.map((text) => line(context, `CRM records of ${entry}, note`, text, null)),
  ];
  if (calls === 0) return tooFew(context, progress, 'The CRM has no calls for the window yet.', evidence);
  if (!good) {
    return held(
      'not-ready',
      `Calls go well, but only ${synced} of ${calls} became CRM records, ${percent(share)}; ${percent(crmSyncPercent)} are wanted. Mend the CRM, then resume.`,
      evidence,
      { progress },
    );
  }
  const result: ObserveCallsResult = {
    ...window,
    completed: figures.completed,
    failed: figures.failed,
    crmCalls: calls,
    crmSynced: synced,
  };
  const text = `${duration(window.to - window.from)}: ${figures.failed} of ${verdict.finished} calls failed, ${percent(verdict.ratePercent)}; ${percent(share)} are in the CRM.`;
  return passed(text, evidence, result);
}

/** Too few calls, or too early, for the bot to go back by itself; people see that it looks bad and may. */
function attention({ ratePercent, finished }: WindowVerdict, limit: number): string {
  return finished >= LOOKS_BAD_CALLS && ratePercent > LOOKS_BAD_TIMES * limit ? 'ATTENTION: ' : '';
}

function callsOf(context: StepContext, interval: Interval): Promise<CallFigures | null> {
  const queues = context.plan.site.platform.queues.map((each) => each.queue);
  return context.world.platform.calls(queues, interval);
}

function callsPerHour(context: StepContext): number {
  return recalled<ShadowRoutingResult>(context.resultOf('shadow-routing'))?.callsPerHour ?? USUAL_CALLS_PER_HOUR;
}

function callsLine(context: StepContext, window: Interval, figures: CallFigures, verdict: WindowVerdict): Evidence {
  const { completed, failed, offered } = figures;
  const text = `${offered} offered, ${completed} completed, ${failed} failed (${percent(verdict.ratePercent)})`;
  const good = verdict.verdict === 'failed' ? false : verdict.verdict === 'passed' ? true : null;
  return line(context, `calls of the new queues, ${duration(window.to - window.from)}`, text, good);
}

function failureText(figures: CallFigures, verdict: WindowVerdict, limit: number): string {
  const certainty = Math.min(99.9, Math.floor(verdict.certaintyPercent * 10) / 10);
  return `${figures.failed} of ${verdict.finished} calls failed, ${percent(verdict.ratePercent)}, above ${percent(limit)} with ${certainty} percent certainty.`;
}

function gap(context: StepContext, progress: Progress) {
  const quiet = duration(progress.seenTo - progress.dataAt);
  const evidence = [line(context, 'calls of the new queues', `no data for ${quiet}`, false)];
  const summary = `No call data for ${quiet}; the ${duration(context.plan.limits.observeMs)} begin again.`;
  const { seenTo } = progress;
  return tooFew(context, { from: seenTo, dataAt: seenTo, seenTo }, summary, evidence);
}

/** When there will be enough calls, if they go on coming as they have; null when none has come. */
function enoughAt(context: StepContext, { from, to }: Interval, finished: number): number | null {
  if (finished === 0) return null;
  return Math.max(context.now() + LOOK_MS, from + ((to - from) * context.plan.limits.minCalls) / finished);
}

/** Never green for want of data: it goes on until there is enough, and people decide when its time runs out. */
function tooFew(
  context: StepContext,
  progress: Progress,
  summary: string,
  evidence: readonly Evidence[],
  until: number | null = null,
) {
  const left = context.since + context.step.deadlineMs - context.now();
  if (left <= 2 * LOOK_MS)
    return held('no-data', `${summary} Look whether calls arrive, then resume.`, evidence, { progress });
  return waiting(summary, evidence, { afterMs: LOOK_MS, until, progress });
}
