import type { Platform } from '../src/ports/platform';
import { faultOf, genesysOverWire, type WireDouble } from './adapters-platforms-wire';

const MEMBERS = '/api/v2/routing/queues/queue-1/members';
const ROW = '/api/v2/flows/datatables/table-1/rows/site%20a';
const CALLS = '/api/v2/analytics/conversations/aggregates/query';
const FLOWS = '/api/v2/analytics/flows/aggregates/query';
const LICENCES = '/api/v2/license/users';
const ASSIGN = '/api/v2/license/organization';
const SCHEDULES = '/api/v2/workforcemanagement/managementunits/mu-1/agentschedules/search';
const INTERVAL = { from: Date.parse('2027-03-01T07:00:00Z'), to: Date.parse('2027-03-01T07:30:00Z') };

let wire: WireDouble;
let platform: Platform;

beforeEach(async () => {
  ({ wire, platform } = await genesysOverWire());
});
afterEach(() => wire.stop());

describe('a queue', () => {
  const people = (count: number, joined: boolean, from = 0) =>
    Array.from({ length: count }, (_, i) => ({ id: `user-${from + i}`, joined }));
  const paged = (all: readonly object[], size = 100) =>
    wire.on(`GET ${MEMBERS}`, ({ query }) => {
      const page = Number(query.pageNumber);
      return { body: { entities: all.slice((page - 1) * size, page * size), pageSize: size, pageNumber: page } };
    });

  it('tells its members and how many of them take calls', async () => {
    wire.on('GET /api/v2/routing/queues/queue-1', {
      body: { id: 'queue-1', name: 'Sales', memberCount: 12, joinedMemberCount: 4 },
    });
    await expect(platform.queue('queue-1')).resolves.toEqual({ id: 'queue-1', name: 'Sales', members: 12, joined: 4 });
  });

  it.each([
    [0, 1],
    [99, 1],
    [100, 2],
    [101, 2],
    [240, 3],
  ])('of %i members is read in %i pages, without a total', async (count, pages) => {
    paged(people(count, false));
    expect((await platform.members('queue-1')).size).toBe(count);
    expect(wire.times(`GET ${MEMBERS}`)).toBe(pages);
  });

  it('is read to its end when the platform gives smaller pages than were asked for', async () => {
    paged(people(60, true), 25);
    expect((await platform.members('queue-1')).size).toBe(60);
  });

  it('is read to its end when a short page still names a next one', async () => {
    wire.on(
      `GET ${MEMBERS}`,
      { body: { entities: people(3, true), nextUri: '/next' } },
      { body: { entities: people(2, true, 3) } },
    );
    expect((await platform.members('queue-1')).size).toBe(5);
  });

  it('that repeats itself for ever is a permanent fault', async () => {
    wire.on(`GET ${MEMBERS}`, { body: { entities: people(100, true), pageSize: 100 } });
    expect((await faultOf(platform.members('queue-1'))).message).toContain('never ends');
  });

  it('lets differing members join, 100 at a time, and leaves others alone', async () => {
    paged([...people(230, false), ...people(10, true, 230)]);
    wire.on(`PATCH ${MEMBERS}`, { body: { entities: [] } });
    const users = [...Array.from({ length: 240 }, (_, i) => `user-${i}`), 'user-0', 'stranger'];
    await expect(platform.setJoined('queue-1', users, true)).resolves.toBe(true);
    const sent = wire.bodies(`PATCH ${MEMBERS}`) as { id: string; joined: boolean }[][];
    expect(sent.map((body) => body.length)).toEqual([100, 100, 30]);
    expect(new Set(sent.flat().map((one) => one.id)).size).toBe(230);
    expect(sent.flat().every((one) => one.joined)).toBe(true);
  });

  it('is not written when nobody differs', async () => {
    paged(people(3, true));
    await expect(platform.setJoined('queue-1', ['user-1', 'stranger'], true)).resolves.toBe(false);
    expect(wire.times(`PATCH ${MEMBERS}`)).toBe(0);
  });

  it('repeats a write whose answer was lost', async () => {
    paged(people(1, false));
    wire.on(`PATCH ${MEMBERS}`, { cut: true }, { status: 204 });
    await expect(platform.setJoined('queue-1', ['user-0'], true)).resolves.toBe(true);
  });

  it('whose member does not say whether he has joined does not fit', async () => {
    wire.on(`GET ${MEMBERS}`, { body: { entities: [{ id: 'user-0' }] } });
    expect((await faultOf(platform.members('queue-1'))).message).toContain('entities.0.joined');
  });
});

describe('the allocation', () => {
  const row = { KEY: 'site a', allocationPercent: 10, shadowPercent: 5, owner: 'voice team' };

  it('is read whole and written whole', async () => {
    wire.on(`GET ${ROW}`, { body: row }).on(`PUT ${ROW}`, { body: row });
    await expect(platform.allocation('table-1', 'site a')).resolves.toEqual({
      allocationPercent: 10,
      shadowPercent: 5,
    });
    await expect(platform.setAllocation('table-1', 'site a', { allocationPercent: 30 })).resolves.toBe(true);
    expect(wire.bodies(`PUT ${ROW}`)).toEqual([{ ...row, allocationPercent: 30 }]);
    expect(wire.asked.filter((one) => one.method === 'GET').every((one) => one.query.showbrief === 'false')).toBe(true);
  });

  it('in a text column is read as a number and stays text', async () => {
    wire.on(`GET ${ROW}`, { body: { ...row, allocationPercent: '10', shadowPercent: '5.0' } }).on(`PUT ${ROW}`, {});
    await expect(platform.allocation('table-1', 'site a')).resolves.toEqual({
      allocationPercent: 10,
      shadowPercent: 5,
    });
    await platform.setAllocation('table-1', 'site a', { allocationPercent: 30, shadowPercent: 5 });
    expect(wire.bodies(`PUT ${ROW}`)).toEqual([{ ...row, allocationPercent: '30', shadowPercent: '5.0' }]);
  });

  it.each([[{}], [{ allocationPercent: 10 }], [{ allocationPercent: 10, shadowPercent: 5 }]])(
    'is not written for %j',
    async (next) => {
      wire.on(`GET ${ROW}`, { body: row });
      await expect(platform.setAllocation('table-1', 'site a', next)).resolves.toBe(false);
      expect(wire.times(`PUT ${ROW}`)).toBe(0);
    },
  );

  it.each([
    ['the key alone', { KEY: 'site a' }],
    ['an empty cell', { ...row, allocationPercent: '' }],
    ['a word', { ...row, allocationPercent: 'all' }],
    ['101', { ...row, allocationPercent: 101 }],
    ['a minus', { ...row, allocationPercent: '-1' }],
    ['null', { ...row, allocationPercent: null }],
  ])('that comes back as %s does not fit', async (_, body) => {
    wire.on(`GET ${ROW}`, { body });
    expect((await faultOf(platform.allocation('table-1', 'site a'))).message).toContain('allocationPercent');
  });

  it('beyond 100 is our own mistake and is not sent', async () => {
    wire.on(`GET ${ROW}`, { body: row });
    await expect(platform.setAllocation('table-1', 'site a', { shadowPercent: 101 })).rejects.toThrow(RangeError);
    expect(wire.times(`PUT ${ROW}`)).toBe(0);
  });
});

describe('licences', () => {
  it('are read in a batch, in either form, and a user without any has an empty set', async () => {
    wire.on(`POST ${LICENCES}`, {
      body: {
        'user-1': { id: 'user-1', licenses: ['communicate', 'engage'] },
        'user-2': { id: 'user-2', licenses: [{ id: 'engage' }] },
        'user-3': ['communicate'],
        'user-4': null,
        'user-5': { id: 'user-5' },
      },
    });
    const users = ['user-1', 'user-2', 'user-3', 'user-4', 'user-5', 'user-6', 'user-1'];
    const found = await platform.licences(users);
    expect([...found].map(([user, ids]) => [user, [...ids]])).toEqual([
      ['user-1', ['communicate', 'engage']],
      ['user-2', ['engage']],
      ['user-3', ['communicate']],
      ['user-4', []],
      ['user-5', []],
      ['user-6', []],
    ]);
    expect(wire.bodies(`POST ${LICENCES}`)).toEqual([users.slice(0, 6)]);
  });

  it('are assigned to those who lack them, 100 users at a time', async () => {
    const users = Array.from({ length: 150 }, (_, i) => `user-${i}`);
    wire.on(`POST ${LICENCES}`, ({ body }) => ({
      body: Object.fromEntries(
        (body as string[]).map((user) => [user, { licenses: user === 'user-0' ? ['engage'] : [] }]),
      ),
    }));
    wire.on(`POST ${ASSIGN}`, { body: [] });
    await expect(platform.assignLicences(users, ['engage'])).resolves.toBe(true);
    const sent = wire.bodies(`POST ${ASSIGN}`) as {
      assignments: { licenseId: string; userIdsAdd: string[]; userIdsRemove: string[] }[];
    }[];
    expect(sent.map((body) => body.assignments.map((one) => one.userIdsAdd.length))).toEqual([[100], [49]]);
    expect(sent[0]?.assignments[0]).toMatchObject({ licenseId: 'engage', userIdsRemove: [] });
  });

  it('are removed from those who hold them, and nothing is written when nobody differs', async () => {
    wire.on(`POST ${LICENCES}`, { body: { 'user-1': { licenses: ['engage'] }, 'user-2': { licenses: [] } } });
    wire.on(`POST ${ASSIGN}`, { body: [] });
    await expect(platform.assignLicences(['user-1'], ['engage'])).resolves.toBe(false);
    await expect(platform.removeLicences(['user-1', 'user-2'], ['engage', 'communicate'])).resolves.toBe(true);
    expect(wire.bodies(`POST ${ASSIGN}`)).toEqual([
      { assignments: [{ licenseId: 'engage', userIdsAdd: [], userIdsRemove: ['user-1'] }] },
    ]);
  });

  it('that come as a number do not fit', async () => {
    wire.on(`POST ${LICENCES}`, { body: { 'user-1': { licenses: 3 } } });
    expect((await faultOf(platform.licences(['user-1']))).message).toContain(`POST ${LICENCES}`);
  });
});

describe('call figures', () => {
  const group = (queueId: string, counts: Record<string, number>) => ({
    group: { queueId, mediaType: 'voice' },
    data: [{ interval: 'x', metrics: Object.entries(counts).map(([metric, count]) => ({ metric, stats: { count } })) }],
  });

  it('are sums over the queues that were asked for', async () => {
    wire.on(`POST ${CALLS}`, {
      body: {
        results: [
          group('queue-1', { nOffered: 100, tAnswered: 90, tAbandon: 6, tShortAbandon: 4, nError: 1 }),
          group('queue-2', { nOffered: 10, tAnswered: 10 }),
          group('queue-9', { nOffered: 1000, tAnswered: 1 }),
        ],
      },
    });
    await expect(platform.calls(['queue-1', 'queue-2'], INTERVAL)).resolves.toEqual({
      offered: 110,
      completed: 100,
      failed: 3,
    });
    expect(wire.bodies(`POST ${CALLS}`)).toEqual([
      {
        interval: '2027-03-01T07:00:00.000Z/2027-03-01T07:30:00.000Z',
        groupBy: ['queueId'],
        metrics: ['nOffered', 'tAnswered', 'tAbandon', 'tShortAbandon', 'nError'],
        filter: {
          type: 'and',
          predicates: [{ dimension: 'mediaType', value: 'voice' }],
          clauses: [
            {
              type: 'or',
              predicates: [
                { dimension: 'queueId', value: 'queue-1' },
                { dimension: 'queueId', value: 'queue-2' },
              ],
            },
          ],
        },
      },
    ]);
  });

  it.each([
    ['no results', {}],
    ['empty results', { results: [] }],
    ['results of another queue', { results: [group('queue-9', { nOffered: 5 })] }],
    ['a group without data', { results: [{ group: { queueId: 'queue-1' } }] }],
    ['data without metrics', { results: [{ group: { queueId: 'queue-1' }, data: [{}] }] }],
    [
      'metrics without counts',
      { results: [{ group: { queueId: 'queue-1' }, data: [{ metrics: [{ metric: 'nOffered' }] }] }] },
    ],
    ['other metrics', { results: [group('queue-1', { tTalk: 5 })] }],
  ])('are null, not zero, for %s', async (_, body) => {
    wire.on(`POST ${CALLS}`, { body });
    await expect(platform.calls(['queue-1'], INTERVAL)).resolves.toBeNull();
  });

  it('of waiting callers alone are data without a finished call', async () => {
    wire.on(`POST ${CALLS}`, { body: { results: [group('queue-1', { nOffered: 2 })] } });
    await expect(platform.calls(['queue-1'], INTERVAL)).resolves.toEqual({ offered: 2, completed: 0, failed: 0 });
  });

  it('are null without a queue or an interval, unasked', async () => {
    await expect(platform.calls([], INTERVAL)).resolves.toBeNull();
    await expect(platform.calls(['queue-1'], { from: 5, to: 5 })).resolves.toBeNull();
    await expect(platform.flow('flow-1', { from: 5, to: 5 })).resolves.toBeNull();
    expect(wire.asked).toHaveLength(0);
  });

  it('with a count of text do not fit', async () => {
    const metrics = [{ metric: 'nOffered', stats: { count: '5' } }];
    wire.on(`POST ${CALLS}`, { body: { results: [{ group: { queueId: 'queue-1' }, data: [{ metrics }] }] } });
    expect((await faultOf(platform.calls(['queue-1'], INTERVAL))).message).toContain(
      'results.0.data.0.metrics.0.stats.count',
    );
  });

  it('of a flow are its legs, outcomes and bad outcomes', async () => {
    const metrics = [
      { metric: 'nFlow', stats: { count: 40 } },
      { metric: 'nFlowOutcome', stats: { count: 38 } },
      { metric: 'nFlowOutcomeFailed', stats: { count: 2 } },
    ];
    wire.on(`POST ${FLOWS}`, { body: { results: [{ group: { flowId: 'flow-1' }, data: [{ metrics }] }] } });
    await expect(platform.flow('flow-1', INTERVAL)).resolves.toEqual({ entered: 40, finished: 38, failed: 2 });
    await expect(platform.flow('flow-2', INTERVAL)).resolves.toBeNull();
  });

  it('are asked for again when an answer was lost: the query changes nothing', async () => {
    wire.on(`POST ${CALLS}`, { cut: true }, { body: { results: [] } });
    await expect(platform.calls(['queue-1'], INTERVAL)).resolves.toBeNull();
  });
});

describe('scheduled agents', () => {
  const agent = (user: string, startDate: string, lengthMinutes: number, activityCodeId = '0') => ({
    user: { id: user },
    shifts: [{ activities: [{ activityCodeId, startDate, lengthMinutes }] }],
  });
  const complete = (
    agentSchedules: readonly object[],
    publishedSchedules: readonly object[] = [{ id: 'schedule-1' }],
  ) => ({
    body: { status: 'Complete', result: { agentSchedules, publishedSchedules } },
  });

  it('are those with on-queue work that touches the interval', async () => {
    wire.on(
      `POST ${SCHEDULES}`,
      complete([
        agent('inside', '2027-03-01T07:10:00Z', 10),
        agent('ends with the start', '2027-03-01T06:30:00Z', 30),
        agent('a minute over the start', '2027-03-01T06:30:00Z', 31),
        agent('starts at the end', '2027-03-01T07:30:00Z', 60),
        agent('at lunch', '2027-03-01T07:00:00Z', 60, '2'),
        { user: { id: 'off' }, shifts: [] },
      ]),
    );
    await expect(platform.scheduledAgents('mu-1', INTERVAL)).resolves.toEqual(
      new Set(['inside', 'a minute over the start']),
    );
    expect(wire.bodies(`POST ${SCHEDULES}`)).toEqual([
      { startDate: '2027-03-01T07:00:00.000Z', endDate: '2027-03-01T07:30:00.000Z' },
    ]);
  });

  it.each([
    ['comes later', { status: 202, body: { status: 'Processing', operationId: 'op-1' } }],
    ['comes later, without a body', { status: 202 }],
    ['is still being made', { body: { status: 'Processing' } }],
    ['could not be made', { body: { status: 'Error', result: { agentSchedules: [], publishedSchedules: [] } } }],
    ['is a download', { body: { status: 'Complete', downloadUrl: 'https://example.com/x' } }],
  ])('whose answer %s are not known yet, which is no word about schedules', async (_, answer) => {
    wire.on(`POST ${SCHEDULES}`, answer);
    const fault = await faultOf(platform.scheduledAgents('mu-1', INTERVAL));
    expect(fault).toMatchObject({ transient: true });
    expect(fault.message).toContain('nobody can tell yet');
  });

  it.each([
    ['no schedule is published', complete([], [])],
    ['nothing at all is known', { body: { status: 'Complete', result: {} } }],
  ])('are null when %s', async (_, answer) => {
    wire.on(`POST ${SCHEDULES}`, answer);
    await expect(platform.scheduledAgents('mu-1', INTERVAL)).resolves.toBeNull();
  });

  it('are nobody when the published schedule has nobody at work', async () => {
    wire.on(`POST ${SCHEDULES}`, complete([]));
    await expect(platform.scheduledAgents('mu-1', INTERVAL)).resolves.toEqual(new Set());
  });

  it('with a start that is no time do not fit', async () => {
    wire.on(`POST ${SCHEDULES}`, complete([agent('x', 'tomorrow', 5)]));
    expect((await faultOf(platform.scheduledAgents('mu-1', INTERVAL))).message).toContain('activities.0.startDate');
  });
});
