/** The record of a chaos run in which all is well, made by hand, to be spoilt in one place by a test. */
import { type ExpectedChange, expectedChanges } from '../../chaos/expected';
import { hashAfter } from '../../chaos/invariants/chain';
import { AISHA, DANIEL, MARIA } from '../../chaos/people';
import type { Click, Logged, RunRecord, WaveRecord, Write } from '../../chaos/record';
import { drawSchedule } from '../../chaos/schedule';
import { QUORUM } from '../../chaos/sites';
import type { StoredMessage } from '../../sandbox/slack/workspace';

const WAVE = 'north-wave-1';
const GATED = ['switch-dns', 'drain-legacy', 'shift-queues', 'retire-legacy'];
const STEPS = [...new Set(['preflight', ...expectedChanges('north').map(({ step }) => step), 'observe-calls'])];
/** Real and sandbox ms between two events. */
const APART_MS = 1_000;

type Event = Logged['event'];

/** An event before it stands anywhere: whose it is, and what it is. */
export interface Told {
  readonly by: string;
  readonly event: Event;
}

const BOT = 'vm-1';
const told = (event: Event, by = BOT): Told => ({ by, event });

/** Every step of a wave that completes, in order. */
export function wholeWave(): readonly Told[] {
  const plan = {
    wave: WAVE,
    hash: 'p',
    locks: [],
    steps: STEPS.map((id) => ({ id, kind: id, gated: GATED.includes(id), changes: [] })),
  };
  return [told({ type: 'WaveStarted', plan }, MARIA), ...STEPS.flatMap(stepEvents), told({ type: 'WaveCompleted' })];
}

function stepEvents(step: string): readonly Told[] {
  const events = ['StepBegun', 'StepApplied', 'StepPassed'].map((type) => told({ type, step }));
  if (!GATED.includes(step)) return events;
  const gate = 1 + GATED.indexOf(step);
  const quorum = QUORUM[step] ?? 1;
  const people = [DANIEL, AISHA].slice(0, quorum);
  const approved = people.map((user, i) => told({ type: 'GateApproved', step, gate, approvals: i + 1, quorum }, user));
  return [told({ type: 'GateOpened', step, gate, quorum }), ...approved, ...events];
}

/** The events as they would stand in the log, each at its own moment and linked to the one before. */
export function logOf(events: readonly Told[]): readonly Logged[] {
  const log: Logged[] = [];
  for (const [i, { by, event }] of events.entries()) {
    const who: Logged['by'] = by === BOT ? { kind: 'bot', worker: by } : { kind: 'person', user: by };
    const entry = { wave: WAVE, seq: i + 1, at: (i + 1) * APART_MS, by: who, event, hash: '' };
    log.push({ ...entry, hash: hashAfter(log.at(-1)?.hash ?? '', entry) });
  }
  return log;
}

/** Good, whatever stands in the log: its thread, its clicks and its writes are made of it. */
export function recordOf(events: readonly Told[] = wholeWave()): RunRecord {
  const log = logOf(events);
  const wave: WaveRecord = {
    id: WAVE,
    site: 'north',
    log,
    seenAt: log.map(({ at }) => at),
    head: log.at(-1)?.hash ?? null,
    stateSeq: log.length,
    before: { records: 'legacy' },
    after: { records: 'legacy' },
    lost: [],
    audit: { ok: true, text: 'whole' },
  };
  return {
    schedule: { ...drawSchedule(1, 1), sites: ['north'], starter: 'maria', callsFail: false, faults: [] },
    waves: [wave],
    messages: threadOf(log),
    writes: writesOf(log),
    clicks: log.flatMap(clickOf),
    steered: [],
    troubles: [],
    leftovers: { locks: {}, open: [], due: [], unheard: [], leases: [] },
    whispers: ['north-wave-1 has your approval of gate 1'],
    crashes: [],
    complaints: [],
    givenUp: null,
  };
}

function clickOf({ event, by, at }: Logged): readonly Click[] {
  if (event.type !== 'GateApproved' || by.user === undefined) return [];
  return [{ user: by.user, wave: WAVE, gate: Number(event.gate), at: at - 1 }];
}

export function threadOf(log: readonly Logged[]): readonly StoredMessage[] {
  const root = post(0, 0, log.at(-1)?.hash ?? '', null);
  return [root, ...log.map(({ seq, hash }) => post(seq, seq, hash, root.ts))];
}

function post(from: number, to: number, hash: string, thread: string | null): StoredMessage {
  return {
    ts: `${to}.000000`,
    thread_ts: thread,
    text: '',
    blocks: [{ type: 'context', block_id: 'b', text: `#${to} · ${hash.slice(0, 10)}` }],
    metadata: { event_type: 'cutover_events', event_payload: { wave: WAVE, from, to } },
  } as unknown as StoredMessage;
}

/** Each expected change as a write of its own, while its step is at work. */
export function writesOf(log: readonly Logged[]): readonly Write[] {
  return expectedChanges('north').flatMap((change, i) => {
    const begun = log.find(({ event }) => event.type === 'StepBegun' && event.step === change.step);
    return begun ? [writeOf(change, i + 1, begun.at + 100)] : [];
  });
}

export function writeOf(
  { resource, field, to }: Pick<ExpectedChange, 'resource' | 'field' | 'to'>,
  n: number,
  at: number,
): Write {
  const nested = (value: unknown) => field.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return {
    n,
    at: new Date(at).toISOString(),
    system: 'genesys',
    method: 'PUT',
    path: '/',
    resource,
    before: nested(null) as Write['before'],
    after: nested(JSON.parse(to)) as Write['after'],
    effect: true,
    site: 'north',
    askedAt: at,
    doneAt: at + 1,
  };
}
