/** The real product in this process, before a sandbox: a wave stands at its first gate, and whatever touches it is seen. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { parse, stringify } from 'yaml';
import { hasAction } from '../../sandbox/auto';
import { PROJECT } from '../../sandbox/options';
import { APPROVER, CHANNEL, OPERATOR } from '../../sandbox/people';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox';
import type { StoredMessage } from '../../sandbox/slack/workspace';
import type { Log } from '../../src/adapters/log';
import { compose, type Product } from '../../src/compose';
import { openStore } from '../../src/compose-store';
import type { Settings } from '../../src/parse/settings';
import { readSettings } from '../../src/read-settings';
import { storedLog } from '../support/stored-log';
import { Wrong } from './entrance';
import { openSlackDoor, type SlackDoor } from './slack-door';
import { type Answered, Sender, slashBody } from './slack-requests';

export const SITE = 'site-b';
export const WAVE = 'site-b-wave-1';

export interface House {
  readonly sandbox: Sandbox;
  readonly settings: Settings;
  /** As they stand in the settings file, for products of other kinds. */
  readonly values: Readonly<Record<string, string>>;
  readonly product: Product;
  readonly door: SlackDoor;
  readonly redis: Redis;
  readonly sender: Sender;
  readonly card: StoredMessage;
  /** Value of the card's Approve. */
  readonly approval: string;
  readonly secrets: readonly string[];
  /** What has happened to the wave, its keys or the world since it was looked at first; null for nothing. */
  untouched(): Promise<string | null>;
  /** What the product wrote of its own mistakes since it was asked last. */
  mistakes(): readonly string[];
  log(): Promise<readonly string[]>;
  /** An approval as a person gives it: throws unless the wave goes on. */
  approve(): Promise<void>;
  close(): Promise<void>;
}

export async function openHouse(): Promise<House> {
  const sandbox = await startSandbox({
    site: SITE,
    speed: 120,
    port: 0,
    seed: 1,
    faults: [],
    socketMode: false,
    sitesDir: join(PROJECT, 'sites'),
    recipesDir: join(PROJECT, 'templates', 'waves'),
    say: () => undefined,
  });
  const door = await openSlackDoor(sandbox.workspace.apiUrl);
  const values: Readonly<Record<string, string>> = {
    ...(parse(readFileSync(sandbox.config, 'utf8')) as Record<string, string>),
    SLACK_API_URL: door.apiUrl,
  };
  const settings = await settingsOf(sandbox, 'door', values);
  const said: string[] = [];
  const product = compose(settings, listeningLog(said));
  await openStore(product, listeningLog(said));
  const workers = product.startWorkers();
  const { port } = await product.slack.start();
  const sender = new Sender(`http://127.0.0.1:${port}/slack/events`, values.SLACK_SIGNING_SECRET ?? '');
  const redis = new Redis(values.REDIS_URL ?? '', { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  const log = async (): Promise<readonly string[]> =>
    (await storedLog(redis, WAVE)).map((event) => JSON.stringify(event));
  await sender.post(slashBody({ user: OPERATOR, text: `start ${SITE}`, answerAt: door.answerAt('start') }));
  const card = await gateCard(sandbox);
  sandbox.pace.freeze();
  await quiet(redis);
  let before = await digestOf(redis, sandbox);
  const approval = approveValue(card);
  return {
    sandbox,
    settings,
    values,
    product,
    door,
    redis,
    sender,
    card,
    approval,
    log,
    secrets: Object.entries(values)
      .filter(([name]) => /TOKEN|SECRET|KEY/.test(name))
      .map(([, value]) => value),
    mistakes: () => said.splice(0),
    async untouched() {
      const now = await digestOf(redis, sandbox);
      const mistake = mistakeIn(said.splice(0));
      if (mistake !== null) return mistake;
      if (now === before) return null;
      const was = before;
      before = now;
      return `something happened: ${was} became ${now}; the newest event is ${(await log()).at(-1)?.slice(0, 300)}`;
    },
    async approve() {
      const answered = await sender.click({
        card,
        user: APPROVER,
        value: approval,
        answerAt: door.answerAt('approve'),
      });
      const words = await door.heard('answer approve', 10_000);
      if (answered.status !== 200 || !/has your approval/.test(words ?? ''))
        throw new Wrong(`a good approval: ${words}`);
      sandbox.pace.thaw();
      for (const end = Date.now() + 60_000; Date.now() < end; ) {
        if ((await log()).some(isBegun)) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const last = (await log()).slice(-3).map((event) => event.slice(0, 300));
      throw new Wrong(`the wave did not go on after a good approval: ${last.join('\n')}\n${said.slice(-5).join('\n')}`);
    },
    async close() {
      await product.slack.stop(5_000);
      await workers.close(2_000);
      await product.stop();
      sender.close();
      redis.disconnect();
      await door.close();
      await sandbox.close();
    },
  };
}

/** Whether the step behind the gate has begun. */
function isBegun(entry: string): boolean {
  const { event } = JSON.parse(entry) as { readonly event: { readonly type: string; readonly step?: string } };
  return event.type === 'StepBegun' && event.step === 'switch-dns';
}

/** Settings as the product reads them, from a file of its own. */
export async function settingsOf(
  { folder }: Pick<Sandbox, 'folder'>,
  name: string,
  values: Readonly<Record<string, string>>,
): Promise<Settings> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify(values), { mode: 0o600 });
  return readSettings([file], {});
}

/** Keeps warnings and errors as text, with the stack where there is one. */
export function listeningLog(said: string[]): Log {
  const keep = (about: unknown, message?: string): void => {
    const { err, ...rest } = (about ?? {}) as { err?: unknown };
    const cause = err instanceof Error ? err.stack : err === undefined ? '' : JSON.stringify(err);
    said.push(`${message ?? ''} ${JSON.stringify(rest)} ${cause}`.slice(0, 1500));
    if (said.length > 5_000) said.splice(0, 1_000);
  };
  const nothing = (): void => undefined;
  return { warn: keep, error: keep, fatal: keep, info: nothing, debug: nothing, trace: nothing } as unknown as Log;
}

async function gateCard(sandbox: Sandbox): Promise<StoredMessage> {
  for (const end = Date.now() + 90_000; Date.now() < end; ) {
    const card = sandbox.workspace.messages().findLast((each) => hasAction(each, 'gate.approve'));
    if (card) return card;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error('no gate was opened');
}

/** Until the thread has been told everything: afterwards nothing moves by itself. */
async function quiet(redis: Redis): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const [unheard, seq, cursor] = await Promise.all([
      redis.scard('{cutover}:unheard'),
      redis.hget(`{cutover}:wave:${WAVE}`, 'seq'),
      redis.get(`{cutover}:wave:${WAVE}:thread`),
    ]);
    const { rootSeq, intent } = JSON.parse(cursor ?? '{}') as { rootSeq?: number; intent?: unknown };
    if (unheard === 0 && String(rootSeq) === seq && intent === null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the thread was not told everything in time');
}

/** The first line in which the product tells of a mistake of its own; null when there is none. */
export function mistakeIn(said: readonly string[]): string | null {
  const told = said.find((line) => MISTAKE.test(line) && !/could not be read; nothing was done/.test(line));
  return told === undefined ? null : `the product logged: ${told}`;
}

/** What the product says when it failed by itself; an answer that could not be sent is the other side's. */
const MISTAKE =
  /own mistake|(?<!fetch failed.{0,99})\b(TypeError|RangeError|SyntaxError)\b(?!: (fetch failed|Failed to parse URL|Invalid URL))|is not a function|Cannot read/;

const VOLATILE = /:(request|calls|beat):|:(mark|trace)$|:lease:|:(steps|timers|thread):[^:]|:(steps|timers|thread)$/;

/** One text for all that must not change. What a dump looks like is Redis's own business: members are put in order. */
export const DIGEST = `
local parts = {}
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  local found = {}
  if kind == 'string' then found = {redis.call('GET', key)} end
  if kind == 'list' then found = redis.call('LRANGE', key, 0, -1) end
  if kind == 'set' then found = redis.call('SMEMBERS', key) table.sort(found) end
  if kind == 'zset' then found = redis.call('ZRANGE', key, 0, -1) end
  if kind == 'hash' then
    local names = redis.call('HKEYS', key)
    table.sort(names)
    for _, name in ipairs(names) do
      found[#found + 1] = name
      found[#found + 1] = redis.call('HGET', key, name)
    end
  end
  if kind == 'stream' then
    for _, entry in ipairs(redis.call('XRANGE', key, '-', '+')) do
      found[#found + 1] = entry[1] .. table.concat(entry[2], ' ')
    end
  end
  parts[#parts + 1] = key .. kind .. redis.sha1hex(table.concat(found, ' '))
end
return redis.sha1hex(table.concat(parts, ' '))
`;

let asked = 0;
let known: readonly string[] = [];
async function digestOf(redis: Redis, sandbox: Sandbox): Promise<string> {
  // New keys are looked for now and then; the known ones each time.
  if (asked % 25 === 0) known = await lasting(redis);
  asked += 1;
  const keys = String(await redis.eval(DIGEST, known.length, ...(known as string[])));
  const due = await redis.zrange('{cutover}:due', '0', '-1');
  const { writes } = sandbox.twin.ledger();
  const names = createHash('sha1').update(known.join()).digest('hex').slice(0, 8);
  return `keys ${names} ${keys.slice(0, 12)}, due ${due.join()}, ${writes.length} writes`;
}

async function lasting(redis: Redis): Promise<readonly string[]> {
  const found = new Set<string>();
  for (let cursor = '0'; ; ) {
    const [next, keys] = await redis.scan(cursor, 'MATCH', '{cutover}:*', 'COUNT', 2000);
    for (const key of keys) if (!VOLATILE.test(key) && key !== '{cutover}:due') found.add(key);
    if (next === '0') return [...found].sort();
    cursor = next;
  }
}

function approveValue(message: StoredMessage): string {
  for (const block of message.blocks)
    for (const element of (block.elements ?? []) as readonly { action_id?: string; value?: string }[])
      if (element.action_id === 'gate.approve') return element.value ?? '';
  throw new Error('the card has no Approve');
}

export type { Answered };
export { APPROVER, CHANNEL, OPERATOR };
