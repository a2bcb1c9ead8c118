import { createTwilio } from '../src/adapters/carriers/twilio';
import type { Carrier } from '../src/ports/carrier';
import { faultOf, ManualClock, printed, WireDouble } from './adapters-platforms-wire';

const TRUNK = `TK${'a'.repeat(32)}`;
const LEGACY = `OU${'1'.repeat(32)}`;
const TARGET = `OU${'2'.repeat(32)}`;
const SECRET = 'twilio-secret-abc';
const LIST = `/v1/Trunks/${TRUNK}/OriginationUrls`;
const PATH = `${LIST}/${TARGET}`;

const shown = (sid: string, more: object = {}) => ({
  account_sid: `AC${'0'.repeat(32)}`,
  sid,
  trunk_sid: TRUNK,
  friendly_name: 'x',
  sip_url: 'sip:sbc.example.com:5060',
  enabled: true,
  priority: 10,
  weight: 10,
  ...more,
});
const pageOf = (urls: readonly object[], next: string | null = null) => ({
  origination_urls: urls,
  meta: { page: 0, page_size: 50, first_page_url: 'x', previous_page_url: null, next_page_url: next, key: 'y' },
});

let wire: WireDouble;
let carrier: Carrier;
beforeEach(async () => {
  wire = await new WireDouble().start();
  const clock = new ManualClock();
  carrier = createTwilio({ baseUrl: wire.url, user: 'AC1', password: SECRET, clock, timeoutMs: 2000 });
});
afterEach(() => wire.stop());

describe('the destinations of a trunk', () => {
  it('are read with Basic authentication', async () => {
    wire.on(`GET ${LIST}`, { body: pageOf([shown(LEGACY), shown(TARGET, { enabled: false, weight: 65_535 })]) });
    await expect(carrier.targets(TRUNK)).resolves.toEqual([
      { id: LEGACY, uri: 'sip:sbc.example.com:5060', enabled: true, priority: 10, weight: 10 },
      { id: TARGET, uri: 'sip:sbc.example.com:5060', enabled: false, priority: 10, weight: 65_535 },
    ]);
    const basic = Buffer.from(`AC1:${SECRET}`).toString('base64');
    expect(wire.asked[0]?.headers.authorization).toBe(`Basic ${basic}`);
  });

  it('are read page by page, with the query of the next page', async () => {
    wire.on(
      `GET ${LIST}`,
      { body: pageOf([shown(LEGACY)], `${wire.url}${LIST}?PageSize=50&Page=1&PageToken=PAOU1`) },
      { body: pageOf([shown(TARGET)]) },
    );
    expect((await carrier.targets(TRUNK)).map(({ id }) => id)).toEqual([LEGACY, TARGET]);
    expect(wire.asked[1]?.query).toEqual({ PageSize: '50', Page: '1', PageToken: 'PAOU1' });
  });

  it.each([
    ['another host', () => `http://127.0.0.2:9${LIST}?Page=1`],
    ['another port', () => `http://127.0.0.1:9${LIST}?Page=1`],
    ['another path', () => `${wire.url}/v1/Trunks/TKother/OriginationUrls?Page=1`],
    ['no URL at all', () => 'Page=1'],
  ])('are never read from %s', async (_, next) => {
    wire.on(`GET ${LIST}`, { body: pageOf([shown(LEGACY)], next()) });
    expect(await faultOf(carrier.targets(TRUNK))).toMatchObject({
      transient: false,
      message: expect.stringContaining('not followed'),
    });
    expect(wire.asked).toHaveLength(1);
  });

  it('end, whatever the pages say', async () => {
    wire.on(`GET ${LIST}`, { body: pageOf([shown(LEGACY)], `${wire.url}${LIST}?Page=1`) });
    expect((await faultOf(carrier.targets(TRUNK))).message).toContain('never ends');
    expect(wire.asked).toHaveLength(20);
  });
});

describe('a destination', () => {
  it('is sent only what differs, as a form, and read back', async () => {
    wire.on(`GET ${PATH}`, { body: shown(TARGET) }, { body: shown(TARGET, { enabled: false, priority: 11 }) });
    wire.on(`POST ${PATH}`, { body: shown(TARGET, { enabled: false, priority: 11 }) });
    await expect(carrier.setTarget(TRUNK, TARGET, { enabled: false, priority: 11, weight: 10 })).resolves.toBe(true);
    expect(wire.asked.map(({ method, text }) => `${method} ${text}`)).toEqual([
      'GET ',
      'POST Enabled=false&Priority=11',
      'GET ',
    ]);
  });

  it('that is as wanted is not written', async () => {
    wire.on(`GET ${PATH}`, { body: shown(TARGET) });
    await expect(carrier.setTarget(TRUNK, TARGET, { enabled: true, weight: 10 })).resolves.toBe(false);
    expect(wire.asked).toHaveLength(1);
  });

  it('that does not show what was taken is asked for again', async () => {
    wire.on(`GET ${PATH}`, { body: shown(TARGET) }).on(`POST ${PATH}`, { body: shown(TARGET) });
    const fault = await faultOf(carrier.setTarget(TRUNK, TARGET, { weight: 5 }));
    expect(fault).toMatchObject({ transient: true, message: expect.stringContaining('Weight') });
  });

  it.each([
    [{ priority: -1 }, 0],
    [{ priority: 0 }, 1],
    [{ priority: 65_535 }, 1],
    [{ priority: 65_536 }, 0],
    [{ weight: 0 }, 0],
    [{ weight: 1 }, 1],
    [{ weight: 65_535 }, 1],
    [{ weight: 65_536 }, 0],
    [{ weight: 1.5 }, 0],
  ])('keeps %j to its range', async (next, asked) => {
    wire.on(`GET ${PATH}`, { body: shown(TARGET, next) });
    const outcome = await carrier.setTarget(TRUNK, TARGET, next).catch((fault: Error) => fault.message);
    expect(outcome).toEqual(asked === 1 ? false : expect.stringContaining('out of range'));
    expect(wire.asked).toHaveLength(asked);
  });

  it('of another trunk is refused', async () => {
    wire.on(`GET ${PATH}`, { body: shown(TARGET, { trunk_sid: 'TKother' }) });
    expect((await faultOf(carrier.setTarget(TRUNK, TARGET, { weight: 5 }))).message).toContain('another trunk');
  });

  it.each([
    [401, { code: 20003, message: `Authenticate ${SECRET}`, more_info: 'x', status: 401 }, '401 (20003)'],
    [404, { code: 20404, message: 'The requested resource was not found', status: 404 }, '404 (20404)'],
    [400, { code: 21218, message: 'Invalid Weight' }, '400 (21218)'],
    [403, 'no JSON', '403'],
  ])('of a refusal %i the number of the vendor is told, and no secret', async (status, body, says) => {
    wire.on(`GET ${PATH}`, typeof body === 'string' ? { status, text: body } : { status, body });
    const fault = await faultOf(carrier.setTarget(TRUNK, TARGET, { weight: 5 }));
    expect(fault).toMatchObject({ system: 'Twilio', transient: false, status });
    expect(fault.message).toContain(says);
    expect(printed(fault)).not.toContain(SECRET);
  });
});
