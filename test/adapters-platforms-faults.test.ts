import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_REPLY_BYTES } from '../src/adapters/http/vendor-client';
import { createGenesysCloud } from '../src/adapters/platforms/genesys-cloud';
import type { Platform } from '../src/ports/platform';
import { faultOf, ManualClock } from './adapters-platforms-wire';

/**
 * One row per way in which the other side misbehaves, for a read, a write and a listing: what comes out is the answer that
 * was meant, or a `Fault` that says whether it passes. Never an answer made up, never a write that is not tried again with
 * care.
 */
const GROUP = '/api/v2/architect/emergencygroups/group-1';
const MEMBERS = '/api/v2/routing/queues/queue-1/members';
const QUEUE = '/api/v2/routing/queues/queue-1';
const TIMEOUT_MS = 250;

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
const group = { id: 'group-1', name: 'To legacy', version: 3, enabled: false };
const queue = { id: 'queue-1', name: 'Sales', memberCount: 2, joinedMemberCount: 1 };
const members = {
  entities: [
    { id: 'user-1', joined: true },
    { id: 'user-2', joined: false },
  ],
  pageSize: 100,
};
const good: Record<string, Reply> = {
  'POST /oauth/token': send({ access_token: 'token-one-abcdef', expires_in: 86_400 }),
  [`GET ${QUEUE}`]: send(queue),
  [`GET ${MEMBERS}`]: send(members),
  [`GET ${GROUP}`]: send(group),
  [`PUT ${GROUP}`]: send({ ...group, enabled: true, version: 4 }),
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
      (replies.get(route) ?? send({ message: 'not here' }, 404))(response, turn);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  connect(TIMEOUT_MS);
});

function connect(timeoutMs: number): void {
  const options = { apiUrl: url, loginUrl: url, clientId: 'c', clientSecret: 's3cret-of-ours', clock };
  platform = createGenesysCloud({ ...options, timeoutMs });
}

afterEach(
  () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
);

const CALLS = {
  read: {
    route: `GET ${QUEUE}`,
    call: () => platform.queue('queue-1'),
    meant: { id: 'queue-1', name: 'Sales', members: 2, joined: 1 },
  },
  listing: {
    route: `GET ${MEMBERS}`,
    call: () => platform.members('queue-1'),
    meant: new Map([
      ['user-1', true],
      ['user-2', false],
    ]),
  },
  write: {
    route: `PUT ${GROUP}`,
    call: () => platform.setEmergencyGroup?.('group-1', true) ?? Promise.resolve(),
    meant: true,
  },
} as const;
type Kind = keyof typeof CALLS;
const KINDS: readonly Kind[] = ['read', 'listing', 'write'];

interface Outcome {
  /** 'meant': the true answer after all. */
  readonly is: 'meant' | 'transient' | 'permanent';
  readonly says?: string;
  readonly asked?: number;
  readonly retryAfterMs?: number | null;
}

const once =
  (bad: Reply, route: (kind: Kind) => Reply = (kind) => good[CALLS[kind].route] as Reply) =>
  (kind: Kind): Reply =>
  (response, turn) =>
    turn === 1 ? bad(response, turn) : route(kind)(response, turn);
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
  response.write('{"id": "queue-1", "na');
  setImmediate(() => response.destroy());
};
const cutAtOnce: Reply = (response) => void response.socket?.destroy();
const huge: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(`{"filler": "${'x'.repeat(MAX_REPLY_BYTES)}"}`);
};

type Row = readonly [what: string, reply: (kind: Kind) => Reply, outcome: Outcome | Readonly<Record<Kind, Outcome>>];

const ROWS: readonly Row[] = [
  ['silence', always(silent), { is: 'transient', says: 'did not answer in time', asked: 3 }],
  ['an answer that drips', always(drip), { is: 'transient', says: 'did not answer in time', asked: 3 }],
  ['silence once', once(silent), { is: 'meant', asked: 2 }],
  ['a cut before the answer', always(cutAtOnce), { is: 'transient', says: 'broke off', asked: 3 }],
  ['a cut in the middle', always(cutInTheMiddle), { is: 'transient', says: 'broke off', asked: 3 }],
  ['a cut in the middle once', once(cutInTheMiddle), { is: 'meant', asked: 2 }],
  ['a 401 once: the token ran out mid-way', once(send({}, 401)), { is: 'meant', asked: 2 }],
  ['a 401 with a fresh token too', always(send({}, 401)), { is: 'permanent', says: 'refuses a fresh token', asked: 2 }],
  [
    'a 403',
    always(send({ message: 'Missing permission x' }, 403)),
    { is: 'permanent', says: 'Missing permission x', asked: 1 },
  ],
  ['a 404', always(send({}, 404)), { is: 'permanent', says: '404', asked: 1 }],
  [
    'a 409 once',
    once(send({ message: 'version' }, 409)),
    {
      read: { is: 'permanent', says: '409', asked: 1 },
      listing: { is: 'permanent', says: '409', asked: 1 },
      write: { is: 'meant', asked: 2 },
    },
  ],
  [
    'a 409 all the time',
    always(send({ message: 'version' }, 409)),
    {
      read: { is: 'permanent', says: '409' },
      listing: { is: 'permanent', says: '409' },
      write: { is: 'transient', says: 'although nobody else has changed it', asked: 10 },
    },
  ],
  ['a 429 with Retry-After once', once(send({}, 429, { 'retry-after': '3' })), { is: 'meant', asked: 2 }],
  ['a 429 without Retry-After once', once(send({}, 429)), { is: 'meant', asked: 2 }],
  ['a 429 all the time', always(send({}, 429)), { is: 'transient', says: '429', asked: 3, retryAfterMs: null }],
  [
    'a 429 with a short wait all the time',
    always(send({}, 429, { 'retry-after': '1' })),
    { is: 'transient', says: '429', asked: 8 },
  ],
  [
    'a 429 with a long wait',
    always(send({}, 429, { 'retry-after': '60' })),
    { is: 'transient', says: '429', asked: 1, retryAfterMs: 60_000 },
  ],
  ['a 500', always(send({}, 500)), { is: 'transient', says: '500', asked: 3 }],
  ['a 503 once', once(send('upstream', 503)), { is: 'meant', asked: 2 }],
  [
    'a 503 with a long Retry-After',
    always(send({}, 503, { 'retry-after': '60' })),
    { is: 'transient', asked: 1, retryAfterMs: 60_000 },
  ],
  ['a 504 with a page', always(send('<html>gateway</html>', 504)), { is: 'transient', says: '504', asked: 3 }],
  ['malformed JSON', always(send('{"id": "queue-')), { is: 'permanent', says: 'does not speak JSON', asked: 1 }],
  [
    'a page in place of JSON',
    always(send('<html>sign in</html>')),
    { is: 'permanent', says: 'does not speak JSON', asked: 1 },
  ],
  [
    'a redirect',
    always(send('', 302, { location: 'http://127.0.0.1:1/' })),
    { is: 'permanent', says: 'redirect', asked: 1 },
  ],
  ['a huge body', always(huge), { is: 'permanent', says: 'more than 4 MiB', asked: 1 }],
  ['a status that nobody knows', always(send({}, 418)), { is: 'permanent', says: '418', asked: 1 }],
];

const CASES = KINDS.flatMap((kind) =>
  ROWS.map(([what, reply, outcome]) => ({ kind, what, reply, outcome: 'is' in outcome ? outcome : outcome[kind] })),
);

it.each(CASES)('a $kind that meets $what: $outcome.is', async ({ kind, reply, outcome }) => {
  const { route, call, meant } = CALLS[kind];
  // What is much to read takes a busy machine its time.
  if (outcome.says === 'more than 4 MiB') connect(10_000);
  replies.set(route, reply(kind));
  if (outcome.is === 'meant') {
    expect(await call()).toEqual(meant);
  } else {
    const fault = await faultOf(call());
    expect(fault).toMatchObject({ system: 'Genesys Cloud', transient: outcome.is === 'transient' });
    expect(fault.message).toContain(outcome.says ?? '');
    if (outcome.retryAfterMs !== undefined) expect(fault.retryAfterMs).toBe(outcome.retryAfterMs);
  }
  if (outcome.asked !== undefined) expect(turns.get(route)).toBe(outcome.asked);
});

/** Answers that are JSON and no answer: only what the schema names counts, and only in its type. */
it.each([
  [
    'a text for a number',
    `GET ${QUEUE}`,
    { ...queue, memberCount: '2' },
    () => platform.queue('queue-1'),
    'memberCount',
  ],
  [
    'less than nobody',
    `GET ${QUEUE}`,
    { ...queue, joinedMemberCount: -1 },
    () => platform.queue('queue-1'),
    'joinedMemberCount',
  ],
  ['a list for an object', `GET ${QUEUE}`, [queue], () => platform.queue('queue-1'), 'the whole answer'],
  ['null', `GET ${QUEUE}`, 'null', () => platform.queue('queue-1'), 'the whole answer'],
  ['nothing at all', `GET ${QUEUE}`, undefined, () => platform.queue('queue-1'), 'the whole answer'],
  [
    'a member who is neither in nor out',
    `GET ${MEMBERS}`,
    { entities: [{ id: 'user-1' }] },
    () => platform.members('queue-1'),
    'joined',
  ],
  [
    'an object for the list',
    `GET ${MEMBERS}`,
    { entities: { id: 'user-1' } },
    () => platform.members('queue-1'),
    'entities',
  ],
  [
    'a group without a version',
    `GET ${GROUP}`,
    { ...group, version: undefined },
    () => platform.setEmergencyGroup?.('group-1', true),
    'version',
  ],
  [
    'a switch of text',
    `GET ${GROUP}`,
    { ...group, enabled: 'false' },
    () => platform.setEmergencyGroup?.('group-1', true),
    'enabled',
  ],
])('%s is a permanent fault that names the field, and nothing is written', async (_, route, body, call, field) => {
  replies.set(route, send(body));
  const fault = await faultOf(call() ?? Promise.resolve());
  expect(fault).toMatchObject({ system: 'Genesys Cloud', transient: false });
  expect(fault.message).toContain('does not fit');
  expect(fault.message).toContain(field);
  expect(turns.get(`PUT ${GROUP}`)).toBeUndefined();
});

it.each([
  ['a page without entities', { pageNumber: 1 }],
  ['an empty page', { entities: [], pageSize: 100 }],
  ['an empty page that names a next one', { entities: [], pageSize: 100, nextUri: '/api/v2/x?pageNumber=2' }],
])('%s ends a listing', async (_, page) => {
  replies.set(`GET ${MEMBERS}`, send(page));
  expect(await platform.members('queue-1')).toEqual(new Map());
  expect(turns.get(`GET ${MEMBERS}`)).toBe(1);
});

it('a write whose object somebody else keeps changing is a transient fault that says so', async () => {
  replies.set(`GET ${GROUP}`, (response, turn) => send({ ...group, version: turn })(response, turn));
  replies.set(`PUT ${GROUP}`, send({ message: 'version' }, 409));
  const fault = await faultOf(platform.setEmergencyGroup?.('group-1', true) ?? Promise.resolve());
  expect(fault).toMatchObject({ transient: true, status: 409 });
  expect(fault.message).toContain('10 writes met another version');
});

it('a listing that breaks on its second page is a fault, never its first half', async () => {
  const full = { entities: Array.from({ length: 100 }, (_, i) => ({ id: `user-${i}`, joined: true })), pageSize: 100 };
  replies.set(`GET ${MEMBERS}`, (response, turn) =>
    send(turn === 1 ? full : {}, turn === 1 ? 200 : 500)(response, turn),
  );
  expect(await faultOf(platform.members('queue-1'))).toMatchObject({ transient: true, status: 500 });
});

it('a listing that never ends is a permanent fault', async () => {
  const page = { entities: [{ id: 'user-1', joined: true }], nextUri: '/again' };
  replies.set(`GET ${MEMBERS}`, send(page));
  const fault = await faultOf(platform.members('queue-1'));
  expect(fault).toMatchObject({ transient: false });
  expect(fault.message).toContain('never ends the list');
});
