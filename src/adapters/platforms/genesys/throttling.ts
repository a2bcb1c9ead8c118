import type { CallBudget } from '../../../ports/call-budget';
import type { Clock } from '../../../ports/clock';
import type { Fault } from '../../../ports/fault';
import { faultOfReply } from '../../http/to-fault';
import { LONGEST_WAIT_MS, type VendorReply } from '../../http/vendor-client';
import { SYSTEM } from './fitted';

const TRIES = 3;
/** Tries in all while the platform says how long to wait, as in the vendor client: it works, it only wants to be asked less. */
const TOLD_TRIES = 8;
const FIRST_WAIT_MS = 1000;

/**
 * Sends until the answer is not 429, at most three times, eight when it names a wait. The wait is `Retry-After`, else the
 * text's "in [N] seconds", else the end of the rate window (`inin-ratelimit-reset`, which every reply carries and which
 * says nothing on others). A wait beyond 15 s of the clock ends in a transient `Fault` that names it. Everybody who
 * shares the budget waits along: one caller's 429 is meant for the client. Each answer says how many calls a minute are
 * allowed (`inin-ratelimit-allowed`): the budget keeps below.
 */
export async function untilNotThrottled(
  clock: Clock,
  budget: Pick<CallBudget, 'pause' | 'keepBelow'>,
  call: { readonly method: string; readonly path: string; readonly secrets: readonly string[] },
  send: () => Promise<VendorReply>,
): Promise<VendorReply> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await send();
    const allowed = reply.headers['inin-ratelimit-allowed'];
    if (allowed !== undefined && /^[1-9]\d{0,8}$/.test(allowed)) budget.keepBelow(Number(allowed));
    if (reply.status !== 429) return reply;
    const fault = throttled(clock, call, reply);
    const waitMs = fault.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1);
    await budget.pause(waitMs);
    const most = fault.retryAfterMs === null ? TRIES : TOLD_TRIES;
    if (attempt >= most || waitMs > LONGEST_WAIT_MS) throw fault;
    await clock.sleep(waitMs);
  }
}

function throttled(clock: Clock, call: Parameters<typeof untilNotThrottled>[2], reply: VendorReply): Fault {
  const inText = /in \[(\d{1,4})\] seconds/.exec(JSON.stringify(reply.body))?.[1];
  const headers = inText === undefined ? reply.headers : { 'wait-in-text': inText, ...reply.headers };
  const waits = ['retry-after', 'wait-in-text', 'inin-ratelimit-reset'];
  const raw = { status: reply.status, text: '', headers };
  return faultOfReply({ system: SYSTEM, ...call }, raw, reply.body, waits, clock.now());
}
