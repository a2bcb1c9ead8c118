/** Workers as processes that die, or stand still, in the middle of a step: another goes on, and nothing is done or said twice. */
import { type Fleet, type LogEntry, type Member, openFleet, queueOf, until, workerNameOf } from './support/fleet';
import { send } from './support/front-door';
import { readFigures } from './support/prometheus-text';
import type { Passing } from './support/slow-door';

jest.setTimeout(120_000);

let fleet: Fleet;

beforeAll(async () => {
  fleet = await openFleet();
  const [bot] = await Promise.all([fleet.join('bot'), fleet.join('worker'), fleet.join('worker')]);
  fleet.sandbox.workspace.setRequestUrl(bot.process.requestUrl);
}, 60_000);
afterAll(() => fleet.close());

const never = (): Promise<void> => new Promise(() => undefined);
const at = (site: string) => (passing: Passing) => passing.path.includes(queueOf(site));

/** Whoever is in the middle of a call for this site, and that call. */
async function busyAt(site: string, stage: (passing: Passing) => boolean): Promise<readonly [Member, Passing]> {
  return until(`somebody at ${site}`, () => {
    const passing = fleet.door.passed.find(
      (each) =>
        at(site)(each) &&
        each.answeredAt === null &&
        stage(each) &&
        fleet.members.some(({ name }) => name === each.entrance),
    );
    const member = fleet.members.find(({ name }) => name === passing?.entrance);
    return passing && member ? ([member, passing] as const) : null;
  });
}

const ended = (wave: string) =>
  until(`the end of ${wave}`, async () => {
    const log = await fleet.log(wave);
    return log.at(-1)?.event.type === 'WaveCompleted' ? log : null;
  });

const typesOf = (log: readonly LogEntry[]) => log.map(({ event }) => event.type);
/** What a step leaves in the log when nothing at all happens to its workers. */
const STEP = ['StepBegun', 'StateCaptured', 'StepApplied', 'StepPassed'];
const effects = (site: string) =>
  fleet.sandbox.twin
    .ledger()
    .writes.filter(({ resource, effect }) => effect && resource === `queue ${queueOf(site)}`)
    .map(({ after }) => after);

it('a step is taken over after each of several deaths in it, and has its effect once', async () => {
  const deaths = 3;
  const died: Member[] = [];
  // The first has done its write when it dies, and nobody hears of it; the others die before they have written.
  fleet.door.hold = ({ method }, stage) => {
    if (died.length === 0) return method === 'PATCH' && stage === 'after' ? never() : undefined;
    return died.length < deaths ? never() : undefined;
  };
  const wave = await fleet.startWave('site-a', 1);
  for (let i = 0; i < deaths; i++) {
    const [victim] = await busyAt('site-a', ({ method }) => i > 0 || method === 'PATCH');
    const heir = fleet.join('worker');
    if (i === 0) await until('the write', () => effects('site-a').length === 1);
    died.push(victim);
    await victim.process.kill('SIGKILL');
    await heir;
  }
  const log = await ended(wave);
  expect(typesOf(log)).toEqual(['WaveStarted', ...STEP, 'WaveCompleted']);
  expect(effects('site-a')).toEqual([{ allocationPercent: 1 }]);
  const entrances = new Set(fleet.door.passed.filter(at('site-a')).map(({ entrance }) => entrance));
  expect(entrances.size).toBe(deaths + 1);
  expect(log.find(({ event }) => event.type === 'StepApplied')?.by.worker).not.toBe(workerNameOf(died[0] as Member));
});

describe('a worker that stands still until its lease is lost', () => {
  const jobsDone = async ({ ops }: Member): Promise<number> => {
    const { body } = await send(`http://127.0.0.1:${ops}/metrics`, 'GET', {}, '');
    return readFigures(body)
      .filter(({ name, labels }) => name === 'cutover_job_seconds_count' && labels.kind === 'run-step')
      .reduce((sum, { value }) => sum + value, 0);
  };

  it.each([
    ['before its write writes nothing when it wakes', 'site-b', 'GET', 'after'],
    ['after its write reports nothing when it wakes', 'site-c', 'PATCH', 'after'],
  ] as const)('%s', async (_what, site, method, stage) => {
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    fleet.door.hold = (passing, now) => {
      const isFirst = fleet.door.passed.find((each) => at(site)(each) && each.method === method) === passing;
      return isFirst && now === stage ? woken : undefined;
    };
    const wave = await fleet.startWave(site, 2);
    const [worker, held] = await busyAt(site, (each) => each.method === method);
    const before = await jobsDone(worker);
    process.kill(worker.pid, 'SIGSTOP');
    const log = await ended(wave);
    const asked = fleet.door.passed.filter(({ entrance }) => entrance === worker.name).length;
    // The answer that it was waiting for is there when it wakes.
    wake();
    await until('the answer on its way', () => held.answeredAt !== null);
    process.kill(worker.pid, 'SIGCONT');
    await until('the end of its visit', async () => (await jobsDone(worker)) > before);
    expect(await fleet.log(wave)).toEqual(log);
    expect(fleet.door.passed.filter(({ entrance }) => entrance === worker.name)).toHaveLength(asked);
    expect(typesOf(log)).toEqual(['WaveStarted', ...STEP, ...STEP, 'WaveCompleted']);
    expect(effects(site)).toEqual([{ allocationPercent: 1 }, { allocationPercent: 2 }]);
    const told = log.filter(({ by }) => by.worker === workerNameOf(worker)).map(({ event }) => event.type);
    expect(told).not.toContain('StepApplied');
  });
});
