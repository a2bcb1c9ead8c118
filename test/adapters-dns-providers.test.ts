import { createPowerDns } from '../src/adapters/dns/power-dns';
import { canonicalValues, sameSet } from '../src/adapters/dns/record-values';
import { createRestDns } from '../src/adapters/dns/rest-dns';
import { type DnsProvider, RecordChanged, type RecordSet } from '../src/ports/dns-provider';
import { Fault } from '../src/ports/fault';
import { answer, type HttpSite, type Reply, serve, sleepingClock, thrownBy } from './adapters-dns.loopback';

const ZONE = 'sitea.example.com';
const AT = { zone: ZONE };
const WRITTEN = { kind: 'written', change: null };
const ALREADY_SO = { kind: 'already-so', change: null };
const NAME = '_sip._tcp.sitea.example.com';
const STAMP = { site: 'site-a', wave: 'site-a-wave-1' };
const LEGACY = set(300, '10 0 5060 sbc.sitea.example.com');
const TARGET = set(300, '10 0 5060 new.example.net', '20 0 5060 sbc.sitea.example.com');

function set(ttl: number, ...values: readonly string[]): RecordSet {
  return { name: NAME, type: 'SRV', ttl, values };
}

let site: HttpSite;
afterEach(() => site?.close());

interface PdnsRrset {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly records: readonly { readonly content: string; readonly disabled: boolean }[];
  readonly comments: readonly object[];
}

/** A zone of one rrset that GET shows and PATCH replaces, in the shapes that PowerDNS 4.7 sends. */
function zoneOf(start: PdnsRrset | null): Reply {
  let rrset = start;
  return (seen, request, response) => {
    if (seen.headers['x-api-key'] !== 'key-of-the-api') return answer(401, 'Unauthorized')(seen, request, response);
    if (!seen.url.startsWith(`/api/v1/servers/localhost/zones/${ZONE}.`)) {
      return answer(404, 'Not Found')(seen, request, response);
    }
    if (seen.method === 'PATCH') {
      const next = JSON.parse(seen.body).rrsets[0];
      if (!next.name.endsWith('.')) {
        return answer(422, { error: `Name '${next.name}' is not canonical` })(seen, request, response);
      }
      rrset = next;
      return answer(204)(seen, request, response);
    }
    answer(200, { id: `${ZONE}.`, name: `${ZONE}.`, serial: 2, rrsets: rrset ? [rrset] : [] })(seen, request, response);
  };
}

function rrsetOf(ttl: number, contents: readonly string[], more: Partial<PdnsRrset> = {}): PdnsRrset {
  const records = contents.map((content) => ({ content, disabled: false }));
  return { name: `${NAME}.`, type: 'SRV', ttl, records, comments: [], ...more };
}

async function powerDns(...replies: readonly Reply[]): Promise<DnsProvider> {
  site = await serve(...replies);
  const clock = sleepingClock();
  return createPowerDns({
    baseUrl: site.url,
    apiKey: 'key-of-the-api',
    serverId: 'localhost',
    clock,
    timeoutMs: 2_000,
  });
}

async function restDns(...replies: readonly Reply[]): Promise<DnsProvider> {
  site = await serve(...replies);
  return createRestDns({ baseUrl: site.url, token: 'token-of-the-api', clock: sleepingClock(), timeoutMs: 2_000 });
}

const patches = () => site.seen.filter((one) => one.method !== 'GET');

describe('PowerDNS', () => {
  test('reads a set in the form of the site file, sorted', async () => {
    const contents = ['20 0 5060 SBC.sitea.example.com.', '10 0 5060 new.example.net.'];
    const provider = await powerDns(zoneOf(rrsetOf(300, contents)));
    expect(await provider.read(AT, NAME, 'SRV')).toEqual(TARGET);
    const { url } = site.seen[0] ?? { url: '' };
    expect(url).toBe(`/api/v1/servers/localhost/zones/${ZONE}.?rrset_name=${NAME}.&rrset_type=SRV`);
  });

  test('knows of no set where there is none, or only a disabled one, or only one of another name', async () => {
    const disabled = { records: [{ content: '10 0 5060 sbc.sitea.example.com.', disabled: true }] };
    const provider = await powerDns(
      zoneOf(null),
      zoneOf(rrsetOf(300, [], disabled)),
      zoneOf(rrsetOf(300, ['1 1 1 x.'], { name: `_sip._udp.${ZONE}.` })),
    );
    for (let time = 0; time < 3; time += 1) expect(await provider.read(AT, NAME, 'SRV')).toBeNull();
  });

  test('writes the whole set with dots and a stamp', async () => {
    const provider = await powerDns(zoneOf(rrsetOf(300, ['10 0 5060 sbc.sitea.example.com.'])));
    expect(await provider.write(AT, TARGET, LEGACY, STAMP)).toEqual(WRITTEN);
    expect(JSON.parse(patches()[0]?.body ?? '')).toEqual({
      rrsets: [
        {
          name: `${NAME}.`,
          type: 'SRV',
          ttl: 300,
          changetype: 'REPLACE',
          records: [
            { content: '10 0 5060 new.example.net.', disabled: false },
            { content: '20 0 5060 sbc.sitea.example.com.', disabled: false },
          ],
          comments: [{ content: 'cutover: site site-a, wave site-a-wave-1', account: 'cutover' }],
        },
      ],
    });
    expect(await provider.read(AT, NAME, 'SRV')).toEqual(TARGET);
  });

  test('writes nothing a second time', async () => {
    const provider = await powerDns(zoneOf(rrsetOf(300, ['10 0 5060 sbc.sitea.example.com.'])));
    await provider.write(AT, TARGET, LEGACY, STAMP);
    expect(await provider.write(AT, TARGET, LEGACY, STAMP)).toEqual(ALREADY_SO);
    expect(patches()).toHaveLength(1);
  });

  test('takes order, case and dots for no difference', async () => {
    const provider = await powerDns(zoneOf(rrsetOf(300, ['010 0 5060 SBC.SiteA.example.com.'])));
    expect(await provider.write(AT, TARGET, set(300, '10 0 5060 sbc.sitea.example.com.'), STAMP)).toEqual(WRITTEN);
  });

  test.each([
    ['another value', rrsetOf(300, ['10 0 5060 other.example.net.'])],
    ['another TTL', rrsetOf(301, ['10 0 5060 sbc.sitea.example.com.'])],
    ['one value more', rrsetOf(300, ['10 0 5060 sbc.sitea.example.com.', '30 0 5060 x.example.net.'])],
    ['no set', null],
  ])('does not write over %s', async (_what, live) => {
    const provider = await powerDns(zoneOf(live));
    const error = await thrownBy(provider.write(AT, TARGET, LEGACY, STAMP));
    expect(error).toBeInstanceOf(RecordChanged);
    expect((error as RecordChanged).expected).toEqual(LEGACY);
    expect((error as RecordChanged).found === null).toBe(live === null);
    expect(patches()).toHaveLength(0);
  });

  test('a change of the TTL alone is a write', async () => {
    const provider = await powerDns(zoneOf(rrsetOf(3600, ['10 0 5060 sbc.sitea.example.com.'])));
    const before = set(3600, ...LEGACY.values);
    expect(await provider.write(AT, LEGACY, before, STAMP)).toEqual(WRITTEN);
  });

  test('keeps the comments of others and the records that they parked', async () => {
    const live = rrsetOf(300, [], {
      records: [
        { content: '10 0 5060 sbc.sitea.example.com.', disabled: false },
        { content: '90 0 5060 parked.example.net.', disabled: true },
        { content: '10 0 5060 new.example.net.', disabled: true },
      ],
      comments: [
        { content: 'do not touch', account: 'ops', modified_at: 5 },
        { content: 'site site-a, wave site-a-wave-0', account: 'cutover', modified_at: 6 },
      ],
    });
    const provider = await powerDns(zoneOf(live));
    expect(await provider.write(AT, TARGET, LEGACY, STAMP)).toEqual(WRITTEN);
    const [written] = JSON.parse(patches()[0]?.body ?? '').rrsets;
    expect(written.records).toEqual([
      { content: '10 0 5060 new.example.net.', disabled: false },
      { content: '20 0 5060 sbc.sitea.example.com.', disabled: false },
      { content: '90 0 5060 parked.example.net.', disabled: true },
    ]);
    expect(written.comments).toEqual([
      { content: 'do not touch', account: 'ops', modified_at: 5 },
      { content: 'cutover: site site-a, wave site-a-wave-1', account: 'cutover' },
    ]);
  });

  test('gives CNAME targets their dot and addresses none', async () => {
    const name = `sip.${ZONE}`;
    const cname = { name: `${name}.`, type: 'CNAME', ttl: 60, comments: [] };
    const provider = await powerDns(zoneOf({ ...cname, records: [{ content: 'old.example.net.', disabled: false }] }));
    const before: RecordSet = { name, type: 'CNAME', ttl: 60, values: ['old.example.net'] };
    await provider.write(AT, { ...before, values: ['new.example.net'] }, before, STAMP);
    expect(JSON.parse(patches()[0]?.body ?? '').rrsets[0].records[0].content).toBe('new.example.net.');
  });

  test('tells what PowerDNS says, never the key', async () => {
    const provider = await powerDns(answer(422, { error: 'RRset is not canonical, key-of-the-api' }));
    const fault = (await thrownBy(provider.read(AT, NAME, 'SRV'))) as Fault;
    expect(fault).toBeInstanceOf(Fault);
    expect(fault.transient).toBe(false);
    expect(fault.message).toMatch(/^PowerDNS answered 422 to GET .*: RRset is not canonical, \*\*\*$/);
  });

  test('an unknown zone is a permanent fault', async () => {
    const provider = await powerDns(answer(404, 'Not Found'));
    expect(await thrownBy(provider.read(AT, NAME, 'SRV'))).toMatchObject({ status: 404, transient: false });
  });

  test('an answer of another shape is a permanent fault', async () => {
    const provider = await powerDns(answer(200, { rrsets: [{ name: 5 }] }));
    const fault = (await thrownBy(provider.read(AT, NAME, 'SRV'))) as Fault;
    expect(fault.transient).toBe(false);
    expect(fault.message).toBe(`PowerDNS answered the zone ${ZONE} in a form that is not known; nothing was changed.`);
  });

  test('a write that broke off is sent again, for it replaces', async () => {
    const zone = zoneOf(rrsetOf(300, ['10 0 5060 sbc.sitea.example.com.']));
    const provider = await powerDns(zone, (_seen, request) => request.socket.destroy(), zone);
    expect(await provider.write(AT, TARGET, LEGACY, STAMP)).toEqual(WRITTEN);
    expect(patches()).toHaveLength(2);
  });

  test.each(['_sip._tcp.siteb.example.com', 'evilsitea.example.com'])('asks nothing for %s', async (name) => {
    const provider = await powerDns(zoneOf(null));
    expect(await thrownBy(provider.read(AT, name, 'SRV'))).toMatchObject({ transient: false });
    expect(site.seen).toHaveLength(0);
  });

  test('a write planned against another name is our own bug', async () => {
    const provider = await powerDns(zoneOf(rrsetOf(300, ['10 0 5060 sbc.sitea.example.com.'])));
    const error = await thrownBy(provider.write(AT, TARGET, { ...LEGACY, name: `x.${ZONE}` }, STAMP));
    expect(error).not.toBeInstanceOf(Fault);
    expect(patches()).toHaveLength(0);
  });
});

describe('the guide’s REST service', () => {
  const record = {
    name: NAME,
    type: 'SRV',
    ttl: 300,
    priority: 10,
    weight: 0,
    port: 5060,
    target: 'SBC.sitea.example.com.',
  };
  const path = `/api/v1/zones/${ZONE}/records/srv/${NAME}`;

  test('reads one record', async () => {
    const provider = await restDns(answer(200, record));
    expect(await provider.read(AT, NAME, 'SRV')).toEqual(LEGACY);
    expect(site.seen[0]).toMatchObject({ method: 'GET', url: path });
    expect(site.seen[0]?.headers.authorization).toBe('Bearer token-of-the-api');
  });

  test('knows of no record after 404', async () => {
    const provider = await restDns(answer(404, { error: 'no such record' }));
    expect(await provider.read(AT, NAME, 'SRV')).toBeNull();
  });

  test('writes exactly the fields of the guide', async () => {
    const provider = await restDns(answer(200, record), answer(200, {}));
    expect(await provider.write(AT, set(300, '10 0 5060 gateway-us-east-1.genesys.cloud.'), LEGACY, STAMP)).toEqual(
      WRITTEN,
    );
    expect(site.seen[1]).toMatchObject({ method: 'PUT', url: path });
    expect(JSON.parse(site.seen[1]?.body ?? '')).toEqual({
      name: NAME,
      type: 'SRV',
      ttl: 300,
      priority: 10,
      weight: 0,
      port: 5060,
      target: 'gateway-us-east-1.genesys.cloud',
      comment: 'cutover: site site-a, wave site-a-wave-1',
    });
  });

  test('writes nothing when it is already so, and nothing over a stranger’s change', async () => {
    const provider = await restDns(answer(200, record));
    expect(await provider.write(AT, LEGACY, set(3600, ...LEGACY.values), STAMP)).toEqual(ALREADY_SO);
    const other = set(300, '10 0 5060 new.example.net');
    const error = await thrownBy(provider.write(AT, other, set(3600, ...LEGACY.values), STAMP));
    expect(error).toBeInstanceOf(RecordChanged);
    expect(patches()).toHaveLength(0);
  });

  test('takes a set of one value and refuses one of two before asking anything', async () => {
    const provider = await restDns(answer(200, record));
    const fault = (await thrownBy(provider.write(AT, TARGET, LEGACY, STAMP))) as Fault;
    expect(fault).toMatchObject({ transient: false });
    expect(fault.message).toBe(
      `The DNS service holds one record per name, but ${NAME} SRV is to have 2: give the site another DNS provider, or one value.`,
    );
    expect(site.seen).toHaveLength(0);
  });

  test('refuses other record types', async () => {
    const provider = await restDns(answer(200, record));
    const fault = (await thrownBy(provider.read(AT, `sip.${ZONE}`, 'CNAME'))) as Fault;
    expect(fault.message).toMatch('holds SRV records only');
  });

  test.each([
    ['of another name', { ...record, name: 'x.example.com' }],
    ['of another type', { ...record, type: 'TXT' }],
    ['with a port past the last one', { ...record, port: 65_536 }],
    ['without a target', { ...record, target: '' }],
    ['that is a list', [record]],
  ])('does not believe a record %s', async (_what, body) => {
    const provider = await restDns(answer(200, body));
    expect(await thrownBy(provider.read(AT, NAME, 'SRV'))).toMatchObject({ transient: false });
  });

  test('believes the last port', async () => {
    const provider = await restDns(answer(200, { ...record, port: 65_535 }));
    expect((await provider.read(AT, NAME, 'SRV'))?.values).toEqual(['10 0 65535 sbc.sitea.example.com']);
  });
});

describe('record values', () => {
  test('are compared without order, case, dots and doubles', () => {
    expect(canonicalValues('SRV', ['20 0 1 B.', '10  0 1 a', '20 0 1 b'])).toEqual(['10 0 1 a', '20 0 1 b']);
    expect(canonicalValues('CNAME', ['Host.Example.'])).toEqual(['host.example']);
    expect(canonicalValues('A', [' 192.0.2.1 '])).toEqual(['192.0.2.1']);
    expect(canonicalValues('AAAA', ['2001:DB8:0:0::1'])).toEqual(['2001:db8::1']);
    expect(canonicalValues('SRV', ['0 0 0 .'])).toEqual(['0 0 0 .']);
  });

  test('differ when the TTL does', () => {
    expect(sameSet(LEGACY, { ...LEGACY })).toBe(true);
    expect(sameSet(LEGACY, { ...LEGACY, ttl: 301 })).toBe(false);
    expect(sameSet(LEGACY, TARGET)).toBe(false);
  });
});
