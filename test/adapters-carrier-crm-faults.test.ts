import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTwilio } from '../src/adapters/carriers/twilio';
import { createSalesforceCrm } from '../src/adapters/legacy/salesforce-crm';
import type { Fault } from '../src/ports/fault';
import { type Answer, faultOf, ManualClock, printed, WireDouble } from './adapters-platforms-wire';

/** What every way of the other side to misbehave comes to, adapter by adapter. */
const SECRET = 'carrier-crm-secret-abc';
const TIMEOUT_MS = 400;
const AT = Date.parse('2027-03-01T07:00:00Z');
const HUGE = `"${'x'.repeat(4 * 1024 * 1024)}"`;

let wire: WireDouble;
let clock: ManualClock;
beforeEach(async () => {
  wire = await new WireDouble().start();
  clock = new ManualClock();
  wire.on('POST /services/oauth2/token', { body: { access_token: SECRET, instance_url: wire.url } });
});
afterEach(() => wire.stop());

const LIST = '/v1/Trunks/TK1/OriginationUrls';
const QUERY = '/services/data/v63.0/query';
const destination = {
  sid: 'OU1',
  trunk_sid: 'TK1',
  sip_url: 'sip:sbc.example.com',
  enabled: true,
  priority: 10,
  weight: 10,
};
const row = { CallObject: 'a', CreatedDate: '2027-03-01T07:00:01.000+0000' };

interface Subject {
  readonly route: string;
  readonly good: object;
  /** A right answer with one field of a wrong type. */
  readonly misfit: object;
  readonly empty: object;
  ask(): Promise<unknown>;
}

const carrier = () => createTwilio({ baseUrl: wire.url, user: 'AC1', password: SECRET, clock, timeoutMs: TIMEOUT_MS });
const crm = () =>
  createSalesforceCrm({
    loginUrl: wire.url,
    clientId: 'app',
    clientSecret: SECRET,
    apiVersion: 'v63.0',
    rows: { object: 'Task', callField: 'CallObject', timeField: 'CreatedDate' },
    delayFrom: 'answered',
    sites: null,
    clock,
    timeoutMs: TIMEOUT_MS,
  });
const pageOf = (urls: readonly object[]) => ({ origination_urls: urls, meta: { next_page_url: null } });
const rowsOf = (records: readonly object[]) => ({ totalSize: records.length, done: true, records });

const SUBJECTS: Readonly<Record<string, Subject>> = {
  'a list of destinations': {
    route: `GET ${LIST}`,
    good: pageOf([destination]),
    misfit: pageOf([{ ...destination, priority: '10' }]),
    empty: pageOf([]),
    ask: () => carrier().targets('TK1'),
  },
  'a change of a destination': {
    route: `POST ${LIST}/OU1`,
    good: { ...destination, weight: 20 },
    misfit: { ...destination, weight: 0 },
    empty: destination,
    ask: () => {
      // The read back shows what was taken.
      wire.on(`GET ${LIST}/OU1`, { body: destination }, { body: { ...destination, weight: 20 } });
      return carrier().setTarget('TK1', 'OU1', { weight: 20 });
    },
  },
  'rows of calls': {
    route: `GET ${QUERY}`,
    good: rowsOf([row]),
    misfit: rowsOf([{ ...row, CreatedDate: 'yesterday' }]),
    empty: rowsOf([]),
    ask: () => crm().sync('site', { from: AT, to: AT + 1 }, async () => [{ id: 'a', answeredAt: AT, endedAt: null }]),
  },
};

type Outcome = 'done' | 'transient' | 'permanent';
type Row = readonly [string, (subject: Subject) => readonly Answer[], Outcome, Partial<Fault>?];
const array = (errorCode: string) => [{ message: 'no', errorCode }];
const ROWS: readonly Row[] = [
  ['a connection cut once', ({ good }) => [{ cut: true }, { body: good }], 'done'],
  ['a connection always cut', () => [{ cut: true }], 'transient', { status: null }],
  ['a 503 once', ({ good }) => [{ status: 503 }, { body: good }], 'done'],
  ['a 500 for ever', () => [{ status: 500 }], 'transient', { status: 500 }],
  ['a 429 with a wait', ({ good }) => [{ status: 429, headers: { 'retry-after': '2' } }, { body: good }], 'done'],
  ['a 429 without a wait, once', ({ good }) => [{ status: 429 }, { body: good }], 'done'],
  ['429s without an end', () => [{ status: 429 }], 'transient', { status: 429 }],
  [
    'a 429 that asks for an hour',
    () => [{ status: 429, headers: { 'retry-after': '3600' } }],
    'transient',
    { status: 429, retryAfterMs: 3_600_000 },
  ],
  ['a 401 for ever', () => [{ status: 401, body: array('INVALID_SESSION_ID') }], 'permanent', { status: 401 }],
  ['a 403', () => [{ status: 403, body: array('INSUFFICIENT_ACCESS') }], 'permanent', { status: 403 }],
  ['a 400 in HTML', () => [{ status: 400, text: '<html>no</html>' }], 'permanent', { status: 400 }],
  ['a redirect', () => [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }], 'permanent', { status: 302 }],
  ['half a document', () => [{ text: '{"origination_urls": [' }], 'permanent'],
  ['a list in place of an object', () => [{ body: [] }], 'permanent'],
  ['nothing at all', () => [{ text: '' }], 'permanent'],
  ['a wrong type', ({ misfit }) => [{ body: misfit }], 'permanent'],
  ['a huge body', () => [{ text: HUGE }], 'permanent'],
  ['an empty page', ({ empty }) => [{ body: empty }], 'done'],
];

describe.each(Object.entries(SUBJECTS))('%s', (_, subject) => {
  const cases = ROWS.map(([what, answers, outcome, about = {}]) => ({ what, answers, outcome, about }));
  it.each(cases)('that meets $what', async ({ answers, outcome, about }) => {
    wire.on(subject.route, ...answers(subject));
    if (outcome === 'done') {
      await expect(subject.ask()).resolves.toBeDefined();
      return;
    }
    const fault = await faultOf(subject.ask());
    expect(fault).toMatchObject({ transient: outcome === 'transient', ...about });
    expect(printed(fault)).not.toContain(SECRET);
  });

  it('that is not reached is transient', async () => {
    await wire.stop();
    expect(await faultOf(subject.ask())).toMatchObject({ transient: true, status: null });
    await wire.start();
  });
});

it('a daily limit of Salesforce is no mistake of the query: it passes', async () => {
  wire.on(`GET ${QUERY}`, { status: 403, body: array('REQUEST_LIMIT_EXCEEDED') });
  expect(await faultOf(SUBJECTS['rows of calls']?.ask() ?? Promise.resolve())).toMatchObject({
    transient: true,
    message: expect.stringContaining('REQUEST_LIMIT_EXCEEDED'),
  });
});

it('a carrier that takes the question and stays silent is out of time, each try by itself', async () => {
  let asked = 0;
  const silent = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const slow = createTwilio({ baseUrl, user: 'AC1', password: SECRET, clock, timeoutMs: TIMEOUT_MS });
  const fault = await faultOf(slow.targets('TK1'));
  expect(fault).toMatchObject({ transient: true, message: expect.stringContaining('did not answer in time') });
  expect(asked).toBe(3);
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
});
