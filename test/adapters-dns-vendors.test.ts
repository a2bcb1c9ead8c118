/** What is particular to Cloudflare, to Route 53 and to signed updates; what all keep is in adapters-dns-contract. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { createCloudflare } from '../src/adapters/dns/cloudflare';
import { createRfc2136 } from '../src/adapters/dns/rfc2136';
import { createRoute53 } from '../src/adapters/dns/route53';
import { stampText } from '../src/adapters/dns/write-stamp';
import { type DnsProvider, RecordChanged, type RecordSet } from '../src/ports/dns-provider';
import { Fault } from '../src/ports/fault';
import { type SleepingClock, sleepingClock, thrownBy } from './adapters-dns.loopback';
import { CLOUDFLARE_TOKEN, type CloudflareDouble, cloudflareDouble } from './support/doubles/cloudflare';
import type { HttpDouble } from './support/doubles/http-double';
import { AWS_KEY, errorReply, type Route53Double, route53Double } from './support/doubles/route53';

const ZONE = 'sitea.example.com';
const NAME = `_sip._tcp.${ZONE}`;
const STAMP = { site: 'site-a', wave: 'site-a-wave-1' };
const OLD = '10 0 5060 sbc.sitea.example.com';
const NEW = '10 0 5060 new.example.net';
const FALLBACK = '20 0 5060 sbc.sitea.example.com';

const srv = (ttl: number, ...values: readonly string[]): RecordSet => ({ name: NAME, type: 'SRV', ttl, values });

async function faultOf(call: Promise<unknown>): Promise<Fault> {
  const thrown = await thrownBy(call);
  if (!(thrown instanceof Fault)) throw thrown;
  return thrown;
}

const written = (double: HttpDouble) => double.seen.filter(({ method }) => method !== 'GET');

test('a stamp names owner, site and wave, and is never longer than its place', () => {
  const long = { site: 's'.repeat(40), wave: `${'s'.repeat(40)}-wave-12` };
  expect(stampText(STAMP)).toBe('cutover: site site-a, wave site-a-wave-1');
  expect(stampText(STAMP, 40)).toBe('cutover: site site-a, wave site-a-wave-1');
  expect(stampText(STAMP, 39)).toBe('cutover: wave site-a-wave-1');
  expect(stampText(long, 100)).toBe(`cutover: wave ${long.wave}`);
});

describe('Cloudflare', () => {
  let double: CloudflareDouble;
  let clock: SleepingClock;
  let provider: DnsProvider;
  const zone = () => ({ zone: ZONE, zoneId: double.zoneId });
  beforeEach(async () => {
    double = await cloudflareDouble(ZONE);
    clock = sleepingClock();
    const baseUrl = `http://127.0.0.1:${double.port}/client/v4`;
    provider = createCloudflare({ baseUrl, token: CLOUDFLARE_TOKEN, clock, timeoutMs: 2_000 });
  });
  afterEach(() => double.close());

  const idsByValue = () => Object.fromEntries(double.records().map(({ id, content }) => [content, id]));

  test('changes records where they stand: ids and tags stay, in one call', async () => {
    double.put(srv(3600, OLD, FALLBACK), { tags: ['team:voice'] });
    const before = idsByValue();
    await provider.write(zone(), srv(300, NEW, FALLBACK), srv(3600, OLD, FALLBACK), STAMP);
    expect(idsByValue()).toEqual({ [NEW]: before[OLD], [FALLBACK]: before[FALLBACK] });
    expect(double.records().map(({ ttl, tags }) => [ttl, tags])).toEqual([
      [300, ['team:voice']],
      [300, ['team:voice']],
    ]);
    expect(written(double)).toHaveLength(1);
  });

  test.each([
    ['nothing', '', 'cutover: site site-a, wave site-a-wave-1'],
    ['words of others', 'ticket 4711, ask Ruth', 'ticket 4711, ask Ruth; cutover: site site-a, wave site-a-wave-1'],
    [
      'a stamp of an earlier wave',
      'ask Ruth; cutover: site site-a, wave site-a-wave-0',
      'ask Ruth; cutover: site site-a, wave site-a-wave-1',
    ],
    [
      'words that leave room for the wave alone',
      'r'.repeat(100 - 2 - 'cutover: wave site-a-wave-1'.length),
      `${'r'.repeat(71)}; cutover: wave site-a-wave-1`,
    ],
    ['words that leave no room', 'r'.repeat(72), 'r'.repeat(72)],
  ])('keeps what others wrote into the comment, as over %s', async (_what, comment, wanted) => {
    double.put(srv(3600, OLD), { comment });
    await provider.write(zone(), srv(300, NEW), srv(3600, OLD), STAMP);
    expect(double.records().map((record) => record.comment)).toEqual([wanted]);
    await provider.write(zone(), srv(3600, OLD), srv(300, NEW), STAMP);
    expect(double.records().map((record) => record.comment)).toEqual([wanted]);
  });

  test('adds what is missing and takes away what is left over', async () => {
    double.put(srv(300, OLD));
    const [, ...more] = [OLD, NEW, FALLBACK];
    await provider.write(zone(), srv(300, OLD, ...more), srv(300, OLD), STAMP);
    expect(double.records()).toHaveLength(3);
    await provider.write(zone(), srv(300, FALLBACK), srv(300, OLD, ...more), STAMP);
    expect(double.held(NAME, 'SRV')?.values).toEqual([FALLBACK]);
  });

  test('reads every page', async () => {
    double.put(srv(300, OLD, NEW, FALLBACK));
    double.pageSize = 1;
    expect((await provider.read(zone(), NAME, 'SRV'))?.values).toEqual([NEW, OLD, FALLBACK].sort());
  });

  test('does not run after a list that never ends', async () => {
    const one = { id: 'a'.repeat(32), name: NAME, type: 'SRV', ttl: 300, content: OLD };
    const body = { success: true, errors: [], messages: [], result: [one], result_info: { total_pages: 9_999 } };
    double.refuseNext({ status: 200, body }, 100);
    expect((await provider.read(zone(), NAME, 'SRV'))?.values).toEqual([OLD]);
    expect(double.seen).toHaveLength(10);
  });

  test('touches no record that Cloudflare answers with its own addresses', async () => {
    const proxied: RecordSet = { name: `sbc.${ZONE}`, type: 'A', ttl: 300, values: ['192.0.2.10'] };
    double.put(proxied, { proxied: true });
    const next = { ...proxied, values: ['192.0.2.20'] };
    const fault = await faultOf(provider.write(zone(), next, proxied, STAMP));
    expect([fault.transient, fault.message]).toEqual([false, expect.stringContaining('"DNS only"')]);
    expect(written(double)).toEqual([]);
  });

  test('says of addresses and aliases that they are not to be proxied', async () => {
    const before: RecordSet = { name: `sip.${ZONE}`, type: 'CNAME', ttl: 300, values: ['sbc.sitea.example.com'] };
    double.put(before);
    await provider.write(zone(), { ...before, values: ['new.example.net'] }, before, STAMP);
    expect(JSON.parse(written(double)[0]?.body ?? '').patches).toMatchObject([{ proxied: false }]);
  });

  test('reads "automatic" as the seconds that it is served with', async () => {
    double.put(srv(1, OLD));
    expect((await provider.read(zone(), NAME, 'SRV'))?.ttl).toBe(300);
  });

  test('takes the longest TTL and tells why one second more is refused', async () => {
    double.put(srv(300, OLD));
    expect((await provider.write(zone(), srv(86_400, OLD), srv(300, OLD), STAMP)).kind).toBe('written');
    const fault = await faultOf(provider.write(zone(), srv(86_401, OLD), srv(86_400, OLD), STAMP));
    expect([fault.transient, fault.status]).toEqual([false, 400]);
    expect(fault.message).toMatch(/answered 400 to POST .*Invalid TTL.* \(code 9021\)$/);
  });

  test('finds a zone by its name, and asks for the id where it cannot', async () => {
    double.put(srv(300, OLD));
    expect(await provider.read({ zone: `${ZONE.toUpperCase()}.` }, NAME, 'SRV')).toEqual(srv(300, OLD));
    const fault = await faultOf(provider.read({ zone: 'example.com' }, NAME, 'SRV'));
    expect([fault.transient, fault.message]).toEqual([false, expect.stringContaining('dns.zoneId')]);
  });

  test('changes nothing when a record is gone between the read and the batch', async () => {
    double.put(srv(300, OLD, FALLBACK));
    double.beforeWrite(() => double.put(srv(300, FALLBACK)));
    const call = provider.write(zone(), srv(300, NEW, FALLBACK), srv(300, OLD, FALLBACK), STAMP);
    expect(await faultOf(call)).toMatchObject({ transient: false, status: 404 });
    expect(double.held(NAME, 'SRV')).toEqual(srv(300, FALLBACK));
  });

  test('sends no batch a second time that may have been carried out', async () => {
    double.put(srv(300, OLD));
    double.refuseWrite({ status: 502, body: null });
    expect(await faultOf(provider.write(zone(), srv(300, OLD, NEW), srv(300, OLD), STAMP))).toMatchObject({
      transient: true,
      status: 502,
    });
    expect(written(double)).toHaveLength(1);
  });

  test('waits as long as it is told to, and leaves a long wait to the queue', async () => {
    double.put(srv(300, OLD));
    double.refuseNext({
      status: 429,
      body: { success: false, errors: [], result: null },
      headers: { 'retry-after': '2' },
    });
    expect(await provider.read(zone(), NAME, 'SRV')).toEqual(srv(300, OLD));
    expect(clock.sleeps).toEqual([2_000]);
    double.refuseNext({ status: 429, body: null, headers: { 'retry-after': '300' } });
    expect(await faultOf(provider.read(zone(), NAME, 'SRV'))).toMatchObject({ transient: true, retryAfterMs: 300_000 });
  });

  test('an envelope that says no is no, whatever the status; one that is none is not believed', async () => {
    double.refuseNext({ status: 200, body: { success: false, errors: [{ code: 1, message: 'no' }], result: null } });
    expect((await faultOf(provider.read(zone(), NAME, 'SRV'))).message).toContain('no (code 1)');
    double.refuseNext({ status: 200, body: { result: [] } });
    expect((await faultOf(provider.read(zone(), NAME, 'SRV'))).message).toContain('a form that is not known');
  });
});

describe('Route 53', () => {
  let double: Route53Double;
  let clock: SleepingClock;
  beforeEach(async () => {
    double = await route53Double(ZONE);
    clock = sleepingClock();
  });
  afterEach(() => double.close());

  const zone = () => ({ zone: ZONE, zoneId: double.zoneId });
  const provider = (more: Partial<Parameters<typeof createRoute53>[0]> = {}) =>
    createRoute53({ url: `http://127.0.0.1:${double.port}`, ...AWS_KEY, clock, timeoutMs: 2_000, ...more });

  test('takes away exactly what it read and adds what is wanted, in one batch', async () => {
    double.put(srv(3600, OLD));
    const { change } = await provider().write(zone(), srv(300, FALLBACK, NEW), srv(3600, OLD), STAMP);
    expect(change).toBe('C0000000000001');
    const [{ method, path, body } = { method: '', path: '', body: '' }, ...more] = written(double);
    expect([method, path, more]).toEqual(['POST', `/2013-04-01/hostedzone/${double.zoneId}/rrset`, []]);
    const order = [...body.matchAll(/<(Action|TTL|Value)>([^<]*)</g)].map(([, , text]) => text);
    expect(order).toEqual(['DELETE', '3600', `${OLD}.`, 'CREATE', '300', `${NEW}.`, `${FALLBACK}.`]);
  });

  test.each(['Throttling', 'PriorRequestNotComplete'])('is asked again later when it says %s', async (code) => {
    double.put(srv(3600, OLD));
    double.refuseNext(errorReply(400, code, 'Rate exceeded'), 3);
    expect(await provider().read(zone(), NAME, 'SRV')).toEqual(srv(3600, OLD));
    expect(clock.sleeps).toEqual([500, 1_000, 2_000]);
    double.refuseNext(errorReply(400, code, 'Rate exceeded'), 4);
    expect(await faultOf(provider().read(zone(), NAME, 'SRV'))).toMatchObject({ transient: true, status: 400 });
  });

  test('repeats no write that may have been carried out, and one that was surely not', async () => {
    double.put(srv(3600, OLD));
    double.refuseWrite(errorReply(500, 'InternalFailure', 'oops'), 1);
    expect(await faultOf(provider().write(zone(), srv(300, NEW), srv(3600, OLD), STAMP))).toMatchObject({
      transient: true,
      status: 500,
    });
    expect(written(double)).toHaveLength(1);
    double.refuseWrite(errorReply(400, 'Throttling', 'Rate exceeded'), 1);
    expect((await provider().write(zone(), srv(300, NEW), srv(3600, OLD), STAMP)).kind).toBe('written');
  });

  test('tells why a batch is refused for a reason of its own', async () => {
    double.put(srv(3600, OLD));
    const reason = '[RRSet of type SRV is not permitted <here>]';
    double.refuseWrite(errorReply(400, 'InvalidChangeBatch', reason), 1);
    const fault = await faultOf(provider().write(zone(), srv(300, NEW), srv(3600, OLD), STAMP));
    expect([fault.transient, fault.message]).toEqual([
      false,
      `Route 53 answered 400 InvalidChangeBatch to ChangeResourceRecordSets: ${reason}`,
    ]);
    expect(double.held(NAME, 'SRV')).toEqual(srv(3600, OLD));
  });

  test.each([
    ['a routing policy', { ttl: 300, values: [`${OLD}.`], setIdentifier: 'eu' }, 'routing policy'],
    ['an alias', { ttl: null, values: [], alias: 'elb.example.net.' }, 'alias'],
  ])('leaves a set with %s alone', async (_what, more, word) => {
    double.putRaw({ name: NAME, type: 'SRV', ...more });
    const fault = await faultOf(provider().write(zone(), srv(300, NEW), srv(300, OLD), STAMP));
    expect([fault.transient, fault.message]).toEqual([false, expect.stringContaining(word)]);
    expect(written(double)).toEqual([]);
  });

  test('knows a name whose letters the service has escaped', async () => {
    double.putRaw({ name: NAME.replaceAll('_', '\\137'), type: 'SRV', ttl: 300, values: [OLD] });
    double.refuseNext(listOf(NAME.replaceAll('_', '\\137')));
    expect(await provider().read(zone(), NAME, 'SRV')).toEqual(srv(300, OLD));
  });

  test('finds the public zone by its name, and asks for the id where there are several or none', async () => {
    double.put(srv(300, OLD));
    double.otherZones = [{ id: 'ZPRIVATE', private: true }];
    expect(await provider().read({ zone: ZONE }, NAME, 'SRV')).toEqual(srv(300, OLD));
    double.otherZones = [{ id: 'ZPUBLIC', private: false }];
    expect((await faultOf(provider().read({ zone: ZONE }, NAME, 'SRV'))).message).toMatch(/several zones.*dns\.zoneId/);
    expect((await faultOf(provider().read({ zone: 'example.com' }, NAME, 'SRV'))).message).toMatch(/no public zone/);
  });

  test('signs with the settings, whatever the environment holds', async () => {
    const others = {
      AWS_ACCESS_KEY_ID: 'AKIAOFSOMEBODYELSE00',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_SESSION_TOKEN: 'y',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    };
    const before = { ...process.env };
    Object.assign(process.env, others);
    try {
      double.put(srv(300, OLD));
      expect(await provider().read(zone(), NAME, 'SRV')).toEqual(srv(300, OLD));
    } finally {
      process.env = before;
    }
  });

  test('sends a session token along, signed', async () => {
    await double.close();
    const key = { ...AWS_KEY, sessionToken: 'token/of+the=session', region: 'us-gov-west-1' };
    double = await route53Double(ZONE, key);
    double.put(srv(300, OLD));
    expect(await provider(key).read(zone(), NAME, 'SRV')).toEqual(srv(300, OLD));
    const fault = await faultOf(provider({ ...key, sessionToken: 'of-another-session' }).read(zone(), NAME, 'SRV'));
    expect([fault.status, fault.transient]).toEqual([403, false]);
  });

  test('does not believe what is no answer of it', async () => {
    for (const body of ['<html>login</html>', '<ListResourceRecordSetsResponse><ResourceRecordSets>', '']) {
      double.refuseNext({ status: 200, body });
      expect((await faultOf(provider().read(zone(), NAME, 'SRV'))).transient).toBe(false);
    }
  });

  test('asks for a change that it does not know: a fault that holds', async () => {
    expect(await faultOf(provider().settled('C123'))).toMatchObject({ transient: false, status: 404 });
  });

  test('gives up on a service that does not answer', async () => {
    const silent = createServer();
    const port = await listening(silent);
    const fault = await faultOf(provider({ url: `http://127.0.0.1:${port}`, timeoutMs: 50 }).read(zone(), NAME, 'SRV'));
    expect([fault.transient, fault.message]).toEqual([true, expect.stringContaining('did not answer in time')]);
    silent.close();
  });
});

describe('signed updates', () => {
  const key = {
    name: 'cutover-key',
    algorithm: 'hmac-sha256' as const,
    secret: Buffer.alloc(32, 1).toString('base64'),
  };
  let server: Server;
  afterEach(() => server.close());

  /** A server that answers every message with what `reply` makes of it. */
  async function answering(reply: (message: Buffer) => Buffer | null): Promise<DnsProvider> {
    server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) => {
        const answer = reply(chunk.subarray(2));
        if (answer === null) return socket.destroy();
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.end(Buffer.concat([length, answer]));
      });
    });
    const port = await listening(server);
    return createRfc2136({ server: { address: '127.0.0.1', port }, key, realNow: Date.now, timeoutMs: 2_000 });
  }

  const header = (message: Buffer, rcode: number): Buffer => {
    const bytes = Buffer.alloc(12);
    message.copy(bytes, 0, 0, 2);
    bytes.writeUInt16BE(0x8400 | rcode, 2);
    return bytes;
  };
  const read = (provider: DnsProvider) => faultOf(provider.read({ zone: ZONE }, NAME, 'SRV'));

  test('believe no good answer that is not signed', async () => {
    const fault = await read(await answering((message) => header(message, 0)));
    expect([fault.transient, fault.message]).toEqual([false, expect.stringContaining('without a valid signature')]);
  });

  test.each([
    [5, false, 'REFUSED'],
    [9, false, 'NOTAUTH'],
    [2, true, 'SERVFAIL'],
    [4, false, 'NOTIMP'],
    [11, false, 'code 11'],
  ])('tell what an unsigned refusal with code %i means', async (rcode, transient, word) => {
    const fault = await read(await answering((message) => header(message, rcode)));
    expect([fault.transient, fault.message]).toEqual([transient, expect.stringContaining(word)]);
    expect(fault.message).not.toContain(key.secret);
  });

  test('do not choke on half a message', async () => {
    const broken = await answering((message) => {
      const bytes = header(message, 0);
      bytes.writeUInt16BE(1, 10);
      return bytes;
    });
    expect((await read(broken)).transient).toBe(false);
  });

  test('take a connection that breaks off for trouble that may pass', async () => {
    expect((await read(await answering(() => null))).transient).toBe(true);
  });

  test('are never asked for with a set planned against another name', async () => {
    const provider = await answering(() => null);
    const call = provider.write({ zone: ZONE }, srv(300, NEW), { ...srv(300, OLD), name: `x.${ZONE}` }, STAMP);
    expect(await thrownBy(call)).not.toBeInstanceOf(RecordChanged);
  });
});

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function listOf(name: string) {
  const set = `<ResourceRecordSet><Name>${name}.</Name><Type>SRV</Type><TTL>300</TTL><ResourceRecords><ResourceRecord><Value>${OLD}.</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>`;
  const body = `<ListResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ResourceRecordSets>${set}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>10</MaxItems></ListResourceRecordSetsResponse>`;
  return { status: 200, body, headers: { 'content-type': 'text/xml' } };
}
