import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_REPLY_BYTES } from '../src/adapters/http/vendor-client';
import { createNiceCxone } from '../src/adapters/platforms/nice-cxone';
import type { Platform } from '../src/ports/platform';
import { faultOf, ManualClock, printed } from './adapters-platforms-wire';

/**
 * One row per way in which CXone misbehaves, for a read, a listing, a write and a bulk write: what comes out is the answer
 * that was meant, or a `Fault` that says whether it passes. Never an answer made up, never half a list.
 */
const ACD = '/inContactAPI/services/v33.0';
const SKILL = `${ACD}/skills/11`;
const POINT = `${ACD}/points-of-contact/21`;
const AGENTS = `${SKILL}/agents`;
const TIMEOUT_MS = 250;
const SECRET = 's3cret-of-the-access-key';

type Reply = (response: ServerResponse, turn: number) => void;

let server: Server;
let url: string;
let clock: ManualClock;
let platform: Platform;
let replies: Map<string, Reply>;
let turns: Map<string, number>;

const send =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, headers);
    response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  };
const wordless = (status: number, words: string): Reply => send(undefined, status, { icStatusDescription: words });
const skill = { skillId: 11, skillName: 'Orders', isActive: true, isOutbound: true };
const point = { contactCode: 21, contactDescription: 'Main', defaultSkillId: 11, isActive: false, scriptName: 'In' };
const assigned = (agentId: number, agentSklStatus: string) => ({ agentId, agentSklStatus, isAssigned: true });
const agents = { totalRecords: 2, agentSkillAssignments: [assigned(1, 'Active'), assigned(2, 'Inactive')] };
const done = { resultSet: { errorCount: 0, agentResults: [{ agentId: 2, success: true }] } };

const good: Record<string, Reply> = {
  'POST /authentication/v1/token/access-key': send({ access_token: 'token-one-abcdef', expires_in: '3600' }),
  [`GET ${SKILL}`]: send(skill),
  [`GET ${AGENTS}`]: send(agents),
  [`PUT ${AGENTS}`]: send(done),
  [`GET ${POINT}`]: send({ pointsOfContact: [point] }),
  [`PUT ${POINT}`]: send({}),
};

beforeEach(async () => {
  replies = new Map(Object.entries(good));
  turns = new Map();
  clock = new ManualClock();
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const route = `${request.method} ${new URL(request.url ?? '/', 'http://double').pathname}`;
      const turn = (turns.get(route) ?? 0) + 1;
      turns.set(route, turn);
      (replies.get(route) ?? wordless(404, 'not here'))(response, turn);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  platform = createNiceCxone({
    tokenUrl: url,
    discoveryUrl: url,
    apiUrl: url,
    accessKeyId: 'key-1',
    accessKeySecret: SECRET,
    tenantId: null,
    apiVersion: 'v33.0',
    clock,
    timeoutMs: TIMEOUT_MS,
  });
});
afterEach(
  () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
);

const CALLS = {
  read: {
    route: `GET ${SKILL}`,
    call: () => platform.outboundRoute('team', '11'),
    meant: { id: '11', name: 'Orders', enabled: true },
  },
  listing: {
    route: `GET ${AGENTS}`,
    call: () => platform.members('11'),
    meant: new Map([
      ['1', true],
      ['2', false],
    ]),
  },
  write: { route: `PUT ${POINT}`, call: () => platform.setTrunk('21', true), meant: true },
  bulk: { route: `PUT ${AGENTS}`, call: () => platform.setJoined('11', ['2'], true), meant: true },
} as const;
type Kind = keyof typeof CALLS;
const KINDS: readonly Kind[] = ['read', 'listing', 'write', 'bulk'];

interface Outcome {
  /** 'meant': the true answer after all. */
  readonly is: 'meant' | 'transient' | 'permanent';
  /** The true answer here, where it is another than usual. */
  readonly instead?: unknown;
  readonly says?: string;
  readonly asked?: number;
  readonly retryAfterMs?: number | null;
}

const once =
  (bad: Reply) =>
  (kind: Kind): Reply =>
  (response, turn) =>
    turn === 1 ? bad(response, turn) : (good[CALLS[kind].route] as Reply)(response, turn);
const always = (bad: Reply) => (): Reply => bad;

/** Headers at once, one byte every 50 ms, never an end. */
const drip: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
};
const silent: Reply = () => undefined;
const cutInTheMiddle: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"skillId": 11, "sk');
  setImmediate(() => response.destroy());
};
const huge: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(`{"filler": "${'x'.repeat(MAX_REPLY_BYTES)}"}`);
};

type Row = readonly [what: string, reply: (kind: Kind) => Reply, outcome: Outcome | Readonly<Record<Kind, Outcome>>];
const forReads = (reads: Outcome, writes: Outcome) => ({ read: reads, listing: reads, write: writes, bulk: writes });
const slow: Outcome = { is: 'transient', says: 'did not answer in time', asked: 3 };
const refusedAtOnce = (says: string): Outcome => ({ is: 'permanent', says, asked: 1 });

const ROWS: readonly Row[] = [
  ['silence', always(silent), slow],
  ['an answer that drips', always(drip), slow],
  ['silence once', once(silent), { is: 'meant', asked: 2 }],
  ['a cut in the middle', always(cutInTheMiddle), { is: 'transient', says: 'broke off', asked: 3 }],
  ['a cut in the middle once', once(cutInTheMiddle), { is: 'meant', asked: 2 }],
  ['a 401 once: the token ran out mid-way', once(wordless(401, 'expired')), { is: 'meant', asked: 2 }],
  ['a 401 with a fresh token too', always(send({}, 401)), { is: 'permanent', says: 'refuses a fresh token', asked: 2 }],
  ['a 403 in words of its header', always(wordless(403, 'No access to this')), refusedAtOnce('No access to this')],
  [
    'a 403 in words of its body',
    always(send({ errorDescription: 'Skills > Edit' }, 403)),
    refusedAtOnce('Skills > Edit'),
  ],
  ['a 404', always(wordless(404, 'Not found')), refusedAtOnce('404')],
  [
    'a 409 once',
    once(wordless(409, 'The skill is running')),
    forReads(refusedAtOnce('409'), { is: 'meant', asked: 2 }),
  ],
  [
    'a 409 all the time',
    always(wordless(409, 'The skill is running')),
    forReads(refusedAtOnce('409'), { is: 'permanent', says: 'while it is in use', asked: 3 }),
  ],
  ['a 429 without Retry-After once', once(wordless(429, 'Too many')), { is: 'meant', asked: 2 }],
  [
    'a 429 all the time',
    always(wordless(429, 'Too many')),
    { is: 'transient', says: 'Too many', asked: 3, retryAfterMs: null },
  ],
  [
    'a 429 with a long wait',
    always(send({}, 429, { 'retry-after': '60' })),
    { is: 'transient', says: '429', asked: 1, retryAfterMs: 60_000 },
  ],
  ['a 500', always(send({}, 500)), { is: 'transient', says: '500', asked: 3 }],
  ['a 503 once', once(send('upstream', 503)), { is: 'meant', asked: 2 }],
  ['a 504 with a page', always(send('<html>gateway</html>', 504)), { is: 'transient', says: '504', asked: 3 }],
  ['malformed JSON', always(send('{"skillId": ')), refusedAtOnce('does not speak JSON')],
  ['a page in place of JSON', always(send('<html>sign in</html>')), refusedAtOnce('does not speak JSON')],
  [
    'nothing at all (204)',
    always(send(undefined, 204)),
    {
      read: refusedAtOnce('knows no skill 11'),
      listing: { is: 'meant', instead: new Map(), asked: 1 },
      write: { is: 'meant', asked: 1 },
      bulk: { is: 'meant', asked: 1 },
    },
  ],
  ['a redirect', always(send('', 302, { location: 'http://127.0.0.1:1/' })), refusedAtOnce('redirect')],
  ['a huge body', always(huge), refusedAtOnce('more than 4 MiB')],
  ['a status that nobody knows', always(send({}, 418)), refusedAtOnce('418')],
];

const CASES = KINDS.flatMap((kind) =>
  ROWS.map(([what, reply, outcome]) => ({ kind, what, reply, outcome: 'is' in outcome ? outcome : outcome[kind] })),
);

it.each(CASES)('a $kind that meets $what: $outcome.is', async ({ kind, reply, outcome }) => {
  const { route, call, meant } = CALLS[kind];
  replies.set(route, reply(kind));
  if (outcome.is === 'meant') {
    expect(await call()).toEqual(outcome.instead ?? meant);
  } else {
    const fault = await faultOf(call());
    expect(fault).toMatchObject({ system: 'NICE CXone', transient: outcome.is === 'transient' });
    expect(fault.message).toContain(outcome.says ?? '');
    expect(printed(fault)).not.toContain(SECRET);
    if (outcome.retryAfterMs !== undefined) expect(fault.retryAfterMs).toBe(outcome.retryAfterMs);
  }
  if (outcome.asked !== undefined) expect(turns.get(route)).toBe(outcome.asked);
});

it('an empty list may be 200 with a count of none', async () => {
  replies.set(`GET ${AGENTS}`, send({ totalRecords: 0 }));
  expect(await platform.members('11')).toEqual(new Map());
});

/** Answers that are JSON and no answer: only what the schema names counts, and only in its type. */
it.each<[string, string, unknown, () => Promise<unknown>, string]>([
  [
    'a list without its rows',
    `GET ${AGENTS}`,
    { message: 'hello' },
    () => platform.members('11'),
    'agentSkillAssignments',
  ],
  ['an object for the list', `GET ${AGENTS}`, { agentSkillAssignments: {} }, () => platform.members('11'), ''],
  ['an agent without an id', `GET ${AGENTS}`, { agentSkillAssignments: [{}] }, () => platform.members('11'), ''],
  [
    'a switch that is no switch',
    `GET ${SKILL}`,
    { ...skill, isActive: 'maybe' },
    () => platform.outboundRoute('t', '11'),
    '',
  ],
  ['a list for an object', `GET ${SKILL}`, [skill], () => platform.outboundRoute('t', '11'), ''],
  ['null', `GET ${SKILL}`, 'null', () => platform.outboundRoute('t', '11'), ''],
  [
    'a point of contact without a name',
    `GET ${POINT}`,
    { pointsOfContact: [{ ...point, contactDescription: 1 }] },
    () => platform.setTrunk('21', true),
    'contactDescription',
  ],
])('%s is a permanent fault, and nothing is written', async (_what, route, body, call, field) => {
  replies.set(route, send(body));
  const fault = await faultOf(call());
  expect(fault).toMatchObject({ system: 'NICE CXone', transient: false });
  expect(fault.message).toContain('does not fit');
  expect(fault.message).toContain(field);
  expect([turns.get(`PUT ${POINT}`), turns.get(`PUT ${AGENTS}`)]).toEqual([undefined, undefined]);
});

it('a listing that breaks on its second page is a fault, never its first half', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => assigned(i + 1, 'Active'));
  replies.set(`GET ${AGENTS}`, (response, turn) => {
    if (turn === 1) send({ totalRecords: 150, agentSkillAssignments: rows })(response, turn);
    else send({}, 500)(response, turn);
  });
  expect(await faultOf(platform.members('11'))).toMatchObject({ transient: true, status: 500 });
});

it('a listing that never ends is a permanent fault', async () => {
  replies.set(`GET ${AGENTS}`, send({ totalRecords: 1_000_000_000, agentSkillAssignments: [assigned(1, 'Active')] }));
  const fault = await faultOf(platform.members('11'));
  expect(fault).toMatchObject({ transient: false, message: expect.stringContaining('never ends the list') });
});

describe('a 200 with errors inside', () => {
  const inside = (error: string): unknown => ({
    resultSet: { errorCount: 1, agentResults: [{ agentId: 2, success: false, error }] },
  });

  it('once is made good by sending those who are left once more', async () => {
    replies.set(`PUT ${AGENTS}`, (response, turn) => send(turn === 1 ? inside('locked') : done)(response, turn));
    await expect(platform.setJoined('11', ['2'], true)).resolves.toBe(true);
    expect(turns.get(`PUT ${AGENTS}`)).toBe(2);
  });

  it('all the time is a fault that names the agent and the reason, and may pass', async () => {
    replies.set(`PUT ${AGENTS}`, send(inside('locked by a supervisor')));
    const fault = await faultOf(platform.setJoined('11', ['2'], true));
    expect(fault).toMatchObject({ transient: true, message: expect.stringContaining('2: locked by a supervisor') });
    expect(turns.get(`PUT ${AGENTS}`)).toBe(3);
  });

  it('that are counted and not named are no success either', async () => {
    replies.set(`PUT ${AGENTS}`, send({ errorCount: '2' }));
    expect((await faultOf(platform.setJoined('11', ['2'], true))).message).toContain('2 agents, not named');
  });
});
