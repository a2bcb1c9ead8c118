/** What a thread tells when Slack is back after a while: few messages, in order, each event once, cards as they are now. */
import { keepThread } from '../jobs/post-updates';
import { PRODUCT } from '../src/audit-export';
import { auditThread } from '../src/audit-thread';
import type { WaveCommand } from '../src/core/commands';
import { saidWords } from '../src/core/said-words';
import type { ThreadPost } from '../src/core/thread-post';
import type { Wave } from '../src/core/wave';
import { handle } from '../src/engine/handle';
import { Fault } from '../src/ports/fault';
import { UnclearPost } from '../src/ports/thread';
import { plainText } from '../templates/plain';
import {
  approve,
  begin,
  HOUR,
  MINUTE,
  passed,
  pause,
  report,
  reportGate,
  resume,
  rollBack,
  sha256,
  shortPlan,
  start,
  through,
  tick,
  waitingFor,
} from './support/core-waves';
import { memoryCursors, memoryShell, memoryThread, numbersOf } from './support/memory-shell';

const plan = shortPlan();
type Said = WaveCommand | ((wave: Wave) => WaveCommand);

function given() {
  const shell = memoryShell();
  const cursors = memoryCursors(shell);
  const slack = memoryThread();
  const { log, clock, digest, warn } = shell.engine;
  const keep = keepThread({ log, cursors, thread: slack.thread, clock, digest, warn, alarm: shell.alarm });
  const stored = () => {
    const found = shell.waves.get(plan.wave);
    if (!found) throw new Error('no wave');
    return found;
  };
  return {
    shell,
    slack,
    wave: (): Wave => stored().wave,
    say: async (...said: readonly Said[]): Promise<void> => {
      for (const each of said) {
        shell.now += MINUTE;
        const handled = await handle(shell.engine, plan.wave, typeof each === 'function' ? each(stored().wave) : each);
        if (handled.kind === 'refusal') throw new Error(handled.sentence);
      }
    },
    job: async () => {
      const lease = await shell.engine.lease.take(plan.wave, 'thread');
      if (!lease) throw new Error('somebody keeps the thread');
      const result = await keep(plan.wave, lease);
      await lease.release();
      return result;
    },
    told: (): readonly number[] =>
      slack.shown
        .filter(({ mark }) => mark.to > 0)
        .flatMap(({ mark }) => Array.from({ length: mark.to - mark.from + 1 }, (_, i) => mark.from + i)),
    texts: (): readonly string[] => slack.shown.map(({ message }) => plainText(message)),
    /** As an auditor compares thread and log. */
    audited: () => {
      const posts = slack.shown.map(
        ({ message, mark }, i): ThreadPost => ({
          ts: `17000000${10 + i}.000000`,
          author: 'U0CUTOVER',
          text: message.text,
          blocks: message.blocks,
          mark: { wave: plan.wave, from: mark.from, to: mark.to, said: sha256(saidWords(message)).slice(0, 16) },
          edited: null,
        }),
      );
      const events = stored().events;
      const about = { name: 'thread', root: '1700000010.000000', posts, mustTell: events.length, rootAt: 1 };
      return auditThread(events, { ...about, product: PRODUCT });
    },
  };
}

/** Through the gate and to the end of the next step, with two pauses: more than four messages. */
const BUSY_HOUR: readonly Said[] = [
  ...through,
  pause(),
  resume(),
  pause(),
  resume(),
  reportGate(passed),
  approve(),
  begin,
];

describe('a thread that has fallen behind', () => {
  it('tells a backlog in few messages, each event once and in order, and passes the audit', async () => {
    const { say, job, told, wave, slack, texts, audited } = given();
    await say(start(plan));
    await job();
    await say(...BUSY_HOUR, report(passed), report(passed), pause());
    await job();
    expect(told()).toEqual(numbersOf(wave()));
    expect(slack.shown).toHaveLength(4);
    expect(texts()[2]).toMatch(/What happened meanwhile: \d+ events, told late/);
    expect(texts()[2]).toMatch(/Slack was not told between 2027-06-07T08:02:00Z and 2027-06-07T08:\d\d:00Z/);
    for (const happened of [/Gate 1 .* was opened/, /Gate 1 .* is approved by @U0DANIEL/, /paused|held/i])
      expect(texts()[2]).toMatch(happened);
    expect(audited()).toMatchObject({ ok: true });
  });

  it('tells four messages as ever, and a fifth makes it a backlog', async () => {
    const { say, job, slack } = given();
    await say(start(plan));
    await job();
    await say(pause(), resume(), pause(), resume());
    await job();
    expect(slack.shown).toHaveLength(6);
    await say(pause(), resume(), pause(), resume(), pause());
    await job();
    expect(slack.shown).toHaveLength(8);
  });

  it('shows the cards as they are now before it tells the story', async () => {
    const { say, job, slack } = given();
    await say(start(plan), ...through, reportGate(passed));
    await job();
    slack.calls.length = 0;
    const stillOpen = () => JSON.stringify(slack.shown).includes('gate.approve');
    expect(stillOpen()).toBe(true);
    await say(pause(), resume(), pause(), resume(), pause(), resume(), rollBack());
    slack.meanwhile = async () => {
      if (slack.calls.at(-1) === 'post') expect(stillOpen()).toBe(false);
    };
    await job();
    expect(slack.calls).toEqual(['update', 'update', 'post', 'post']);
  });

  it('has a card for a gate that is still open, and none with buttons for one that nobody could see', async () => {
    const { say, job, shell, slack, texts, told, wave, audited } = given();
    await say(start(plan));
    await job();
    await say(...through, reportGate(passed));
    shell.now += 25 * HOUR;
    await say(tick, resume(), reportGate(passed), pause(), resume());
    await job();
    expect(texts().join('\n')).toMatch(/Gate 1 .* was opened[\s\S]*Gate 1 .* has expired; nothing was changed/);
    const cards = slack.shown.filter(({ message }) => JSON.stringify(message).includes('gate.approve'));
    expect(cards).toHaveLength(1);
    expect(plainText(cards[0]?.message ?? { text: '', blocks: [] })).toMatch(/Gate 2/);
    expect(told()).toEqual(numbersOf(wave()));
    expect(audited()).toMatchObject({ ok: true });
    await say(approve());
    await job();
    expect(JSON.stringify(slack.shown)).not.toContain('gate.approve');
  });

  it('posts the card of a gate that was decided meanwhile without its buttons, and does not draw it twice', async () => {
    const { say, job, slack } = given();
    await say(start(plan), ...through);
    await job();
    slack.calls.length = 0;
    await say(reportGate(passed), approve());
    await job();
    expect(slack.calls.filter((call) => call === 'post')).toHaveLength(2);
    const card = slack.shown.find(({ mark }) => mark.from === 6 && mark.to === 6);
    expect(card?.updates).toBe(0);
    expect(JSON.stringify(card?.message)).not.toContain('gate.approve');
  });

  it('leaves a message about many events alone that was found after an unclear answer, wherever it ends', async () => {
    const { say, job, slack, told, wave, texts } = given();
    await say(start(plan));
    await job();
    // The last event of what is told together is the opening of a gate; its end is the message after it.
    await say(...through, pause(), resume(), pause(), resume(), reportGate(passed), rollBack());
    slack.troubles.push({ on: 'post', when: 'lose', throws: () => new UnclearPost('no answer', new Error('socket')) });
    expect(await job()).toEqual({ againAfterMs: 1_500 });
    const together = texts().find((text) => /meanwhile/.test(text));
    expect(await job()).toBe('done');
    expect(told()).toEqual(numbersOf(wave()));
    expect(texts().filter((text) => /meanwhile/.test(text))).toEqual([together]);
  });

  it('is not searched for what Slack has clearly not taken', async () => {
    const { say, job, slack, told, wave } = given();
    const busy = () => new Fault('Slack asks to wait', { system: 'Slack', transient: true, retryAfterMs: 1_000 });
    slack.troubles.push({ on: 'postRoot', when: 'refuse', throws: busy }, { on: 'post', when: 'refuse', throws: busy });
    await say(start(plan));
    expect(await job()).toEqual({ againAfterMs: 1_000 });
    expect(await job()).toEqual({ againAfterMs: 1_000 });
    expect(await job()).toBe('done');
    expect(slack.calls).not.toContain('find');
    expect(told()).toEqual(numbersOf(wave()));
  });

  it('asks a Slack that is away less and less often, and is at its usual pace once it was heard', async () => {
    const { say, job, slack } = given();
    const away = () => new UnclearPost('Slack gave no clear answer', new Error('socket'));
    const finding = () => new Fault('Slack gave no clear answer', { system: 'Slack', transient: true });
    await say(start(plan));
    slack.troubles.push({ on: 'postRoot', when: 'refuse', throws: away });
    for (let i = 0; i < 3; i++) slack.troubles.push({ on: 'find', when: 'refuse', throws: finding });
    const waits: unknown[] = [];
    for (let i = 0; i < 5; i++) waits.push(await job());
    expect(waits).toEqual(
      [1_500, 3_000, 6_000, 6_000].map((againAfterMs) => ({ againAfterMs })).concat('done' as never),
    );
    slack.troubles.push({ on: 'post', when: 'refuse', throws: away });
    await say(begin, report(waitingFor(MINUTE)), pause());
    expect(await job()).toEqual({ againAfterMs: 1_500 });
  });
});
