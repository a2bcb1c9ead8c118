import * as dns from 'dns-packet';
import { LAG_MS } from '../sandbox/twin/dns/resolver';
import {
  HOUR,
  MINUTE,
  openWorld,
  overUdp,
  portOf,
  query,
  rcodeOf,
  SECOND,
  setRecord,
  type TestWorld,
  targetOf,
  ttlOf,
} from './twin-world';

const SRV = '_sip._tcp.sitea.example.com';
const ZONE = 'sitea.example.com';
const OLD = ['10 0 5060 sbc.sitea.example.com'];
const NEW = ['10 0 5060 site-a.byoc.usw2.pure.cloud', '20 0 5060 sbc.sitea.example.com'];
const NEW_HOST = 'site-a.byoc.usw2.pure.cloud';
const OLD_HOST = 'sbc.sitea.example.com';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.twin.close());

const flag = (packet: dns.DecodedPacket, bit: number) => ((packet.flags ?? 0) & bit) !== 0;
const extendedError = (packet: dns.DecodedPacket) => {
  const opt = packet.additionals?.find((one) => one.type === 'OPT') as unknown as {
    options: { code: number; data: Buffer }[];
  };
  return opt.options.find((option) => option.code === 15)?.data.readUInt16BE(0);
};

describe('an authoritative server', () => {
  test.each([false, true])('answers with AA and the whole TTL (tcp %s)', async (tcp) => {
    const reply = await world.ask('ns1', SRV, 'SRV', { tcp, recursion: false });
    expect(flag(reply, dns.AUTHORITATIVE_ANSWER)).toBe(true);
    expect(flag(reply, dns.RECURSION_AVAILABLE)).toBe(false);
    expect([targetOf(reply), ttlOf(reply)]).toEqual([OLD_HOST, 3600]);
  });
  test('matches names whatever their case', async () => {
    const reply = await world.ask('ns1', '_SIP._tcp.SiteA.Example.COM', 'SRV', { recursion: false });
    expect(targetOf(reply)).toBe(OLD_HOST);
    expect(reply.answers?.[0]?.name).toBe('_SIP._tcp.SiteA.Example.COM');
  });
  test('refuses other zones', async () => {
    expect(rcodeOf(await world.ask('ns1', 'www.example.org', 'A'))).toBe('REFUSED');
  });
  test('says NXDOMAIN for no name and NODATA for no such type, each with the SOA', async () => {
    const noName = await world.ask('ns1', `nothing.${ZONE}`, 'A');
    const noData = await world.ask('ns1', SRV, 'A');
    const emptyNonTerminal = await world.ask('ns1', `_tcp.${ZONE}`, 'SRV');
    expect([rcodeOf(noName), rcodeOf(noData), rcodeOf(emptyNonTerminal)]).toEqual(['NXDOMAIN', 'NOERROR', 'NOERROR']);
    for (const reply of [noName, noData]) expect(reply.authorities?.[0]).toMatchObject({ type: 'SOA', ttl: 300 });
  });
  test('gives SOA and NS at the apex and an address for the legacy gateway', async () => {
    expect((await world.ask('ns1', ZONE, 'NS')).answers).toHaveLength(2);
    expect((await world.ask('ns1', ZONE, 'SOA')).answers?.[0]).toMatchObject({ data: { serial: 2026110101 } });
    expect(targetOf(await world.ask('ns1', OLD_HOST, 'A'))).toBe('127.0.0.1');
  });
  test('follows an alias inside the zone', async () => {
    const reply = await world.ask('ns1', 'sip.sitec.example.com', 'A');
    expect(reply.answers?.map((one) => one.type)).toEqual(['CNAME', 'A']);
  });
  test('lets the second server follow the first within three seconds, by serial', async () => {
    expect((await setRecord(world, ZONE, SRV, 300, NEW)).status).toBe(204);
    const serial = async (server: string) => {
      const answer = (await world.ask(server, ZONE, 'SOA', { recursion: false })).answers?.[0];
      return answer?.type === 'SOA' ? answer.data.serial : null;
    };
    expect([await serial('ns1'), await serial('ns2')]).toEqual([2026110102, 2026110101]);
    expect(targetOf(await world.ask('ns2', SRV, 'SRV'))).toBe(OLD_HOST);
    world.go(3 * SECOND);
    expect([await serial('ns1'), await serial('ns2')]).toEqual([2026110102, 2026110102]);
    expect(targetOf(await world.ask('ns2', SRV, 'SRV'))).toBe(NEW_HOST);
  });
  test('says FORMERR to rubbish with a header, nothing to less, and lives on', async () => {
    const port = portOf(world.twin.settings, 'ns1');
    const rubbish = Buffer.concat([Buffer.from('12340100000100000000000012', 'hex'), Buffer.alloc(40, 0xff)]);
    expect((await overUdp(port, rubbish)).readUInt8(3) & 0x0f).toBe(1);
    await expect(overUdp(port, Buffer.from([1, 2, 3]))).rejects.toThrow('no answer');
    const update = query(SRV, 'SRV');
    update.writeUInt8((update.readUInt8(2) & 0x87) | (5 << 3), 2);
    expect((await overUdp(port, update)).readUInt8(3) & 0x0f).toBe(4);
    expect(targetOf(await world.ask('ns1', SRV, 'SRV'))).toBe(OLD_HOST);
  });
  test('truncates what does not fit a plain UDP reply', async () => {
    const many = Array.from({ length: 30 }, (_, i) => `10 0 5060 gateway-number-${i}.sitea.example.com`);
    await setRecord(world, ZONE, SRV, 300, many);
    const plain = await world.ask('ns1', SRV, 'SRV', { edns: false });
    expect([flag(plain, dns.TRUNCATED_RESPONSE), plain.answers?.length]).toEqual([true, 0]);
    expect((await world.ask('ns1', SRV, 'SRV', { edns: false, tcp: true })).answers).toHaveLength(30);
  });
});

describe('a resolver', () => {
  test('has RA and no AA, counts the TTL down and refuses RD=0', async () => {
    world.go(2 * HOUR);
    const first = await world.ask('google', SRV, 'SRV');
    expect([flag(first, dns.RECURSION_AVAILABLE), flag(first, dns.AUTHORITATIVE_ANSWER)]).toEqual([true, false]);
    const left = ttlOf(first);
    world.go(10 * SECOND);
    const later = ttlOf(await world.ask('google', SRV, 'SRV'));
    expect(left === later + 10 || later > left).toBe(true);
    expect(rcodeOf(await world.ask('google', SRV, 'SRV', { recursion: false }))).toBe('REFUSED');
  });
  test('remembers that a name has no alias without forgetting its address', async () => {
    expect((await world.ask('google', NEW_HOST, 'CNAME')).answers).toEqual([]);
    expect((await world.ask('google', NEW_HOST, 'A')).answers?.map((one) => one.type)).toEqual(['A']);
  });
  test('starts with caches of random age', async () => {
    const ages = await Promise.all(
      ['google', 'cloudflare', 'site-a-dc'].map(async (name) => ttlOf(await world.ask(name, SRV, 'SRV'))),
    );
    expect(new Set(ages).size).toBe(3);
    for (const age of ages) expect(age).toBeLessThanOrEqual(3600);
  });
  test('keeps the old answer until its own TTL has run out, then takes the new one', async () => {
    const left = ttlOf(await world.ask('google', SRV, 'SRV'));
    await setRecord(world, ZONE, SRV, 300, NEW);
    world.go((left - 2) * SECOND);
    expect(targetOf(await world.ask('google', SRV, 'SRV'))).toBe(OLD_HOST);
    world.go(4 * SECOND);
    expect(targetOf(await world.ask('google', SRV, 'SRV'))).toBe(NEW_HOST);
  });
  test('serves stale once with TTL 30 and says so to those who speak EDNS', async () => {
    const name = '_sip._udp.sitea.example.com';
    await setRecord(world, ZONE, name, 300, NEW);
    world.go(2 * HOUR);
    const stale = await world.ask('quad9', name, 'SRV');
    expect([targetOf(stale), ttlOf(stale), extendedError(stale)]).toEqual([OLD_HOST, 30, 3]);
    const fresh = await world.ask('quad9', name, 'SRV');
    expect([targetOf(fresh), extendedError(fresh)]).toEqual([NEW_HOST, undefined]);
  });
  test('with a floor shows more life than the record has', async () => {
    const name = '_sip._udp.sitea.example.com';
    await setRecord(world, ZONE, name, 300, OLD);
    world.go(2 * HOUR);
    expect(ttlOf(await world.ask('site-a-sdwan', name, 'SRV'))).toBe(600);
    expect(ttlOf(await world.ask('site-a-dc', name, 'SRV'))).toBe(300);
  });
  test('remembers for the SOA minimum that a name does not exist', async () => {
    const name = `_sips._tcp.${ZONE}`;
    const negative = await world.ask('google', name, 'SRV');
    expect(rcodeOf(negative)).toBe('NXDOMAIN');
    expect(negative.authorities?.[0]).toMatchObject({ type: 'SOA', ttl: 300 });
    await setRecord(world, ZONE, name, 300, NEW);
    world.go(299 * SECOND);
    expect(rcodeOf(await world.ask('google', name, 'SRV'))).toBe('NXDOMAIN');
    world.go(2 * SECOND);
    expect(targetOf(await world.ask('google', name, 'SRV'))).toBe(NEW_HOST);
  });
  test('knows the gateways of the platform, and no other name', async () => {
    expect(targetOf(await world.ask('google', NEW_HOST, 'A'))).toBe('127.0.0.1');
    expect(rcodeOf(await world.ask('google', NEW_HOST, 'AAAA'))).toBe('NOERROR');
    expect(rcodeOf(await world.ask('google', 'invented.example.org', 'A'))).toBe('NXDOMAIN');
  });
  test('that ignores TTL keeps its old answer until 25 minutes after the change, and only while the fault is on', async () => {
    await setRecord(world, ZONE, SRV, 300, OLD);
    world.go(73 * HOUR);
    world.twin.faults.set('propagation-lag', true);
    await setRecord(world, ZONE, SRV, 300, NEW);
    world.go(20 * MINUTE);
    expect(targetOf(await world.ask('site-a-dc', SRV, 'SRV'))).toBe(OLD_HOST);
    expect(targetOf(await world.ask('site-a-sdwan', SRV, 'SRV'))).toBe(NEW_HOST);
    world.go(LAG_MS - 20 * MINUTE + SECOND);
    expect(targetOf(await world.ask('site-a-dc', SRV, 'SRV'))).toBe(NEW_HOST);
  });
});
