/**
 * What a final answer to OPTIONS says of a gateway. `ready`: 2xx, or a code that the site's file expects of it. `policy`:
 * it is reached and does not take our question, so nothing is known of calls. `refusing`: alive, and takes nothing now
 * (standby or overload). `broken`: it failed over the question. `other`: reached, with an answer that fits none of these.
 */
export type GatewayAnswer = 'ready' | 'policy' | 'refusing' | 'broken' | 'other';

/** RFC 3261 section 21.4: answers of a gateway that is up and follows its rules about strangers, methods and forms. */
const POLICY: readonly number[] = [401, 403, 404, 405, 407, 481, 483, 488];
/** RFC 3261 section 21.5.4. Its sender is to be left alone; during a registration storm it is what the storm shows by. */
export const REFUSING = 503;

/** 503 is never `ready`, whatever is expected: endpoints that meet it go elsewhere (RFC 3263 section 4.3). */
export function readGatewayAnswer(status: number, expected: readonly number[] = []): GatewayAnswer {
  if (status === REFUSING) return 'refusing';
  if ((status >= 200 && status < 300) || expected.includes(status)) return 'ready';
  if (POLICY.includes(status)) return 'policy';
  return status >= 500 && status < 600 ? 'broken' : 'other';
}
