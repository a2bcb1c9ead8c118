/** What a lost part of a log makes of a wave, and what people may do then. */
import type { WaveCommand } from '../src/core/commands';
import { decide } from '../src/core/decide';
import type { LoggedEvent, WaveEvent } from '../src/core/events';
import type { StepId } from '../src/core/ids';
import type { Loss } from '../src/core/log-loss';
import { undoOrder } from '../src/core/undo-order';
import { mayGoOnUnseen } from '../src/core/unseen';
import { evolve, stepAt, type Wave } from '../src/core/wave';
import { chainHash } from '../src/engine/draft';
import { handle } from '../src/engine/handle';
import { lossOf } from '../src/engine/loss-of-wave';
import { restoreFrom } from '../src/engine/restore-events';
import { guardedLease, guardedLog, LATE_MS } from '../src/engine/store-guard';
import { createWaveMemory } from '../src/engine/wave-memory';
import type { StoreMark } from '../src/ports/store-mark';
import {
  abort,
  approve,
  begin,
  beginUndo,
  capture,
  given,
  MARIA,
  passed,
  pause,
  play,
  reportGate,
  resume,
  retry,
  rollBack,
  sha256,
  shortPlan,
  skip,
  start,
  through,
  throughGate,
  upTo,
  WORKER,
} from './support/core-waves';
import { memoryShell } from './support/memory-shell';

const plan = shortPlan();
const fresh = () => play(null, [start(plan)]);
const beforeGate = () => play(fresh(), [...through]);
const switching = () => play(beforeGate(), [reportGate(passed), approve(), begin, capture]);

const loss = (wave: Wave, more: Partial<Loss> = {}): Loss => ({
  from: wave.seq + 1,
  to: wave.seq + 3,
  witnesses: ['thread'],
  posts: [{ from: wave.seq + 1, to: wave.seq + 3, mark: 'fa0cbb3531', ts: '1.000100', says: 'lost' }],
  kinds: ['StepPassed'],
  steps: [],
  world: [],
  ...more,
});
const lose =
  (more: Partial<Loss> = {}) =>
  (wave: Wave): WaveCommand => ({
    type: 'ReportLoss',
    seq: wave.seq,
    loss: loss(wave, more),
    runbook: [],
    actor: WORKER,
  });
const unknown = (step: string) => ({ step: step as never, known: false, captured: null });

type Told = WaveCommand | ((wave: Wave) => WaveCommand);

/** Has the wave do all that it is told, one after the other, and gives it as it is stored then. */
const telling =
  (shell: ReturnType<typeof memoryShell>) =>
  async (...commands: readonly Told[]) => {
    for (const command of commands) {
      const wave = shell.waves.get(plan.wave)?.wave as Wave;
      const handled = await handle(shell.engine, plan.wave, typeof command === 'function' ? command(wave) : command);
      if (handled.kind === 'refusal') throw new Error(handled.sentence);
    }
    return shell.waves.get(plan.wave) as NonNullable<ReturnType<typeof shell.waves.get>>;
  };

describe('a wave whose log was cut back', () => {
  it('is held, its open approval is void, and later gates get numbers that no lost card has', () => {
    const approved = play(beforeGate(), [reportGate(passed), approve()]);
    const held = play(approved, [lose()]);
    expect(held).toMatchObject({ status: 'held', hold: { cause: 'log-lost' }, lost: { tells: 'on' } });
    expect(stepAt(held, 1).state).toMatchObject({ begun: false, gate: { state: 'closed' } });
    const again = play(held, [resume(), reportGate(passed)]);
    expect(stepAt(again, 1).state.gate).toMatchObject({ state: 'open', number: 3 });
  });

  it('keeps the approval of a step that has begun', () => {
    const held = play(switching(), [lose()]);
    expect(stepAt(held, 1).state).toMatchObject({ begun: true, gate: { state: 'approved' } });
  });

  it('stops on its way back as stuck, and stays stuck where it was', () => {
    const back = play(switching(), [rollBack(), beginUndo, lose()]);
    expect(back.status).toBe('stuck');
    expect(play(back, [lose()]).status).toBe('stuck');
  });

  it('goes back over a step that may have written, and remembers that what was there before is lost', () => {
    const held = play(beforeGate(), [lose({ steps: [unknown('switch-dns')] })]);
    expect(stepAt(held, 1).state.lost).toBe(true);
    expect(undoOrder(held)).toContain('switch-dns');
    expect(play(held, [rollBack()])).toMatchObject({ undo: ['switch-dns', 'lower-ttl'] });
  });

  it('has what was captured again where a process still knew it', () => {
    const known = { step: 'switch-dns' as never, known: true, captured: { records: 1 } };
    const { state } = stepAt(play(beforeGate(), [lose({ steps: [known] })]), 1);
    expect(state).toMatchObject({ captured: { records: 1 }, lost: false });
  });

  it.each([
    ['back', ['RollbackStarted'], { resume: 'not-now', rollBack: 'ok', abort: 'ok' }],
    ['ended', ['StepPassed', 'WaveCompleted'], { resume: 'not-now', rollBack: 'not-now', abort: 'ok' }],
    ['on', ['StepPassed'], { resume: 'ok', rollBack: 'ok', abort: 'ok' }],
  ])('whose lost events tell that it went %s answers people accordingly', (_tells, kinds, wanted) => {
    const held = play(switching(), [lose({ kinds })]);
    const answer = (command: WaveCommand) => {
      const decision = decide(held, command, held.lastAt);
      return decision.kind === 'refusal' ? decision.code : 'ok';
    };
    expect({ resume: answer(resume()), rollBack: answer(rollBack()), abort: answer(abort()) }).toEqual(wanted);
    expect(answer(retry())).toBe(wanted.resume);
    if (wanted.resume !== 'ok') expect(answer(skip())).toBe('not-now');
  });

  it('is not told of a loss that was found on an older log', () => {
    const wave = switching();
    const old = { ...lose()(wave), seq: wave.seq - 1 } as WaveCommand;
    given(wave).when(old).isRefused('stale');
  });

  it('stands as it stood once the lost events are put back, and not after somebody has gone on', async () => {
    const shell = memoryShell();
    const tell = telling(shell);
    const cut = await tell(start(plan), ...through);
    const whole = await tell(...throughGate);
    shell.waves.set(plan.wave, cut);
    const held = await tell(lose({ steps: [unknown('switch-dns')], posts: [] }));
    const events = whole.events.slice(cut.events.length);
    const from = (copy: readonly LoggedEvent[]) => restoreFrom(shell.engine, plan.wave, copy, MARIA);
    expect(await from(whole.events.slice(0, cut.events.length + 2))).toMatchObject({ code: 'incomplete' });
    expect(
      await from([...whole.events.slice(0, -1), { ...whole.events[0], hash: 'f'.repeat(64) } as LoggedEvent]),
    ).toMatchObject({ code: 'stale' });
    const { wave } = await tell({ type: 'RestoreEvents', events, actor: MARIA });
    expect({ ...wave, seq: 0, lastAt: 0 }).toEqual({ ...whole.wave, seq: 0, lastAt: 0 });
    const gone = play(held.wave, [resume()]);
    const late = decide(gone, { type: 'RestoreEvents', events, actor: MARIA }, gone.lastAt);
    expect(late).toMatchObject({ kind: 'refusal', code: 'not-now' });
    const short = decide(held.wave, { type: 'RestoreEvents', events: events.slice(1), actor: MARIA }, gone.lastAt);
    expect(short).toMatchObject({ kind: 'refusal', code: 'stale' });
  });
});

describe('a file of lost events', () => {
  /** A wave that has lost what `lost` did, of which the thread tells the first `told` events; and its whole log. */
  async function losing(lost: readonly Told[], told: number, to = told) {
    const shell = memoryShell();
    const tell = telling(shell);
    const cut = await tell(start(plan), ...through);
    const { events } = await tell(...lost);
    shell.waves.set(plan.wave, cut);
    const base = cut.events.length;
    const last = base + told;
    const mark = events[last - 1]?.hash.slice(0, 10) ?? null;
    const posts = told === 0 ? [] : [{ from: base + 1, to: last, mark, ts: '1.0001', says: 'Gate 1' }];
    await tell(lose({ posts, to: told === 0 && to === 0 ? null : base + to }));
    const restore = (copy: readonly LoggedEvent[]) => restoreFrom(shell.engine, plan.wave, copy, MARIA);
    return { events, base, restore };
  }
  /** The file with one event more, its hash as whoever writes the file would make it. */
  const forged = (events: readonly LoggedEvent[], event: WaveEvent): readonly LoggedEvent[] => {
    const { seq, hash, at } = events.at(-1) as LoggedEvent;
    const entry = { wave: plan.wave, seq: seq + 1, at, by: { kind: 'person', user: 'U0DANIEL', via: 'slack' }, event };
    return [...events, { ...entry, hash: chainHash(sha256, hash, entry as LoggedEvent) } as LoggedEvent];
  };
  const step = 'switch-dns' as StepId;
  const approval: WaveEvent = { type: 'GateApproved', step, gate: 1, approvals: 1, quorum: 1, reason: null };
  const begun: WaveEvent = { type: 'StepBegun', step, attempt: 1 };

  it.each<readonly [string, WaveEvent]>([
    ['an approval', approval],
    ['a waiver', { type: 'LineWaived', line: 'x', found: 'y', reason: 'z', approver: true, people: 2, of: 2 }],
    ['a skipped step', { type: 'StepSkipped', step, reason: 'done' }],
    ['a step that was taken back by hand', { type: 'UndoneByHand', step, reason: 'done' }],
    ['a step that began behind its gate', begun],
    ['a step that passed behind its gate', { type: 'StepPassed', step, summary: '', evidence: [], notes: [] } as never],
  ])('is refused with %s behind what the thread tells, and taken without', async (_what, event) => {
    const { events, restore } = await losing([reportGate(passed)], 1);
    const nested = { type: 'EventsRestored', from: 9, to: 9, events: forged(events, event).slice(-1) } as const;
    for (const more of [event, nested]) {
      const no = await restore(forged(events, more));
      expect(no).toMatchObject({ kind: 'refusal', code: 'not-allowed' });
      expect(no).toMatchObject({ sentence: expect.stringContaining(`event ${events.length + 1} of the file`) });
      expect(no).toMatchObject({ sentence: expect.stringContaining('Take this event and all behind it out') });
    }
    expect(await restore(events)).toMatchObject({ kind: 'handled', wave: { status: 'gated' } });
  });

  it('brings an approval back that the thread tells, with what followed it', async () => {
    const { events, restore } = await losing([...throughGate], 2);
    expect(await restore(events)).toMatchObject({ kind: 'handled', wave: { status: 'running' } });
  });

  it('brings back no approval where the thread tells nothing, nor what was before it when more is known', async () => {
    const { events, base, restore } = await losing([...throughGate], 0);
    expect(await restore(events)).toMatchObject({ code: 'not-allowed' });
    expect(await restore(events.slice(0, base + 1))).toMatchObject({ kind: 'handled', wave: { status: 'gated' } });
    const remembered = await losing([...throughGate], 0, 3);
    expect(await remembered.restore(events)).toMatchObject({
      sentence: expect.stringContaining('go on with Resume or Roll back'),
    });
  });
});

describe('what others know of a log', () => {
  const logged = (seq: number): LoggedEvent =>
    ({
      wave: plan.wave,
      seq,
      at: 1,
      by: { kind: 'bot', worker: 'w' },
      event: { type: 'WaveCompleted' },
      hash: `${seq}`.repeat(64),
    }) as LoggedEvent;
  const post = (from: number, to: number, mark: string, author = 'U0BOT') => ({
    ts: `${to}.000100`,
    author,
    text: 'told',
    blocks: [{ type: 'context', elements: [{ text: `#${from}–${to} · ${mark} · now` }] }],
    mark: { wave: plan.wave, from, to, kinds: ['StepPassed'], steps: [] },
    edited: null,
  });
  const root = { ...post(0, 0, ''), blocks: [] };
  const log = [logged(1), logged(2)];
  const ask = (...posts: readonly ReturnType<typeof post>[]) =>
    lossOf({ wave: fresh(), log, posts: [root, ...posts], remembered: null });

  it('is nothing more where every post fits, whoever else writes there', () => {
    expect(ask(post(1, 2, '2222222222'), post(3, 3, '3333333333', 'U0TOM'))).toBeNull();
  });

  it('is a loss where one post tells an event beyond the end', () => {
    expect(ask(post(1, 2, '2222222222'), post(3, 3, '3333333333'))).toMatchObject({
      from: 3,
      to: 3,
      witnesses: ['thread'],
    });
  });

  it('names so many posts of a long one and no more, and the last mark among them', () => {
    const posts = (count: number) => Array.from({ length: count }, (_, i) => post(3 + i, 3 + i, 'cdcdcdcdcd'));
    const marks = (count: number) => ask(...posts(count))?.posts.map(({ to }) => to) ?? [];
    expect(marks(500)).toEqual(posts(500).map(({ mark }) => mark.to));
    expect(marks(700)).toEqual([...marks(499), 702]);
  });

  it('is a loss where the same number has another mark', () => {
    expect(ask(post(1, 1, '1111111111'), post(2, 2, 'abababab12'))).toMatchObject({ from: 2, to: 2 });
  });

  it('is a loss where a process has written more, or something else', () => {
    const wave = { ...fresh(), seq: 3 };
    const of = (head: string) => lossOf({ wave: fresh(), log, posts: [], remembered: { wave, head } });
    expect(of('x')).toMatchObject({ from: 3, to: 3, witnesses: ['memory'] });
    expect(
      lossOf({ wave: fresh(), log, posts: [], remembered: { wave: { ...wave, seq: 2 }, head: '2'.repeat(64) } }),
    ).toBeNull();
  });
});

describe('where nobody can be asked', () => {
  it('a way back goes on, what has begun with calls goes on, and nothing that waits for people or touches no calls', () => {
    expect(mayGoOnUnseen(play(switching(), [rollBack()]), 'undo-step')).toBe(true);
    expect(mayGoOnUnseen(switching(), 'run-step')).toBe(true);
    expect(mayGoOnUnseen(beforeGate(), 'run-step')).toBe(false);
    expect(mayGoOnUnseen(beforeGate(), 'inspect-gate')).toBe(false);
    expect(mayGoOnUnseen(play(fresh(), [begin, capture]), 'run-step')).toBe(false);
    expect(mayGoOnUnseen(upTo(fresh(), 'restore-ttl'), 'run-step')).toBe(true);
    expect(mayGoOnUnseen(play(switching(), [pause()]), 'run-step')).toBe(false);
  });

  async function room(ageMs: number, unseen = false) {
    const shell = memoryShell();
    const state = { doubted: false };
    const standing = async () => ({ doubted: state.doubted ? 1 : 0, ageMs, search: null, doubt: null });
    const mark: StoreMark = {
      standing,
      look: standing,
      isDoubted: async () => state.doubted,
      doubt: async () => {
        state.doubted = true;
      },
      doubted: async () => new Map(),
      settle: async () => undefined,
      searched: async () => undefined,
    };
    const options = { mark, memory: createWaveMemory(), unseen: () => unseen };
    const engine = {
      ...shell.engine,
      log: guardedLog(shell.engine.log, options),
      lease: guardedLease(shell.engine.lease, options),
    };
    await handle(engine, plan.wave, start(plan));
    const lease = await engine.lease.take(plan.wave, 'work');
    state.doubted = true;
    return { engine, lease, state, shell };
  }

  it('nothing is appended to a wave in doubt, and whoever works on it has lost it', async () => {
    const { engine, lease } = await room(LATE_MS);
    await expect(handle(engine, plan.wave, begin(fresh()))).rejects.toThrow('is being compared with its thread');
    await expect(handle(engine, plan.wave, rollBack())).rejects.toThrow('is being compared with its thread');
    expect(await lease?.isHeld()).toBe(false);
  });

  it('people may go back once it is late, and not before; to go on they may not', async () => {
    const { engine } = await room(LATE_MS + 1);
    await expect(handle(engine, plan.wave, { ...begin(fresh()) })).rejects.toThrow('is being compared');
    expect(await handle(engine, plan.wave, rollBack())).toMatchObject({ kind: 'handled' });
  });

  it('a worker that goes on unseen writes, and opens no gate', async () => {
    const { engine, lease } = await room(LATE_MS + 1, true);
    expect(await lease?.isHeld()).toBe(true);
    for (const step of through) {
      const wave = (await engine.log.load(plan.wave))?.wave as Wave;
      expect(await handle(engine, plan.wave, step(wave))).toMatchObject({ kind: 'handled' });
    }
    const wave = (await engine.log.load(plan.wave))?.wave as Wave;
    await expect(handle(engine, plan.wave, reportGate(passed)(wave))).rejects.toThrow('is being compared');
  });

  it('a process that finds less than it has written says so', async () => {
    const { engine, state, shell } = await room(0);
    state.doubted = false;
    const before = shell.waves.get(plan.wave);
    await handle(engine, plan.wave, begin(fresh()));
    if (before) shell.waves.set(plan.wave, before);
    await engine.log.load(plan.wave);
    expect(state.doubted).toBe(true);
  });
});

it('a wave is told on from before its loss event by event', () => {
  expect(
    evolve(fresh(), {
      wave: plan.wave,
      seq: 2,
      at: 1,
      by: { kind: 'bot', worker: 'w' },
      event: { type: 'LogCutBack', ...loss(fresh()) },
    }),
  ).toMatchObject({ seq: 2, lost: { base: { seq: 1 } } });
});
