/** Redis loses what it had acknowledged: the real bot, its Slack and its world, and a Redis that is put back to an older copy. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { hasAction, newestRoot, textOf } from '../sandbox/auto';
import { PROJECT } from '../sandbox/options';
import { rootPayload } from '../sandbox/pace';
import { APPROVER, OPERATOR } from '../sandbox/people';
import type { Sandbox } from '../sandbox/sandbox';
import { cutover } from './support/cutover-process';
import { type Outage, redisOutage } from './support/redis-outage';
import { storedLog } from './support/stored-log';
import { openSandbox, said } from './support/wave-run';

jest.setTimeout(120_000);

const SITE = 'site-b';
const WAVE = `${SITE}-wave-1`;

interface Room {
  readonly sandbox: Sandbox;
  readonly outage: Outage;
  readonly redis: Redis;
  readonly folder: string;
}

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A bot before a site whose TTLs are low already, so that nobody waits three days. */
async function room(): Promise<Room> {
  const sitesDir = mkdtempSync(join(tmpdir(), 'cutover-test-sites-'));
  closers.push(() => rmSync(sitesDir, { recursive: true, force: true }));
  cpSync(join(PROJECT, 'sites'), sitesDir, { recursive: true });
  const file = join(sitesDir, `${SITE}.yaml`);
  const text = readFileSync(file, 'utf8').replaceAll('ttl: 3600', 'ttl: 300');
  // Groups cannot be asked for while Slack is away.
  writeFileSync(file, text.replace('operators: [', `operators: [${OPERATOR}, `));
  const sandbox = await openSandbox({ site: SITE, sitesDir });
  const outage = redisOutage(sandbox);
  const redis = new Redis(sandbox.redis.url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  closers.push(
    () => sandbox.close(),
    () => outage.close(),
    () => redis.disconnect(),
    () => Promise.all(sandbox.bots.map((bot) => bot.kill('SIGTERM'))),
  );
  await sandbox.startBot();
  return { sandbox, outage, redis, folder: join(sandbox.folder, 'redis') };
}

async function until<Value>(
  what: string,
  look: () => Promise<Value> | Value,
  ms = 30_000,
): Promise<NonNullable<Value>> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<Value>;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`not seen in time: ${what}\n${said.slice(-5).join('\n')}`);
}

type Logged = {
  readonly seq: number;
  readonly event: { readonly type: string; readonly step?: string; readonly [field: string]: unknown };
};

const log = async ({ redis }: Room): Promise<readonly Logged[]> => storedLog<Logged>(redis, WAVE);

const status = ({ sandbox }: Room): string => {
  const root = newestRoot(sandbox.workspace.messages());
  return (root && rootPayload(root)?.status) ?? 'none';
};

/** The open gate's card, once it is posted. */
const card = ({ sandbox }: Room, after = '') =>
  until('a gate', () =>
    sandbox.workspace.messages().find((each) => hasAction(each, 'gate.approve') && each.ts > after),
  );

const told = ({ sandbox }: Room): string =>
  sandbox.workspace
    .messages()
    .map((each) => `${each.text}\n${textOf(each)}`)
    .join('\n');
const writes = ({ sandbox }: Room): number => sandbox.twin.ledger().writes.length;

function copyOf({ folder }: Room): string {
  const copy = mkdtempSync(join(tmpdir(), 'cutover-test-copy-'));
  closers.push(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(folder, copy, { recursive: true });
  return copy;
}

async function putBack({ outage, folder }: Room, copy: string): Promise<void> {
  await outage.kill();
  rmSync(folder, { recursive: true, force: true });
  cpSync(copy, folder, { recursive: true });
  await outage.start();
}

const heard = ({ redis }: Room) =>
  until('the thread has heard all', async () => (await redis.scard('{cutover}:unheard')) === 0);

const verified = async ({ sandbox }: Room): Promise<string> => {
  const { code, out, err } = await cutover(['--config', sandbox.config, 'audit', 'verify', WAVE]);
  return `${code} ${out}${err}`;
};

it('a wave whose log was put back to an older copy is held with what is missing, and goes on from a newer copy to its end', async () => {
  const at = await room();
  const { sandbox } = at;
  await sandbox.workspace.command(OPERATOR, `/cutover start ${SITE}`);
  const first = await card(at);
  const copy = copyOf(at);
  await sandbox.workspace.click(APPROVER, first.ts, 'gate.approve');
  await card(at, first.ts);
  await heard(at);
  const before = await log(at);
  const exported = await cutover(['--config', sandbox.config, 'audit', 'export', WAVE]);
  await sandbox.bots[0]?.kill('SIGKILL');
  await putBack(at, copy);
  const kept = (await log(at)).length;
  expect(kept).toBeLessThan(before.length);
  const written = writes(at);
  await sandbox.startBot();
  await until('the wave is held', () => status(at) === 'held');
  expect(writes(at)).toBe(written);
  expect((await log(at)).slice(kept).map(({ event }) => event.type)).toEqual([
    'LogCutBack',
    'ApprovalVoided',
    'WaveHeld',
  ]);
  expect((await log(at))[kept]?.event).toMatchObject({
    from: kept + 1,
    to: before.length,
    witnesses: ['thread', 'world'],
    steps: [{ step: 'switch-dns', known: false }],
  });
  const shown = told(at);
  expect(shown).toContain(`Redis has lost events ${kept + 1} to ${before.length} of this wave`);
  expect(shown).toMatch(/#\d+–\d+ · `[0-9a-f]{10}`: site-b: ✅ Step 7/);
  expect(shown).toContain('_sip._tcp.siteb.example.com SRV: values');
  const file = join(sandbox.folder, 'copy.jsonl');
  writeFileSync(file, exported.out);
  const restored = await cutover(['--config', sandbox.config, 'audit', 'restore', file, '--as', OPERATOR]);
  expect(restored.err).toBe('');
  expect(restored.out).toContain(`Events up to ${before.length} of ${WAVE} are back, and it is gated as it was.`);
  const back = await cutover(['--config', sandbox.config, 'run', '--as', OPERATOR, 'rollback', SITE, 'enough']);
  expect(back.err).toBe('');
  await until('the wave is back', () => status(at) === 'rolled-back');
  expect((await log(at)).some(({ event }) => event.type === 'StepUndone' && event.step === 'switch-dns')).toBe(true);
  await heard(at);
  const proven = await verified(at);
  expect(proven).toMatch(/^0 .*whole\./);
  expect(proven).toContain(`Redis had lost events ${kept + 1} to ${before.length}; entry ${kept + 1} says so`);
  expect(proven).toMatch(/Posts of lost events, as that entry names them: \d+\./);
});

describe('while the bot runs', () => {
  let at: Room;
  let shared: (() => Promise<unknown> | unknown)[] = [];
  beforeAll(async () => {
    at = await room();
    shared = closers.splice(0);
    await at.redis.config('SET', 'appendfsync', 'always');
    await at.sandbox.workspace.command(OPERATOR, `/cutover start ${SITE}`);
    await card(at);
  });
  afterAll(async () => {
    for (const close of shared.reverse()) await close();
  });
  const types = async (): Promise<readonly string[]> => (await log(at)).map(({ event }) => event.type);

  it('a Redis that was killed and has everything again is compared, and nothing is held', async () => {
    await heard(at);
    const before = await types();
    await at.outage.kill();
    await at.outage.start();
    await until('it was doubted and settled', async () => {
      const [doubt, search] = await at.redis.hmget('{cutover}:mark', 'doubt', 'search');
      return Number(doubt) > 1 && search === null && (await at.redis.hlen('{cutover}:doubts')) === 0;
    });
    expect(await types()).toEqual(before);
    expect(status(at)).toBe('gated');
  });

  it('a wave in doubt waits for a Slack that is away, and goes on by itself when it is back', async () => {
    at.sandbox.workspace.faults.down(true);
    await at.outage.kill();
    await at.outage.start();
    await until('it is doubted', async () => (await at.redis.hlen('{cutover}:doubts')) === 1);
    const refused = await cutover(['--config', at.sandbox.config, 'run', '--as', OPERATOR, 'pause', SITE]);
    expect(refused.err).toContain('is being compared with its thread; until then nothing is done with it');
    at.sandbox.workspace.faults.down(false);
    await until('it is settled', async () => (await at.redis.hlen('{cutover}:doubts')) === 0);
    // A copy that has a job which waits is taken up by BullMQ only some seconds after it was put back.
    await until('whoever was called by the click is done', async () => {
      return (await at.redis.exists(`{cutover}:thread:${WAVE}.post`)) === 0;
    });
    expect(await types()).not.toContain('LogCutBack');
  });

  it('a Redis that goes back under a running bot is noticed by it, which still knows what was there; and the wave can go on', async () => {
    const copy = copyOf(at);
    const first = await card(at);
    await at.sandbox.workspace.click(APPROVER, first.ts, 'gate.approve');
    await card(at, first.ts);
    await heard(at);
    const before = await log(at);
    const written = writes(at);
    await putBack(at, copy);
    await until('the wave is held', () => status(at) === 'held');
    expect(writes(at)).toBe(written);
    const cut = (await log(at)).find(({ event }) => event.type === 'LogCutBack');
    expect(cut?.event).toMatchObject({ to: before.length, witnesses: ['thread', 'memory', 'world'] });
    expect(cut?.event.steps).toMatchObject([
      { step: 'switch-dns', known: true, captured: { records: [{ ttl: 300 }] } },
    ]);
    const newest = at.sandbox.workspace.messages().at(-1)?.ts ?? '';
    await at.sandbox.workspace.command(OPERATOR, `/cutover resume ${SITE} read`);
    const again = await card(at, newest);
    await at.sandbox.workspace.click(APPROVER, again.ts, 'gate.approve');
    expect(textOf(await card(at, again.ts))).toMatch(/Legacy trunk/);
    expect(writes(at)).toBe(written);
    await heard(at);
    expect(await verified(at)).toMatch(/^0 .*whole\./);
  });

  it('an emptied Redis: the wave is named, its thread is told, and its site gets no new wave until somebody closes it', async () => {
    await at.redis.flushall();
    await until('its thread is told', () => told(at).includes('Redis has lost this wave'));
    const start = (): Promise<{ readonly text: string }> =>
      at.sandbox.workspace.command(OPERATOR, `/cutover start ${SITE}`);
    expect((await start()).text).toContain(`Slack shows ${WAVE} of ${SITE}`);
    const doctor = await cutover(['--config', at.sandbox.config, 'doctor', SITE]);
    expect(doctor.out).toContain(`${WAVE}: Slack shows it open and Redis does not have it`);
    expect(doctor.code).toBe(1);
    const words = ['run', '--as', OPERATOR, 'abort', WAVE, 'taken', 'back', 'by', 'hand'];
    const closed = await cutover(['--config', at.sandbox.config, ...words]);
    expect(closed.out).toContain('is over');
    const newest = at.sandbox.workspace.messages().at(-1)?.ts ?? '';
    expect((await start()).text).not.toContain('Nothing was started');
    await until('the next number', () =>
      at.sandbox.workspace.messages().find((each) => each.ts > newest && rootPayload(each)?.wave === `${SITE}-wave-2`),
    );
  });
});
