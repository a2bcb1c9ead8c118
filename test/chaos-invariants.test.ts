import { type Invariant, judge } from '../chaos/invariants';
import { AISHA, DANIEL, MARIA, TOM } from '../chaos/people';
import type { RunRecord, WaveRecord, Write } from '../chaos/record';
import { standing } from '../chaos/wave-state';
import { logOf, recordOf, type Told, threadOf, wholeWave, writeOf } from './support/chaos-record';

const broken = (record: RunRecord): readonly Invariant[] => [
  ...new Set(judge(record).map(({ invariant }) => invariant)),
];

const good = recordOf();
const wave = good.waves[0] as WaveRecord;
const withWave = (change: Partial<WaveRecord>, record = good): RunRecord => ({
  ...record,
  waves: [{ ...(record.waves[0] as WaveRecord), ...change }],
});
const at = (type: string, step?: string): number =>
  wholeWave().findIndex(({ event }) => event.type === type && (step === undefined || event.step === step));
const without = (index: number): readonly Told[] => wholeWave().filter((_told, i) => i !== index);
const upTo = (index: number, ...more: readonly Told[]): readonly Told[] => [...wholeWave().slice(0, index), ...more];
const bot = 'vm-1';
const rolledBack = (by: string): readonly Told[] => [
  { by, event: { type: 'RollbackStarted', reason: '', undo: ['lower-ttl', 'preflight'] } },
  { by: bot, event: { type: 'StepUndone', step: 'lower-ttl' } },
  { by: bot, event: { type: 'StepUndone', step: 'preflight' } },
  { by: bot, event: { type: 'WaveRolledBack' } },
];
const asked = (record: RunRecord, verb: 'rollback' | 'abort', user = MARIA): RunRecord => ({
  ...record,
  steered: [{ verb, wave: wave.id, user, at: 0 }],
});

describe('a record in which all is well', () => {
  it('breaks nothing', () => expect(judge(good)).toEqual([]));
  it('breaks nothing either where people have taken the wave back', () =>
    expect(judge(asked(recordOf(upTo(at('StepBegun', 'assign-licences'), ...rolledBack(MARIA))), 'rollback'))).toEqual(
      [],
    ));
  it('breaks nothing either where people have aborted it', () => {
    const aborted = upTo(at('StepBegun', 'assign-licences'), { by: MARIA, event: { type: 'WaveAborted' } });
    expect(judge(asked(recordOf(aborted), 'abort'))).toEqual([]);
  });
});

describe('1: a wave that goes back by itself while its trunks change over', () => {
  const begun = at('StepBegun', 'activate-inbound') + 1;
  const failed: Told = { by: bot, event: { type: 'StepFailed', step: 'activate-inbound', summary: 'Callers.' } };
  const record = recordOf(upTo(begun, failed, ...rolledBack(bot)));
  const now = (begun + 1) * 1_000;
  const setBack = { what: 'clock by -900000 ms', from: 0, to: 1, simFrom: now + 9_000, simTo: now - 891_000 };

  it('is refused where nothing was the matter', () => expect(broken(record)).toContain('ending'));
  it('is right where the clock was set back meanwhile', () =>
    expect(broken({ ...record, troubles: [setBack] })).not.toContain('ending'));
});

describe('1: an ending is refused', () => {
  it.each<[string, RunRecord]>([
    ['that never came', { ...good, givenUp: 'nothing has happened for 45 s' }],
    ['that the log does not have', recordOf(wholeWave().slice(0, -1))],
    [
      'after which something happened',
      recordOf([...wholeWave(), { by: bot, event: { type: 'StepPassed', step: 'restore-ttl' } }]),
    ],
    ['as an abort that nobody had asked for', recordOf(upTo(3, { by: MARIA, event: { type: 'WaveAborted' } }))],
    [
      'as an abort in the name of another',
      asked(recordOf(upTo(3, { by: DANIEL, event: { type: 'WaveAborted' } })), 'abort'),
    ],
    [
      'as a rollback for which nothing had failed',
      recordOf(upTo(at('StepBegun', 'assign-licences'), ...rolledBack(bot))),
    ],
    [
      'as a rollback for trouble of its own',
      recordOf(
        upTo(
          at('StepBegun', 'assign-licences'),
          { by: bot, event: { type: 'StepFailed', step: 'lower-ttl', summary: 'Slack' } },
          ...rolledBack(bot),
        ),
      ),
    ],
    ['that completed while the calls failed', { ...good, schedule: { ...good.schedule, callsFail: true } }],
  ])('%s', (_what, record) => expect(broken(record)).toContain('ending'));
});

describe('2: an order is refused', () => {
  it.each<[string, RunRecord]>([
    ['in which a step is left out', recordOf(wholeWave().filter(({ event }) => event.step !== 'assign-licences'))],
    ['in which a step passes twice', recordOf(upTo(4, ...wholeWave().slice(3)))],
    [
      'in which a wave goes forward while it goes back',
      asked(
        recordOf(
          upTo(4, ...rolledBack(MARIA).slice(0, 2), { by: bot, event: { type: 'StepBegun', step: 'lower-ttl' } }),
        ),
        'rollback',
      ),
    ],
    [
      'in which the way back leaves a step out',
      asked(recordOf(upTo(7, ...rolledBack(MARIA).filter((_t, i) => i !== 2))), 'rollback'),
    ],
    [
      'in which a step is undone that nobody takes back',
      recordOf(upTo(7, { by: bot, event: { type: 'StepUndone', step: 'lower-ttl' } })),
    ],
  ])('%s', (_what, record) => expect(broken(record)).toContain('order'));
});

const [first, second] = good.writes;
if (!first || !second) throw new Error('a wave writes');
const later = (ms: number) => ({ ...first, n: 99, askedAt: first.askedAt + ms, doneAt: first.doneAt + ms });
const end = wave.log.length * 1_000;
const minutesLater = (write: Write, minutes: number, change: Partial<Write> = {}): Write => ({
  ...write,
  n: 99,
  at: new Date(Date.parse(write.at) + minutes * 60_000).toISOString(),
  ...change,
});

describe('3: writes are refused', () => {
  it.each<[string, RunRecord]>([
    ['where one is missing', { ...good, writes: good.writes.slice(1) }],
    ['where one took effect twice', { ...good, writes: [first, later(10), ...good.writes.slice(1)] }],
    [
      'where one is of no step',
      { ...good, writes: [...good.writes, writeOf({ resource: 'queue x', field: 'name', to: '"y"' }, 99, end - 500)] },
    ],
    [
      'where one comes before its step has begun',
      {
        ...good,
        writes: [{ ...first, at: new Date(10).toISOString(), askedAt: 10, doneAt: 11 }, ...good.writes.slice(1)],
      },
    ],
    ['where a step writes after a later one', { ...good, writes: [...good.writes.slice(2), first, second] }],
    [
      'where a wave that is over writes',
      { ...good, writes: [...good.writes, { ...first, n: 99, askedAt: end + 5_000, doneAt: end + 5_001 }] },
    ],
    [
      'where a phone is asked that has come',
      {
        ...good,
        writes: good.writes.flatMap((write) =>
          write.resource.startsWith('phone ')
            ? [write, minutesLater(write, 1, { before: { rebooted: null, registeredAt: 'new' } })]
            : [write],
        ),
      },
    ],
    [
      'where a site that was taken back is not as before',
      {
        ...asked(recordOf(upTo(at('StepBegun', 'assign-licences'), ...rolledBack(MARIA))), 'rollback'),
        waves: [
          {
            ...(asked(recordOf(upTo(at('StepBegun', 'assign-licences'), ...rolledBack(MARIA))), 'rollback')
              .waves[0] as WaveRecord),
            after: { records: 'target' },
          },
        ],
      },
    ],
  ])('%s', (_what, record) => expect(broken(record)).toContain('writes'));

  it('unless it is a phone that has not come, which may be asked again', () => {
    const again = good.writes.flatMap((write) =>
      write.resource.startsWith('phone ') ? [write, { ...write, n: 99 }] : [write],
    );
    expect(broken({ ...good, writes: again })).toEqual([]);
  });

  it.each([
    [0.9, []],
    [1, ['writes']],
  ])('a queue is joined once more after %d minutes: %j', (minutes, found) => {
    const again = good.writes.flatMap((write) =>
      write.resource.startsWith('queue-members ') ? [write, minutesLater(write, minutes)] : [write],
    );
    expect(broken({ ...good, writes: again })).toEqual(found);
  });
});

const approval = at('GateApproved', 'drain-legacy');
const approvedBy = (user: string): RunRecord =>
  recordOf(wholeWave().map((told, i) => (i === approval ? { ...told, by: user } : told)));

describe('4: a gate is refused', () => {
  it.each<[string, RunRecord]>([
    ['that one of two has approved', recordOf(without(approval))],
    ['that one person has approved twice', approvedBy(AISHA)],
    ['that the starter has approved', approvedBy(MARIA)],
    ['that an outsider has approved', approvedBy(TOM)],
    [
      'that was approved by somebody who had not pressed',
      { ...good, clicks: good.clicks.filter(({ user }) => user !== DANIEL) },
    ],
    ['that never opened', recordOf(without(at('GateOpened', 'switch-dns')))],
    [
      'whose approval was void',
      recordOf([
        ...wholeWave().slice(0, at('StepBegun', 'switch-dns')),
        { by: bot, event: { type: 'ApprovalVoided', step: 'switch-dns', gate: 1 } },
        ...wholeWave().slice(at('StepBegun', 'switch-dns')),
      ]),
    ],
    [
      'of a wave that another person is said to have started',
      { ...good, schedule: { ...good.schedule, starter: 'ivo' } },
    ],
  ])('%s', (_what, record) => expect(broken(record)).toContain('gates'));
});

const [root, ...posts] = good.messages;
if (!root) throw new Error('a thread has a root');

describe('5: a thread is refused', () => {
  it.each<[string, RunRecord]>([
    ['in which an event is missing', { ...good, messages: [root, ...posts.slice(0, 5), ...posts.slice(6)] }],
    ['in which an event stands twice', { ...good, messages: [root, ...posts.slice(0, 5), ...posts.slice(4)] }],
    [
      'in which two events change places',
      { ...good, messages: [root, ...[posts[1], posts[0]].flatMap((post) => post ?? []), ...posts.slice(2)] },
    ],
    ['that ends too soon', { ...good, messages: good.messages.slice(0, -1) }],
    [
      'that tells what the log does not have',
      {
        ...good,
        messages: threadOf([
          ...wave.log,
          ...logOf(wholeWave())
            .slice(-1)
            .map((last) => ({ ...last, seq: last.seq + 1 })),
        ]),
      },
    ],
    ['with two roots', { ...good, messages: [root, { ...root, ts: '9.9' }, ...posts] }],
    ['with no root', { ...good, messages: posts }],
    [
      'in two places',
      {
        ...good,
        messages: good.messages.map((message, i) => (i === 4 ? { ...message, thread_ts: 'elsewhere' } : message)),
      },
    ],
  ])('%s', (_what, record) => expect(broken(record)).toContain('thread'));
});

describe('6: a log is refused', () => {
  it.each<[string, RunRecord]>([
    [
      'with an event that was changed',
      withWave({
        log: wave.log.map((entry, i) => (i === 3 ? { ...entry, by: { kind: 'bot', worker: 'vm-9' } } : entry)),
      }),
    ],
    ['with a gap', withWave({ log: wave.log.filter(({ seq }) => seq !== 4) })],
    ['whose state is of another event', withWave({ stateSeq: 3 })],
    ['whose head is another', withWave({ head: 'f00' })],
    [
      'that the thread does not vouch for',
      { ...good, messages: good.messages.map((message, i) => (i === 3 ? { ...message, blocks: [] } : message)) },
    ],
    ['whose last mark the root card does not show', { ...good, messages: [{ ...root, blocks: [] }, ...posts] }],
    ['that the product itself does not find whole', withWave({ audit: { ok: false, text: 'NOT' } })],
  ])('%s', (_what, record) => expect(broken(record)).toContain('chain'));
});

describe('7: what is left behind is refused', () => {
  it.each([
    [{ locks: { 'site:north': 'north-wave-1' } }],
    [{ open: ['north-wave-1'] }],
    [{ due: ['north-wave-1'] }],
    [{ unheard: ['north-wave-1'] }],
    [{ leases: ['work'] }],
  ])('%j', (left) => expect(broken({ ...good, leftovers: { ...good.leftovers, ...left } })).toEqual(['leftovers']));
});

describe('8: a lost caller', () => {
  const lost = [{ at: 50_000, reason: 'no-inbound-path', avoidable: true }];
  const trouble = { what: 'worker-1 killed', from: 0, to: 1, simFrom: 49_000, simTo: 49_500 };

  it('is refused', () => expect(broken(withWave({ lost }))).toEqual(['callers']));
  it('is nobody’s fault where no order of steps could have saved them', () =>
    expect(broken(withWave({ lost: lost.map((each) => ({ ...each, avoidable: false })) }))).toEqual([]));
  it('is the fault’s while somebody is away', () =>
    expect(broken(withWave({ lost }, { ...good, troubles: [trouble] }))).toEqual([]));
  it('is refused long after the fault', () =>
    expect(
      broken(withWave({ lost: lost.map((each) => ({ ...each, at: 9_000_000 })) }, { ...good, troubles: [trouble] })),
    ).toEqual(['callers']));
});

it('9: time that runs back in the log is refused', () =>
  expect(broken(withWave({ log: wave.log.map((entry, i) => (i === 5 ? { ...entry, at: 1 } : entry)) }))).toContain(
    'time',
  ));

describe('10: unsound is', () => {
  it.each<[string, Partial<RunRecord>]>([
    ['a process that ends by itself', { crashes: ['bot: 1'] }],
    ['a log that calls the store damaged', { complaints: ["bot: Redis holds something that is not a wave's record"] }],
    ['an answer that does', { whispers: ["Redis holds something that is not a wave's record"] }],
  ])('%s', (_what, change) => expect(broken({ ...good, ...change })).toEqual(['sound']));
});

describe('where a wave stands', () => {
  const opened: Told = { by: bot, event: { type: 'GateOpened', step: 'drain-legacy', gate: 2, quorum: 2 } };
  const approved = (approvals: number): Told => ({
    by: DANIEL,
    event: { type: 'GateApproved', step: 'drain-legacy', gate: 2, approvals, quorum: 2 },
  });
  const held: Told = { by: MARIA, event: { type: 'WaveHeld', step: 'drain-legacy' } };
  const resumed: Told = { by: MARIA, event: { type: 'WaveResumed' } };

  it.each<[string, readonly Told[], string]>([
    ['at its gate until the last approval', [opened, approved(1)], 'gated'],
    ['past it after that', [opened, approved(1), approved(2)], 'running'],
    ['at its gate again, when people had paused it there', [opened, held, resumed], 'gated'],
    ['on its way, when they had paused it there', [opened, approved(2), held, resumed], 'running'],
    [
      'on its way, when the gate was void',
      [opened, { by: bot, event: { type: 'ApprovalVoided' } }, held, resumed],
      'running',
    ],
  ])('%s', (_what, events, where) => expect(standing(logOf(events))).toBe(where));
});
