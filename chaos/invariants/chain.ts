import { createHash } from 'node:crypto';
import { canonical, type Json } from '../../sandbox/twin/model/ledger';
import type { Logged, RunRecord, WaveRecord } from '../record';
import { eventText } from './ending';
import { type Violation, violation } from './violation';

/** Each event's hash follows from the one before, the numbers have no gap, and the state is that of the last event. */
export function chain({ waves }: RunRecord): readonly Violation[] {
  return waves.flatMap((wave) => [...links(wave), ...heads(wave), ...audit(wave)]);
}

export function hashAfter(previous: string, { wave, seq, at, by, event }: Logged): string {
  const covered = JSON.parse(JSON.stringify({ wave, seq, at, by, event })) as Json;
  return createHash('sha256')
    .update(previous + canonical(covered))
    .digest('hex');
}

function links({ id, log }: WaveRecord): readonly Violation[] {
  let previous = '';
  for (const [i, entry] of log.entries()) {
    if (entry.seq !== i + 1)
      return [violation('chain', id, `entry ${i + 1} has the number ${entry.seq}`, [eventText(entry)])];
    if (hashAfter(previous, entry) !== entry.hash)
      return [
        violation('chain', id, `the hash of event ${entry.seq} does not follow from the one before`, [
          eventText(entry),
        ]),
      ];
    previous = entry.hash;
  }
  return [];
}

function heads({ id, log, head, stateSeq }: WaveRecord): readonly Violation[] {
  const last = log.at(-1);
  if (!last) return head === null && stateSeq === null ? [] : [violation('chain', id, 'a state without a log')];
  if (head === last.hash && stateSeq === last.seq) return [];
  return [
    violation(
      'chain',
      id,
      `the state is of event ${stateSeq} (${head?.slice(0, 10)}), the log ends with ${last.seq} (${last.hash.slice(0, 10)})`,
    ),
  ];
}

const audit = ({ id, audit: said }: WaveRecord): readonly Violation[] =>
  said === null || said.ok
    ? []
    : [violation('chain', id, '`cutover audit verify` finds it not whole', [said.text.slice(0, 800)])];

/** The log's own times never run back, whatever is done to the clocks. */
export function times({ waves }: RunRecord): readonly Violation[] {
  return waves.flatMap(({ id, log }) =>
    log.flatMap((entry, i) => {
      const before = log[i - 1];
      return before && before.at > entry.at
        ? [violation('time', id, 'time runs back', [eventText(before), eventText(entry)])]
        : [];
    }),
  );
}
