/** All that must hold, whatever has died: judged from what can be seen from outside. */
import type { RunRecord } from '../record';
import { chain, times } from './chain';
import { endings } from './ending';
import { gates } from './gates';
import { stepOrder } from './order';
import { callers, leftovers, soundness } from './rest';
import { threads } from './thread';
import type { Violation } from './violation';
import { writes } from './writes';

export { INVARIANTS, type Invariant, type Violation } from './violation';

export function judge(record: RunRecord): readonly Violation[] {
  return [endings, stepOrder, writes, gates, threads, chain, leftovers, callers, times, soundness].flatMap((check) =>
    check(record),
  );
}
