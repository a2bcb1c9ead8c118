import type { Evidence } from '../../src/core/evidence';
import type { Json } from '../../src/core/json';
import type { HttpWork } from '../../src/core/plan';
import { answerText, askQuietly } from './name-servers';
import { line } from './outcomes';
import type { StepContext } from './step-work';

export interface Validated {
  readonly good: boolean;
  /** The failure rate that the answer itself names, in percent; null when it names none. */
  readonly ratePercent: number | null;
  /** The calls behind that rate, where the answer tells them. */
  readonly calls: { readonly completed: number; readonly failed: number } | null;
  readonly evidence: Evidence;
}

/** Runs a document's validation: `dig` by our resolver client, `GET` over HTTP. Never a shell. */
export async function validate(context: StepContext, work: HttpWork): Promise<Validated> {
  const { validation } = work;
  return validation.kind === 'dig' ? dig(context, work, validation) : get(context, validation);
}

/** The answer must hold the target that the body set; without one, any answer will do. */
async function dig(
  context: StepContext,
  work: HttpWork,
  { server, name, type, text }: Extract<HttpWork['validation'], { kind: 'dig' }>,
): Promise<Validated> {
  const answer = await askQuietly(context, server, name, type, true);
  if (answer === null)
    return { good: false, ratePercent: null, calls: null, evidence: line(context, text, 'no answer', false) };
  const wanted = field(work.body, 'target');
  const host = typeof wanted === 'string' ? plainHost(wanted) : null;
  const named = answer.values.flatMap((value) => value.split(/\s+/).map(plainHost));
  const good = answer.rcode === 'NOERROR' && (host === null ? answer.values.length > 0 : named.includes(host));
  return { good, ratePercent: null, calls: null, evidence: line(context, text, answerText(answer), good) };
}

async function get(
  context: StepContext,
  { endpoint, text }: Extract<HttpWork['validation'], { kind: 'get' }>,
): Promise<Validated> {
  const { status, body } = await context.world.http.call('GET', endpoint);
  const count = countIn(body);
  const ok = status >= 200 && status < 300;
  const good = ok && count !== 0;
  const ratePercent = ok ? rateIn(body) : null;
  const parts = [
    `status ${status}`,
    count === null ? '' : `${count} found`,
    ratePercent === null ? '' : `failure rate ${ratePercent} percent`,
  ];
  const calls = ratePercent === null ? null : callsIn(body);
  if (calls !== null) parts.push(`${calls.failed} of ${calls.completed + calls.failed} finished calls failed`);
  return {
    good,
    ratePercent,
    calls,
    evidence: line(context, text, parts.filter((part) => part !== '').join(', '), good),
  };
}

/** Lists come as `total` or as `entities`; null when the answer is no list. */
function countIn(body: Json): number | null {
  const total = field(body, 'total');
  if (typeof total === 'number') return total;
  const entities = field(body, 'entities');
  return Array.isArray(entities) ? entities.length : null;
}

/** `failureRate` is a share from 0 to 1, `failureRatePercent` says percent in its name. */
function rateIn(body: Json): number | null {
  const inPercent = field(body, 'failureRatePercent');
  if (typeof inPercent === 'number') return inPercent;
  const share = field(body, 'failureRate');
  return typeof share === 'number' ? 100 * share : null;
}

function callsIn(body: Json): Validated['calls'] {
  const [completed, failed] = [field(body, 'completed'), field(body, 'failed')];
  return typeof completed === 'number' && typeof failed === 'number' ? { completed, failed } : null;
}

export function field(body: Json, name: string): Json {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return null;
  return (body as { readonly [key: string]: Json })[name] ?? null;
}

function plainHost(text: string): string {
  return text.trim().toLowerCase().replace(/\.$/, '');
}
