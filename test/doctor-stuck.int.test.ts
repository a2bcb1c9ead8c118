/** The real `doctor` on a real store: what is taken from a wave behind its back is named, offered again, and nothing else moves. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { OPERATOR } from '../sandbox/people';
import type { Sandbox } from '../sandbox/sandbox';
import { cutover, type Said, settingsOf } from './support/cutover-process';
import { openSandbox } from './support/wave-run';

jest.setTimeout(120_000);

const WAVE = 'site-b-wave-1';
const KEY = `{cutover}:wave:${WAVE}`;

let sandbox: Sandbox;
let redis: Redis;
let steps: Queue;

const cli = (...args: string[]): Promise<Said> => cutover(['--config', sandbox.config, ...args]);
const standing = ({ out }: Said): string => /^Standing still:[\s\S]*?(?=^Calls to)/m.exec(out)?.[0] ?? out;
const events = async (): Promise<number> => redis.llen(`${KEY}:log`);

beforeAll(async () => {
  sandbox = await openSandbox({ site: 'site-b' });
  const url = settingsOf(sandbox).REDIS_URL ?? '';
  redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  steps = new Queue('steps', { connection: redis, prefix: '{cutover}' });
  expect((await cli('run', '--as', OPERATOR, 'start', 'site-b')).err).toBe('');
});

afterAll(async () => {
  await steps.close();
  redis.disconnect();
  await sandbox.close();
});

it('names work whose job is gone, offers it again when asked to, and touches no event', async () => {
  await steps.obliterate({ force: true });
  const before = await events();
  const writes = sandbox.twin.ledger().writes.length;
  const lost = await cli('doctor', 'site-b');
  expect(standing(lost)).toMatch(
    / {2}RED {4}site-b-wave-1: work is due and no job stands for it \(preflight\) since 20.*--repair/,
  );
  expect(standing(lost)).toMatch(/can be mended safely: npx cutover doctor --repair/);
  expect(lost.code).toBe(1);
  expect(await steps.getJobCountByTypes('waiting')).toBe(0);
  const mended = await cli('doctor', 'site-b', '--repair');
  expect(standing(mended)).toMatch(/ {2}mended site-b-wave-1: .*it has been offered again/);
  expect(await steps.getJobCountByTypes('waiting')).toBe(1);
  expect(await events()).toBe(before);
  expect(sandbox.twin.ledger().writes).toHaveLength(writes);
});

it('names work that waits for a worker, and does not offer it twice', async () => {
  const waiting = await cli('doctor', 'site-b', '--repair');
  expect(standing(waiting)).toMatch(
    / {2}RED {4}site-b-wave-1: work is due and waits for a worker .*start --only worker/,
  );
  expect(await steps.getJobCountByTypes('waiting')).toBe(1);
});

it('names a thread that nobody tells, a lease that never runs out, and a person’s hold', async () => {
  await redis.set(`${KEY}:lease:thread`, 'left-behind');
  expect((await cli('run', '--as', OPERATOR, 'pause', 'site-b', 'for', 'the', 'test')).code).toBe(0);
  const said = standing(await cli('doctor', 'site-b'));
  expect(said).toMatch(/ {2}warn {3}site-b-wave-1: Slack has not been told everything/);
  expect(said).toMatch(/ {2}warn {3}site-b-wave-1: held by something that never lets go.*the lease of its thread/);
  expect(said).toMatch(
    / {2}warn {3}site-b-wave-1: held \(person, at preflight: for the test\) since 20.*Resume goes on/,
  );
});
