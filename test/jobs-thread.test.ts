/** The wave's thread as a projection of its log, whatever Slack does meanwhile. */
import { type KeepThread, keepThread } from '../jobs/post-updates';
import type { WaveCommand } from '../src/core/commands';
import { stepAt, type Wave } from '../src/core/wave';
import { handle } from '../src/engine/handle';
import { reconcile } from '../src/engine/reconcile';
import { Fault } from '../src/ports/fault';
import { UnclearPost } from '../src/ports/thread';
import {
  AISHA,
  abort,
  applied,
  approve,
  begin,
  DANIEL,
  holdGate,
  MINUTE,
  passed,
  pause,
  report,
  reportGate,
  resume,
  shortPlan,
  start,
  waitingFor,
} from './support/core-waves';
import { memoryCursors, memoryShell, memoryThread, numbersOf } from './support/memory-shell';

const plan = shortPlan();
const quorumOfTwo = shortPlan({
  policy: { operators: ['S0OPERATORS'], approvers: ['S0APPROVERS'], quorum: 2, gates: {} },
});
type Said = WaveCommand | ((wave: Wave) => WaveCommand);
const UP_TO_GATE: readonly Said[] = [begin, report(applied), report(passed), reportGate(passed)];

function given(planned = plan) {
  const shell = memoryShell();
  const cursors = memoryCursors(shell);
  const slack = memoryThread();
  const { log, clock, digest, warn } = shell.engine;
  const keeper = (): KeepThread =>
    keepThread({ log, cursors, thread: slack.thread, clock, digest, warn, alarm: shell.alarm });
  let keep = keeper();
  const wave = (): Wave => {
    const stored = shell.waves.get(planned.wave);
    if (!stored) throw new Error('no wave');
    return stored.wave;
  };
  return {
    shell,
    cursors,
    slack,
    wave,
    say: async (...said: readonly Said[]): Promise<void> => {
      for (const each of said) {
        const command = typeof each === 'function' ? each(wave()) : each;
        const handled = await handle(shell.engine, planned.wave, command);
        if (handled.kind === 'refusal') throw new Error(handled.sentence);
      }
    },
    /** One job; `restart` makes it that of a new process, which draws at once. */
    job: async (restart = true) => {
      if (restart) keep = keeper();
      const lease = await shell.engine.lease.take(planned.wave, 'thread');
      if (!lease) throw new Error('somebody keeps the thread');
      const result = await keep(planned.wave, lease);
      await lease.release();
      return result;
    },
    cursor: () => {
      const cursor = cursors.kept.get(planned.wave);
      if (!cursor) throw new Error('no cursor');
      return cursor;
    },
    /** The events that the thread tells, in the order of its messages. */
    told: (): readonly number[] =>
      slack.shown
        .filter(({ mark }) => mark.to > 0)
        .flatMap(({ mark }) => Array.from({ length: mark.to - mark.from + 1 }, (_, i) => mark.from + i)),
    roots: () => slack.shown.filter(({ mark }) => mark.to === 0),
  };
}

const unclear = () => new UnclearPost('Slack gave no clear answer', new Error('socket'));
const refused = () => new Fault('Slack refused: not_in_channel', { system: 'Slack', transient: false });
const busy = () => new Fault('Slack asks to wait', { system: 'Slack', transient: true, retryAfterMs: 30_000 });

describe('the thread of a wave', () => {
  it('tells every event once and in order, and is then off the list of unheard ones', async () => {
    const { say, job, told, wave, shell, roots } = given();
    await say(start(plan), ...UP_TO_GATE);
    expect(await job()).toBe('done');
    expect(told()).toEqual(numbersOf(wave()));
    expect(roots()).toHaveLength(1);
    expect(shell.unheard.size).toBe(0);
  });

  it('says nothing more when asked again', async () => {
    const { say, job, slack } = given();
    await say(start(plan), ...UP_TO_GATE);
    await job();
    slack.calls.length = 0;
    expect(await job()).toBe('done');
    expect(slack.calls).toEqual([]);
  });

  it.each(['refuse', 'lose'] as const)(
    'has one root card when the answer to its post is unclear (%s)',
    async (when) => {
      const { say, job, slack, roots } = given();
      slack.troubles.push({ on: 'postRoot', when, throws: unclear });
      await say(start(plan));
      expect(await job()).toEqual({ againAfterMs: 1_500 });
      expect(await job()).toBe('done');
      expect(roots()).toHaveLength(1);
    },
  );

  it.each(['refuse', 'lose'] as const)(
    'tells an event once when the answer to its post is unclear (%s), also with more events since',
    async (when) => {
      const { say, job, slack, told, wave } = given();
      await say(start(plan), begin, report(applied));
      slack.troubles.push({ on: 'post', when, throws: unclear });
      expect(await job()).toEqual({ againAfterMs: 1_500 });
      await say(report(passed), reportGate(passed));
      expect(await job()).toBe('done');
      expect(told()).toEqual(numbersOf(wave()));
    },
  );

  it('keeps the gate card that was found, with its buttons as they have to be now', async () => {
    const { say, job, slack, cursor } = given();
    await say(start(plan), begin, report(applied), report(passed));
    await job();
    slack.troubles.push({ on: 'post', when: 'lose', throws: unclear });
    await say(reportGate(passed));
    await job();
    await say(pause());
    await job();
    const card = slack.shown.find(({ ts }) => ts === cursor().gates['1']?.ts);
    expect(JSON.stringify(card?.message)).not.toContain('gate.approve');
  });

  it('has one root card when the bot dies between the post and noting it', async () => {
    const { say, job, slack, roots, shell } = given();
    await say(start(plan));
    slack.afterwards = async () => {
      if (slack.calls.length === 1) shell.loseLease(plan.wave, 'thread');
    };
    expect(await job()).toBe('done');
    expect(roots()).toHaveLength(1);
    slack.afterwards = async () => undefined;
    expect(await job()).toBe('done');
    expect(roots()).toHaveLength(1);
  });

  it('waits as long as Slack asks for', async () => {
    const { say, job, slack, told, wave } = given();
    slack.troubles.push({ on: 'post', when: 'refuse', throws: busy });
    await say(start(plan));
    expect(await job()).toEqual({ againAfterMs: 30_000 });
    await job();
    expect(told()).toEqual(numbersOf(wave()));
  });

  it('is told of loudly, and tried again only after a while, when Slack refuses it for good', async () => {
    const { say, job, slack, shell, told, wave } = given();
    slack.troubles.push({ on: 'postRoot', when: 'refuse', throws: refused });
    await say(start(plan));
    expect(await job()).toEqual({ againAfterMs: 20_000 });
    expect(shell.alarmed).toMatchObject([
      { about: { wave: plan.wave }, message: expect.stringMatching(/NOBODY SEES/) },
    ]);
    await job();
    expect(told()).toEqual(numbersOf(wave()));
  });

  it('is told of loudly, and does not spin, when its cursor is garbage or a message cannot be made', async () => {
    const { say, job, shell, cursors } = given();
    await say(start(plan));
    Object.assign(cursors, {
      load: async () => {
        throw new Fault('Redis holds something else', { system: 'Redis', transient: false });
      },
    });
    expect(await job()).toEqual({ againAfterMs: 20_000 });
    expect(shell.alarmed).toHaveLength(1);
  });

  it('tells in the same job what happens while it tells', async () => {
    const { say, job, slack, told, wave, shell } = given();
    await say(start(plan));
    let late = true;
    slack.meanwhile = async () => {
      if (slack.calls.at(-1) !== 'post' || !late) return;
      late = false;
      await say(pause());
    };
    expect(await job()).toBe('done');
    expect(told()).toEqual(numbersOf(wave()));
    expect(shell.unheard.has(plan.wave)).toBe(false);
  });

  it.each([
    ['its root card was', 'postRoot'],
    ['an event was', 'post'],
    ['a card was redrawn, which was', 'update'],
  ] as const)(
    'is left to whoever took it over while %s about to be sent: an old hand notes, posts and draws nothing more',
    async (_what, call) => {
      const { say, job, slack, shell, told, wave, cursor, roots } = given();
      await say(start(plan));
      if (call === 'update') await job();
      await say(...UP_TO_GATE);
      slack.meanwhile = async () => {
        if (slack.calls.at(-1) !== call) return;
        slack.meanwhile = async () => undefined;
        shell.loseLease(plan.wave, 'thread');
        await say(pause());
        expect(await job()).toBe('done');
      };
      await job();
      const newest = cursor();
      expect(newest).toMatchObject({ heard: wave().seq, rootSeq: wave().seq, intent: null });
      expect(roots()).toHaveLength(1);
      expect(JSON.stringify(roots()[0]?.message)).toMatch(/paused|held/i);
      await job();
      expect(told()).toEqual(numbersOf(wave()));
      expect(cursor()).toEqual(newest);
    },
  );

  it.each([
    ['root card', 0],
    ['event', 1],
  ] as const)(
    'is not told twice by a hand that was stopped before its %s, after it had noted it',
    async (_what, from) => {
      const { say, job, shell, cursors, told, wave, roots } = given();
      await say(start(plan), ...UP_TO_GATE);
      const { save } = cursors;
      Object.assign(cursors, {
        save: async (...[id, cursor, lease]: Parameters<typeof save>) => {
          const noted = await save(id, cursor, lease);
          if (cursor.intent?.from !== from) return noted;
          Object.assign(cursors, { save });
          shell.loseLease(plan.wave, 'thread');
          await job();
          return noted;
        },
      });
      expect(await job()).toBe('done');
      expect(roots()).toHaveLength(1);
      expect(told()).toEqual(numbersOf(wave()));
    },
  );

  it('is finished also when its wave has ended meanwhile', async () => {
    const { say, job, told, wave, shell } = given();
    await say(start(plan), abort());
    expect(await shell.engine.log.openWaves()).toEqual([]);
    await reconcile(shell.engine);
    expect(shell.added.some(({ kind }) => kind === 'post')).toBe(true);
    await job();
    expect(told()).toEqual(numbersOf(wave()));
  });

  it('has its root card redrawn once in a while, not with every event', async () => {
    const { say, job, roots, shell } = given();
    await say(start(plan));
    await job();
    await say(pause());
    await job(false);
    await say(resume());
    await job(false);
    expect(roots()[0]?.updates).toBe(1);
    expect(shell.unheard.has(plan.wave)).toBe(true);
  });

  it('reads only what is new of a long log', async () => {
    const { say, job, shell } = given();
    await say(start(plan), begin, report(applied));
    for (let i = 0; i < 100; i++) {
      shell.now += MINUTE;
      await say(report(waitingFor(MINUTE)));
    }
    await job();
    shell.read = 0;
    await say(report(passed));
    await job(false);
    expect(shell.read).toBeLessThanOrEqual(2);
  });

  it('is folded afresh when the log is not the one that was read before', async () => {
    const { say, job, shell, slack } = given();
    await say(start(plan), pause());
    await job();
    shell.waves.clear();
    await say(start(plan), begin, report(applied));
    await job(false);
    expect(slack.shown.at(-1)?.mark.to).not.toBe(2);
  });
});

describe('the card of a gate', () => {
  it('shows every approval, however quickly they come', async () => {
    const { say, job, slack, cursor } = given(quorumOfTwo);
    await say(start(quorumOfTwo), ...UP_TO_GATE);
    await job();
    await say(approve(DANIEL), approve(AISHA));
    await job();
    const card = slack.shown.find(({ ts }) => ts === cursor().gates['1']?.ts);
    expect(JSON.stringify(card?.message)).toMatch(/U0AISHA/);
    expect(JSON.stringify(card?.message)).not.toContain('gate.approve');
    expect(card?.updates).toBe(1);
  });

  it('has no buttons when the wave was held before the card was drawn', async () => {
    const { say, job, slack, cursor } = given();
    await say(start(plan), ...UP_TO_GATE, holdGate());
    await job();
    const card = slack.shown.find(({ ts }) => ts === cursor().gates['1']?.ts);
    expect(JSON.stringify(card?.message)).not.toContain('gate.approve');
  });

  it('is not written again when nothing on it has changed', async () => {
    const { say, job, slack, cursor } = given();
    await say(start(plan), ...UP_TO_GATE, approve(), begin);
    await job();
    const updates = () => slack.shown.find(({ ts }) => ts === cursor().gates['1']?.ts)?.updates;
    const before = updates();
    await say(report(applied), report(passed));
    await job();
    expect(updates()).toBe(before);
  });

  it('does not keep the thread back when somebody has deleted it, but is missed aloud', async () => {
    const { say, job, slack, cursor, shell, told, wave } = given();
    await say(start(plan), ...UP_TO_GATE);
    await job();
    slack.gone.add(cursor().gates['1']?.ts ?? '');
    await say(approve());
    expect(await job()).toBe('done');
    expect(shell.alarmed).toMatchObject([{ message: expect.stringMatching(/gate card is gone/) }]);
    await job();
    expect(shell.alarmed).toHaveLength(1);
    expect(told()).toEqual(numbersOf(wave()));
  });
});

describe('what is reconciled', () => {
  it('is a gate whose time is over, and not a moment sooner', async () => {
    const { say, shell, wave } = given();
    await say(start(plan), ...UP_TO_GATE);
    const gate = stepAt(wave(), 1).state.gate;
    if (gate.state !== 'open') throw new Error('no gate');
    shell.unheard.clear();
    shell.added.length = 0;
    shell.now = gate.expiresAt;
    await reconcile(shell.engine);
    expect(shell.added).toEqual([]);
    shell.now = gate.expiresAt + 1_500;
    await reconcile(shell.engine);
    expect(shell.added.map(({ kind }) => kind)).toEqual(['wake']);
  });

  it('is no news for a thread that has heard everything', async () => {
    const { say, job, shell } = given();
    await say(start(plan), ...UP_TO_GATE);
    await job();
    shell.added.length = 0;
    await reconcile(shell.engine);
    expect(shell.added).toEqual([]);
  });
});
