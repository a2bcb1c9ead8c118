import { type Json, sameJson } from '../../src/core/json';
import { chanceOfAtLeast } from '../../src/core/judge';
import type { HttpWork } from '../../src/core/plan';
import { duration, percent } from '../../src/core/wording';
import { type Validated, validate } from './http-validation';
import { applied, failed, held, line, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import type { StepContext, StepWork } from './step-work';

/** What GET on the endpoint gave before the call. */
type Captured =
  | { readonly kind: 'answer'; readonly body: Json }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unsupported'; readonly status: number };

/** Says whether a document's rollback trigger holds. Percentages are numbers from 0 to 100. */
export type Evaluate = (expression: string, values: Readonly<Record<string, number>>) => boolean;

const LOOK_MS = 15_000;
const WATCH_MS = 60_000;

/** One entry of a literal wave document: a call, its validation and its way back. */
export function makeHttpStep(evaluate: Evaluate): StepWork {
  return {
    async apply(context) {
      const work = workOf(context);
      const before = await look(context, work);
      await context.capture(before);
      const label = `${work.method} ${work.endpoint}`;
      if (before.kind === 'answer' && holds(before.body, work.body)) {
        return applied(`${work.name}: already as the document asks.`, [
          line(context, `GET ${work.endpoint}`, 'every field as wanted', true),
        ]);
      }
      await context.fence();
      const { status } = await call(context, work.method, work.endpoint, work.body);
      const ok = status >= 200 && status < 300;
      const evidence = [line(context, label, `status ${status}`, ok)];
      if (ok) return applied(`${work.name}: accepted with status ${status}.`, evidence, { status });
      return held(
        'fault',
        `${work.name}: ${label} was refused with status ${status}; correct the document or the other system, then retry.`,
        evidence,
      );
    },

    async check(context) {
      const work = workOf(context);
      const validated = await validate(context, work);
      const trigger = context.plan.rollbackTrigger;
      const triggered = (rate: number) => trigger !== null && evaluate(trigger, { validation_failure_rate: rate });
      const { good, evidence } = validated;
      if (validated.ratePercent !== null && good) {
        return watchRate(context, work, validated, validated.ratePercent, triggered(validated.ratePercent));
      }
      if (good) return passed(`${work.name}: validated by ${work.validation.text}.`, [evidence]);
      return notGood(context, work, validated, trigger === null || triggered(validated.ratePercent ?? 100));
    },

    async undo(context) {
      const work = workOf(context);
      const captured = recalled<Captured>(context.captured);
      if (!captured) return NOTHING_WRITTEN;
      return work.inverse ? runInverse(context, work, work.inverse) : writeCapturedBack(context, work, captured);
    },
  };
}

/**
 * A failure rate is watched like the calls of a built-in wave: it has to stay below the trigger for the whole window, and
 * what meets the trigger before the window ends counts once the sample is large enough, or the finding certain to 99 percent.
 */
function watchRate(context: StepContext, work: HttpWork, { calls, evidence }: Validated, rate: number, isMet: boolean) {
  const { observeMs, minCalls, failurePercent } = context.plan.limits;
  const until = context.since + observeMs;
  const ended = context.now() >= until;
  const finished = calls === null ? null : calls.completed + calls.failed;
  const certain =
    calls !== null && chanceOfAtLeast(calls.failed, calls.completed + calls.failed, failurePercent / 100) <= 0.01;
  const enough = finished === null || finished >= minCalls;
  if (isMet && (enough || certain)) {
    const trigger = context.plan.rollbackTrigger;
    return failed(`${work.name}: a failure rate of ${percent(rate)} meets the rollback trigger "${trigger}".`, [
      evidence,
    ]);
  }
  if (!ended || isMet) {
    const few = isMet ? ', of too few calls to go back on' : '';
    const summary = `${work.name}: failure rate ${percent(rate)}${few}, watched for ${duration(observeMs)}.`;
    const afterMs = ended ? WATCH_MS : Math.max(1, Math.min(WATCH_MS, until - context.now()));
    return waiting(summary, [evidence], { afterMs, until: ended ? null : until });
  }
  if (finished === 0)
    return held('no-data', `${work.name}: no call has finished in ${duration(observeMs)}; nothing is proven.`, [
      evidence,
    ]);
  return passed(`${work.name}: the failure rate stayed at ${percent(rate)}, by ${work.validation.text}.`, [evidence]);
}

/** Too early to be wrong while caches and registrations may still follow; after that, one failed check of one is 100 percent. */
function notGood(context: StepContext, work: HttpWork, { evidence }: Validated, rollsBack: boolean) {
  const waited = context.now() - context.since;
  const { propagationLagMs } = context.plan.limits;
  if (waited < propagationLagMs) {
    const until = context.since + propagationLagMs;
    const summary = `${work.name}: "${work.validation.text}" does not show the change yet (${evidence.answered}).`;
    return waiting(summary, [evidence], { afterMs: Math.min(LOOK_MS, until - context.now()), until });
  }
  const summary = `${work.name}: "${work.validation.text}" still fails after ${duration(waited)} (${evidence.answered}).`;
  return rollsBack
    ? failed(summary, [evidence])
    : held('not-ready', `${summary} The rollback trigger is not met; decide and resume.`, [evidence]);
}

async function look(context: StepContext, { endpoint }: HttpWork): Promise<Captured> {
  const { status, body } = await context.world.http.call('GET', endpoint);
  if (status === 404) return { kind: 'absent' };
  return status >= 200 && status < 300 ? { kind: 'answer', body } : { kind: 'unsupported', status };
}

function call(context: StepContext, method: string, endpoint: string, body: Json) {
  return body === null ? context.world.http.call(method, endpoint) : context.world.http.call(method, endpoint, body);
}

async function runInverse(context: StepContext, work: HttpWork, inverse: NonNullable<HttpWork['inverse']>) {
  await context.fence();
  const { status } = await call(context, inverse.method, inverse.endpoint, inverse.body);
  const ok = status >= 200 && status < 300;
  const evidence = [line(context, `${inverse.method} ${inverse.endpoint}`, `status ${status}`, ok)];
  return ok
    ? undone(`${work.name}: taken back.`, evidence)
    : failed(`${work.name}: the way back was refused with status ${status}.`, evidence);
}

/** The fields that the document set, with the values that they had. */
async function writeCapturedBack(context: StepContext, work: HttpWork, captured: Captured) {
  if (captured.kind !== 'answer') {
    const why = captured.kind === 'absent' ? 'did not exist before' : 'could not be read before';
    return failed(`${work.name}: ${work.endpoint} ${why} and the document names no inverse; take it back by hand.`, []);
  }
  const fields = picked(captured.body, work.body);
  const now = await look(context, work);
  if (now.kind !== 'answer' || !holds(now.body, fields)) {
    await context.fence();
    const { status } = await call(context, work.method, work.endpoint, fields);
    if (status < 200 || status >= 300) {
      return failed(`${work.name}: the values from before were refused with status ${status}.`, [
        line(context, `${work.method} ${work.endpoint}`, `status ${status}`, false),
      ]);
    }
  }
  const back = await look(context, work);
  const good = back.kind === 'answer' && holds(back.body, fields);
  const evidence = [line(context, `GET ${work.endpoint}`, good ? 'every field as before' : 'not as before', good)];
  if (good) return undone(`${work.name}: as before.`, evidence);
  return {
    kind: 'waiting',
    summary: `${work.name}: not shown as before yet.`,
    evidence,
    recheckAfterMs: LOOK_MS,
    until: null,
  } as const;
}

/** Whether every field that `wanted` names has that value in `found`. */
function holds(found: Json, wanted: Json): boolean {
  if (!isRecord(wanted)) return sameJson(found, wanted);
  return isRecord(found) && Object.entries(wanted).every(([key, value]) => holds(found[key] ?? null, value));
}

function picked(from: Json, like: Json): Json {
  if (!isRecord(from) || !isRecord(like)) return from;
  return Object.fromEntries(Object.keys(like).flatMap((key) => (key in from ? [[key, from[key] ?? null]] : [])));
}

function isRecord(json: Json): json is { readonly [key: string]: Json } {
  return json !== null && typeof json === 'object' && !Array.isArray(json);
}

function workOf(context: StepContext): HttpWork {
  if (context.step.http === null)
    throw new Error(`step ${context.step.id} of ${context.wave} is an http step without a call`);
  return context.step.http;
}
