/** Bots and workers that are told to stop, one after the other, in the middle of waves: no click and no step is lost, and nothing is done twice. */
import { newestRoot } from '../sandbox/auto';
import { rootPayload } from '../sandbox/pace';
import { APPROVER, SECOND_APPROVER } from '../sandbox/people';
import type { StoredMessage } from '../sandbox/slack/workspace';
import {
  FLEET_SITES,
  type Fleet,
  type LogEntry,
  type Member,
  openFleet,
  queueOf,
  until,
  workerNameOf,
} from './support/fleet';
import { type Recorder, recorder, send } from './support/front-door';
import type { Passing } from './support/slow-door';

jest.setTimeout(120_000);

let fleet: Fleet;
let front: Recorder;
let turn = 0;

beforeAll(async () => {
  // A call that is held is not to be given up before its worker is: what is looked at is what the worker does.
  fleet = await openFleet({ HTTP_TIMEOUT_MS: '60000' });
  // What stands before several bots in HTTP mode: each request goes to the next of them, whether it still listens or not.
  front = await recorder(() => {
    const urls = fleet.members.flatMap(({ process: { requestUrl } }) => requestUrl ?? []);
    return urls[turn++ % urls.length] ?? '';
  });
  fleet.sandbox.workspace.setRequestUrl(front.url);
  await Promise.all([fleet.join('bot'), fleet.join('bot'), fleet.join('worker'), fleet.join('worker')]);
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await front.close();
});

const at =
  (site: string) =>
  ({ path }: Passing): boolean =>
    path.includes(queueOf(site));

/** Whoever is in the middle of a call for this site, other than those named. */
const busyAt = (site: string, besides: readonly Member[] = []) =>
  until(`somebody at ${site}`, () => {
    const held = fleet.door.passed.filter((each) => at(site)(each) && each.answeredAt === null);
    return fleet.members.find((each) => !besides.includes(each) && held.some(({ entrance }) => entrance === each.name));
  });

const ended = (wave: string) =>
  until(`the end of ${wave}`, async () => {
    const log = await fleet.log(wave);
    return log.at(-1)?.event.type === 'WaveCompleted' ? log : null;
  });

const typesOf = (log: readonly LogEntry[]) => log.map(({ event }) => event.type);
const STEP = ['StepBegun', 'StateCaptured', 'StepApplied', 'StepPassed'];

const readiness = async ({ ops }: Member): Promise<string> => {
  const { status, body } = await send(`http://127.0.0.1:${ops}/readyz`, 'GET', {}, '');
  return `${status} ${(JSON.parse(body) as { checks: { process: string } }).checks.process}`;
};

const shares = (site: string, since: number) =>
  fleet.sandbox.twin
    .ledger()
    .writes.slice(since)
    .filter(({ resource, effect }) => effect && resource === `queue ${queueOf(site)}`)
    .map(({ after }) => (after as { allocationPercent: number }).allocationPercent);

describe('a worker that is told to stop', () => {
  it('says so, ends the step that it is in, begins no other, and ends with 0', async () => {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    fleet.door.hold = ({ method }) => (method === 'PATCH' ? answered : undefined);
    const wave = await fleet.startWave('site-a', 2);
    const worker = await busyAt('site-a');
    const next = fleet.join('worker');
    worker.process.child.kill('SIGTERM');
    await until('that it is not ready', async () => (await readiness(worker)) === '503 is stopping');
    const other = await fleet.startWave('site-b', 1);
    await busyAt('site-b', [worker]);
    answer();
    expect(await worker.process.ended).toBe('0');
    const log = await ended(wave);
    expect(typesOf(log)).toEqual(['WaveStarted', ...STEP, ...STEP, 'WaveCompleted']);
    const first = log.find(({ event }) => event.type === 'StepApplied');
    expect(first?.by.worker).toBe(workerNameOf(worker));
    const second = log.filter(({ event }) => event.type === 'StepBegun').at(-1);
    expect(second?.by.worker).not.toBe(workerNameOf(worker));
    expect((await ended(other)).map(({ by }) => by.worker)).not.toContain(workerNameOf(worker));
    await next;
  });

  it('hands a step that does not end to another: at the deadline, or at once when it is told again', async () => {
    const stopping: Member[] = [];
    let choose: () => void = () => undefined;
    const chosen = new Promise<void>((resolve) => {
      choose = resolve;
    });
    // Every call waits until both are chosen, then only theirs: whoever took a wave over meanwhile goes on.
    fleet.door.hold = async ({ entrance }) => {
      await chosen;
      if (stopping.some(({ name }) => name === entrance)) await new Promise(() => undefined);
    };
    const waves = [await fleet.startWave('site-a', 1), await fleet.startWave('site-b', 1)];
    const first = await busyAt('site-a');
    // It may have both waves: then the other of them is met again after the first handing over.
    stopping.push(first);
    first.process.child.kill('SIGTERM');
    await fleet.join('worker');
    const second = await busyAt('site-b', [first]);
    stopping.push(second);
    choose();
    await until('the end of the second', async () => {
      if (!fleet.members.includes(second)) return true;
      second.process.child.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 100));
      return false;
    });
    expect(await second.process.ended).toBe('0');
    // What a process has said is on the disk a moment after its end.
    await until('why the second ended', () => second.said().includes('told a second time to stop'), 10_000);
    await until('the end of the first', () => !fleet.members.includes(first), 30_000);
    expect(await first.process.ended).toBe('0');
    await until('why the first ended', () => first.said().includes('another worker takes it over'), 10_000);
    for (const wave of waves) expect(typesOf(await ended(wave))).toEqual(['WaveStarted', ...STEP, 'WaveCompleted']);
    // Which of the three it is depends on who had taken what over.
    expect(fleet.members.filter(({ part }) => part === 'worker')).toHaveLength(1);
    await fleet.join('worker');
  });
});

const gateCards = (): readonly StoredMessage[] =>
  fleet.sandbox.workspace.messages().filter(({ blocks }) => JSON.stringify(blocks).includes('"gate.approve"'));

it('a bot that is told to stop still does the approval that it has acknowledged', async () => {
  fleet.door.hold = () => undefined;
  const wave = await fleet.startWave('site-b', 2, 2);
  const card = await until('the gate', () => gateCards()[0]);
  const bots = fleet.members.filter(({ part }) => part === 'bot');
  const store = fleet.sandbox.redis.pid ?? 0;
  const heard = fleet.sandbox.workspace.ephemerals(APPROVER).length;
  const isApproved = async () => typesOf(await fleet.log(wave)).includes('GateApproved');
  // The store says nothing for a moment: the approval is acknowledged, and cannot be done yet.
  process.kill(store, 'SIGSTOP');
  try {
    await fleet.sandbox.workspace.click(APPROVER, card.ts, 'gate.approve');
    for (const bot of bots) bot.process.child.kill('SIGTERM');
  } finally {
    process.kill(store, 'SIGCONT');
  }
  for (const bot of bots) expect(await bot.process.ended).toBe('0');
  await Promise.all([fleet.join('bot'), fleet.join('bot')]);
  const isAnswered = () => fleet.sandbox.workspace.ephemerals(APPROVER).length > heard;
  await until('the approval, or a word that it was not taken', async () => (await isApproved()) || isAnswered());
  // On a machine that is slow enough the store was away for longer than a click waits: the person was told, and presses again.
  if (!(await isApproved())) await fleet.sandbox.workspace.click(APPROVER, card.ts, 'gate.approve');
  expect(typesOf(await ended(wave)).filter((type) => type === 'GateApproved')).toHaveLength(1);
});

it('a wave that a newer version has written is left alone by every process, and each says so where it is asked', async () => {
  fleet.door.hold = () => undefined;
  const wave = await fleet.startWave('site-b', 1, 1);
  const card = await until('the gate', () => gateCards()[0]);
  await until('the thread to have heard everything', async () => (await fleet.redis.scard('{cutover}:unheard')) === 0);
  const key = `{cutover}:wave:${wave}`;
  const written = await fleet.redis.hget(key, 'format');
  const before = await fleet.log(wave);
  await fleet.redis.hset(key, 'format', Number(written) + 1);
  const readyAt = async ({ ops }: Member) => {
    const { status, body } = await send(`http://127.0.0.1:${ops}/readyz`, 'GET', {}, '');
    return { status, ...(JSON.parse(body) as { checks: { waves?: string }; notes?: { waves?: string } }) };
  };
  const told = '1 open wave needs a newer version';
  for (const member of fleet.members.filter(({ part }) => part === 'worker'))
    await until('a worker that says so', async () => {
      // Whoever looks at it next meets it.
      await fleet.redis.zadd('{cutover}:due', 0, wave);
      const { status, checks } = await readyAt(member);
      return status === 503 && checks.waves === told;
    });
  const heard = fleet.sandbox.workspace.ephemerals(APPROVER).length;
  await fleet.sandbox.workspace.click(APPROVER, card.ts, 'gate.approve');
  const answer = await until('the answer', () => fleet.sandbox.workspace.ephemerals(APPROVER)[heard]);
  expect(JSON.stringify(answer)).toMatch(/written by a newer version of the bot/);
  const bots = await Promise.all(fleet.members.filter(({ part }) => part === 'bot').map(readyAt));
  expect(bots.map(({ status }) => status)).toEqual([200, 200]);
  expect(bots.flatMap(({ notes }) => notes?.waves ?? [])).toEqual([told]);
  expect(await fleet.log(wave)).toEqual(before);
  // The newer version goes away again: only it may take the mark back.
  await fleet.redis.hset(key, 'format', written ?? '');
  await fleet.sandbox.workspace.click(APPROVER, card.ts, 'gate.approve');
  expect(typesOf(await ended(wave)).filter((type) => type === 'GateApproved')).toHaveLength(1);
  for (const member of fleet.members)
    await until('all ready again', async () => (await readyAt(member)).status === 200);
});

/** Those who decide: each presses Approve on each card until Slack says that the press has arrived, and not once more. */
function deciding(): { readonly presses: () => number; readonly refused: () => number; stop(): Promise<void> } {
  const pressed = new Set<string>();
  let refused = 0;
  let stopped = false;
  const work = (async () => {
    while (!stopped) {
      for (const { ts } of gateCards())
        for (const person of [APPROVER, SECOND_APPROVER]) {
          const press = `${ts} ${person}`;
          if (pressed.has(press) || stopped) continue;
          await fleet.sandbox.workspace.click(person, ts, 'gate.approve').then(
            () => pressed.add(press),
            () => refused++,
          );
        }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    presses: () => pressed.size,
    refused: () => refused,
    stop: () => {
      stopped = true;
      return work;
    },
  };
}

it('two bots and two workers are restarted one after the other, again and again, while three waves run to their ends', async () => {
  const steps = 12;
  fleet.door.hold = () => new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
  const since = fleet.sandbox.twin.ledger().writes.length;
  const waves = await Promise.all(FLEET_SITES.map((site) => fleet.startWave(site, steps, 4)));
  const people = deciding();
  const isOver = async (): Promise<boolean> => {
    const logs = await Promise.all(waves.map((wave) => fleet.log(wave)));
    return logs.every((log) => log.at(-1)?.event.type === 'WaveCompleted');
  };
  let restarts = 0;
  const exits: string[] = [];
  while (restarts < 4 || !(await isOver())) {
    const [oldest] = fleet.members;
    if (!oldest) throw new Error('nobody runs');
    oldest.process.child.kill('SIGTERM');
    exits.push(await oldest.process.ended);
    await fleet.join(oldest.part);
    restarts++;
    if (restarts > 60) throw new Error('the waves do not end');
  }
  await people.stop();
  expect(new Set(exits)).toEqual(new Set(['0']));
  for (const [i, site] of FLEET_SITES.entries()) {
    const log = await fleet.log(waves[i] ?? '');
    const count = (type: string): number => log.filter(({ event }) => event.type === type).length;
    expect([site, count('GateOpened'), count('GateApproved')]).toEqual([site, 3, 3]);
    for (const type of STEP) expect([site, type, count(type)]).toEqual([site, type, steps]);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, n) => n + 1));
    const wanted = log.flatMap(({ event }) =>
      event.type === 'StepApplied' ? [Number(event.step?.split('_')[1])] : [],
    );
    expect(wanted).toEqual(Array.from({ length: steps }, (_, n) => n + 1));
    expect(shares(site, since).map((share) => share % 50)).toEqual(wanted);
  }
  await until('the threads to have heard everything', async () => (await fleet.redis.scard('{cutover}:unheard')) === 0);
  const told = fleet.sandbox.workspace.messages().flatMap(({ metadata }) => {
    const { wave, from, to } = (metadata?.event_payload ?? {}) as { wave?: string; from?: number; to?: number };
    return wave && waves.includes(wave) && to ? [`${wave} ${from}-${to}`] : [];
  });
  expect(new Set(told).size).toBe(told.length);
  expect(rootPayload(newestRoot(fleet.sandbox.workspace.messages()) as StoredMessage)?.status).toBe('completed');
});
