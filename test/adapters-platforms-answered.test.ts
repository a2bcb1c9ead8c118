import { createNiceCxone } from '../src/adapters/platforms/nice-cxone';
import { faultOf, genesysOverWire, ManualClock, WireDouble } from './adapters-platforms-wire';

const FROM = Date.parse('2027-03-01T07:00:00Z');
const INTERVAL = { from: FROM, to: FROM + 30 * 60_000 };
const iso = (ms: number) => new Date(FROM + ms).toISOString();

describe('answered calls of Genesys Cloud', () => {
  const DETAILS = 'POST /api/v2/analytics/conversations/details/query';
  const part = (purpose: string, segmentStart: string, queueId = 'q1', segmentType = 'interact') => ({
    purpose,
    sessions: [{ mediaType: 'voice', segments: [{ segmentType, segmentStart, queueId }] }],
  });
  const one = (conversationId: string, ...participants: readonly object[]) => ({ conversationId, participants });

  async function answered(...answers: readonly object[]) {
    const { wire, platform } = await genesysOverWire();
    wire.on(DETAILS, ...answers.map((body) => ({ body })));
    try {
      return { found: await platform.answeredCalls?.(['q1', 'q2'], INTERVAL), wire };
    } finally {
      await wire.stop();
    }
  }

  it('began when the first agent spoke, on one of the queues and in the interval', async () => {
    const { found } = await answered({
      totalHits: 6,
      conversations: [
        {
          ...one('c1', part('acd', iso(1000)), part('agent', iso(9000)), part('agent', iso(5000))),
          conversationEnd: iso(60_000),
        },
        one('waits', part('acd', iso(1000))),
        one('rings', part('agent', iso(1000), 'q1', 'alert')),
        one('other', part('agent', iso(1000), 'q9')),
        one('before', part('agent', iso(-1))),
        one('after', part('agent', iso(30 * 60_000))),
        one('last', part('agent', iso(30 * 60_000 - 1), 'q2')),
      ],
    });
    expect(found).toEqual([
      { id: 'c1', answeredAt: FROM + 5000, endedAt: FROM + 60_000 },
      { id: 'last', answeredAt: INTERVAL.to - 1, endedAt: null },
    ]);
  });

  it('are read page by page, a hundred at a time', async () => {
    const page = (first: number, n: number) => ({
      totalHits: 150,
      conversations: Array.from({ length: n }, (_, i) => one(`c${first + i}`, part('agent', iso(i)))),
    });
    const { found, wire } = await answered(page(0, 100), page(100, 50));
    expect(found).toHaveLength(150);
    expect(wire.bodies(DETAILS)).toMatchObject([
      { paging: { pageSize: 100, pageNumber: 1 }, segmentFilters: [{ type: 'and' }, { type: 'or' }] },
      { paging: { pageSize: 100, pageNumber: 2 } },
    ]);
  });

  it('are null without a conversation, and none where nobody answered', async () => {
    expect((await answered({ totalHits: 0 })).found).toBeNull();
    expect((await answered({ conversations: [one('c1', part('acd', iso(0)))] })).found).toEqual([]);
  });

  it.each([
    { conversations: [{ participants: [] }] },
    { conversations: [one('c1', part('agent', 'yesterday'))] },
    { conversations: {} },
  ])('that do not fit are a fault: %j', async (body) => {
    expect(await faultOf(answered(body))).toMatchObject({ transient: false });
  });
});

describe('answered calls of NICE CXone', () => {
  let wire: WireDouble;
  beforeEach(async () => {
    wire = await new WireDouble().start();
    wire.on('POST /authentication/v1/token/access-key', { body: { access_token: 'token-abcdef', expires_in: 3600 } });
  });
  afterEach(() => wire.stop());

  it('are finished contacts with time at an agent, answered after the time before and in the queue', async () => {
    const base = { skillId: 11, mediaTypeId: 4, isLogged: true, contactStartDate: iso(0), preQueueSeconds: 20 };
    const completedContacts = [
      { ...base, contactId: 7, abandoned: false, agentSeconds: 60, inQueueSeconds: 5, totalDurationSeconds: 85 },
      { ...base, contactId: 8, abandoned: true, agentSeconds: 0, inQueueSeconds: 40 },
      { ...base, contactId: 9, abandoned: false, agentSeconds: 0, isLogged: false },
    ];
    const body = { totalRecords: 3, completedContacts };
    wire.on('GET /inContactAPI/services/v33.0/contacts/completed', { body });
    const cxone = createNiceCxone({
      tokenUrl: wire.url,
      discoveryUrl: wire.url,
      apiUrl: wire.url,
      accessKeyId: 'key',
      accessKeySecret: 'secret-of-key',
      tenantId: null,
      apiVersion: 'v33.0',
      clock: new ManualClock(),
      timeoutMs: 2000,
    });
    await expect(cxone.answeredCalls?.(['11'], INTERVAL)).resolves.toEqual([
      { id: '7', answeredAt: FROM + 25_000, endedAt: FROM + 85_000 },
    ]);
    // Not closed: the warehouse follows the calls.
    await expect(cxone.answeredCalls?.(['11'], { from: FROM, to: FROM + 24 * 3600_000 })).resolves.toBeNull();
    await expect(cxone.answeredCalls?.([], INTERVAL)).resolves.toBeNull();
  });
});
