/** Each server of the lab is what it claims to be: what the other tests of this folder stand on. */
import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';
import { systemClock } from '../../src/adapters/clock/system-clock';
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import { createSipProbe } from '../../src/adapters/probes/sip-options';
import type { Gateway } from '../../src/core/site';
import { unpackedPackages } from '../lab/debian-packages';
import { type DnsLab, lookAt, type SipGateway, type SipLab, startDnsLab, startSipLab, until } from '../lab/lab';
import { leftRunning } from '../lab/left-running';
import { turned } from '../lab/time-gear';

const ZONE = 'sitea.example.com';
const NAME = `_sip._tcp.${ZONE}`;
const LONG_NAME = `_sip._udp.${ZONE}`;
const TTL = 3;
const LONG_TTL = 300;
const FLOOR = 9;
const STALE_TTL = 2;
const GENEROUS_MS = 30_000;

const srv = (host: string) => ({ name: NAME, type: 'SRV' as const, ttl: TTL, values: [`10 0 5060 ${host}.${ZONE}`] });
const target = (host: string) => [`10 0 5060 ${host}.${ZONE}`];

describe('the DNS servers', () => {
  let lab: DnsLab;
  beforeAll(async () => {
    lab = await startDnsLab({
      zone: ZONE,
      records: [srv('old'), { ...srv('old'), name: LONG_NAME, ttl: LONG_TTL }],
      floorSeconds: FLOOR,
      staleTtl: STALE_TTL,
    });
  });
  afterAll(() => lab?.stop());

  const ask = (server: ServerAddress) => lookAt(server, NAME, 'SRV');
  const seenBy = async (server: ServerAddress) => (await ask(server)).values;
  const ns = (name: string): ServerAddress => lab.nameServers.get(name) ?? { address: 'none', port: 0 };
  const turns = (server: ServerAddress, host: string) =>
    until(async () => (await seenBy(server)).join() === target(host).join(), GENEROUS_MS);

  test.each(['ns1', 'ns2'])('%s answers with authority, and refuses what is not its own', async (name) => {
    expect(await lookAt(ns(name), NAME, 'SRV', false)).toMatchObject({
      rcode: 'NOERROR',
      authoritative: true,
      ttl: TTL,
      values: target('old'),
    });
    expect(await lookAt(ns(name), 'elsewhere.example', 'A', false)).toMatchObject({ rcode: 'REFUSED' });
  });

  test('the primary for signed updates answers with authority and refuses an unsigned update', async () => {
    const { address, zone } = lab.updates;
    expect(await lookAt(address, zone, 'SOA', false)).toMatchObject({ rcode: 'NOERROR', authoritative: true });
    expect(await unsignedUpdate(address, zone)).toBe('REFUSED');
  });

  test('the honest resolver counts a TTL down from the authority’s', async () => {
    const { address } = lab.resolvers.honest;
    const first = await ask(address);
    expect(first).toMatchObject({ rcode: 'NOERROR', authoritative: false, values: target('old') });
    expect(first.ttl).toBeLessThanOrEqual(TTL);
    expect(await until(async () => ((await ask(address)).ttl ?? TTL) < TTL, GENEROUS_MS)).toBe(true);
  });

  test('the floor resolver shows more than the authority gives', async () => {
    const { address } = lab.resolvers.floor;
    expect((await ask(address)).ttl).toBeGreaterThan(TTL);
    expect((await ask(address)).ttl).toBeLessThanOrEqual(FLOOR);
  });

  test('the pool has two expiries behind one address', async () => {
    const { address } = lab.resolvers.pool;
    const first = await lookAt(address, LONG_NAME, 'SRV');
    // By then the other cache is asked for the first time.
    expect(await until(async () => Date.now() > first.at + 1_500, GENEROUS_MS)).toBe(true);
    const ttls = [await lookAt(address, LONG_NAME, 'SRV'), await lookAt(address, LONG_NAME, 'SRV')].map(
      ({ ttl }) => ttl,
    );
    expect(new Set(ttls).size).toBe(2);
    expect(Math.max(...ttls.map(Number))).toBe(LONG_TTL);
  });

  test('a resolver finds nothing outside the lab', async () => {
    for (const { address } of Object.values(lab.resolvers)) {
      const { rcode, values } = await lookAt(address, 'www.example.org', 'A');
      expect({ rcode, values }).toEqual({ rcode: expect.stringMatching(/SERVFAIL|REFUSED/), values: [] });
    }
  });

  test('the lagging secondary keeps answering the old data with authority, and catches up when it may', async () => {
    await lab.secondary.lag();
    await lab.setRecord(srv('new'));
    expect(await turns(ns('ns1'), 'new')).toBe(true);
    // It has heard of the change, has looked for it and has not got it.
    expect(
      await until(async () => /refresh: .*(?:fail|refused)/i.test(lab.secondary.process.output()), GENEROUS_MS),
    ).toBe(true);
    expect(await lookAt(ns('ns2'), NAME, 'SRV', false)).toMatchObject({ authoritative: true, values: target('old') });
    expect(lab.secondary.lagging()).toBe(true);

    await lab.secondary.catchUp();
    await lab.inStep();
    expect(await seenBy(ns('ns2'))).toEqual(target('new'));
    expect(lab.secondary.lagging()).toBe(false);
  });

  test('the serve-stale resolver shows what has expired once, says so, and then has the new', async () => {
    const { address } = lab.resolvers.stale;
    expect(await turns(address, 'new')).toBe(true);
    const fresh = await ask(address);
    await lab.setRecord(srv('newer'));
    await lab.inStep();
    const seen: { readonly host: string; readonly stale: boolean }[] = [];
    // Nobody asks it until what it has is over: so it shows that to the first who comes.
    const over = fresh.at + ((fresh.ttl ?? TTL) + 1) * 1000;
    expect(await until(async () => Date.now() > over, GENEROUS_MS)).toBe(true);
    await until(async () => {
      const { values, extendedErrors } = await ask(address);
      seen.push({ host: values.join(), stale: extendedErrors.includes(3) });
      return values.join() === target('newer').join();
    }, GENEROUS_MS);
    expect(seen[0]).toEqual({ host: target('new').join(), stale: true });
    expect(seen.at(-1)).toEqual({ host: target('newer').join(), stale: false });
  });

  test.each(['honest', 'floor', 'stale', 'pool'] as const)(
    'the %s resolver forgets what it keeps when it is told to',
    async (kind) => {
      const { address, caches, flush } = lab.resolvers[kind];
      const long = { ...srv(kind), name: LONG_NAME, ttl: LONG_TTL };
      for (const cache of caches) await lookAt(cache, LONG_NAME, 'SRV');
      await lab.setRecord(long);
      await lab.inStep();
      expect((await lookAt(address, LONG_NAME, 'SRV')).values).not.toEqual(target(kind));
      await flush();
      expect((await lookAt(address, LONG_NAME, 'SRV')).values).toEqual(target(kind));
    },
  );

  test('all of them follow a change in the end', async () => {
    await lab.setRecord(srv('last'));
    await lab.inStep();
    for (const { address } of Object.values(lab.resolvers)) expect(await turns(address, 'last')).toBe(true);
  });
});

describe('the SIP gateways', () => {
  let lab: SipLab;
  beforeAll(async () => {
    lab = await startSipLab({
      legacyHosts: ['sbc.lab.example'],
      targetHosts: ['new.lab.example'],
      registersPerSecond: 5,
      retryAfterSeconds: 1,
    });
  });
  afterAll(() => lab?.stop());

  const gateways = () => [
    { host: 'sbc.lab.example', gateway: lab.legacy },
    { host: 'new.lab.example', gateway: lab.target },
  ];
  function probe(host: string, gateway: SipGateway, transport: Gateway['transport'], ca = lab.ca) {
    const port = transport === 'tls' ? 5061 : 5060;
    const at = transport === 'tls' ? gateway.tls : gateway.address;
    const connectTo = new Map([[`${host}:${port}`, at]]);
    return createSipProbe({ connectTo, tlsCa: ca, clock: systemClock, timeoutMs: 5_000 }).options({
      host,
      port,
      transport,
    });
  }

  test.each(['udp', 'tcp', 'tls'] as const)('both answer OPTIONS over %s', async (transport) => {
    for (const { host, gateway } of gateways())
      expect(await probe(host, gateway, transport)).toMatchObject({ kind: 'answered', status: 200 });
  });

  test('a certificate for another name is not taken', async () => {
    expect(await probe('other.lab.example', lab.target, 'tls')).toMatchObject({ kind: 'certificate' });
  });

  test('the new one on standby refuses with 503 and Retry-After, until it is made active', async () => {
    await lab.target.setStandby(true);
    expect(await probe('new.lab.example', lab.target, 'tcp')).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    expect(await probe('sbc.lab.example', lab.legacy, 'udp')).toMatchObject({ status: 200 });
    await lab.target.setStandby(false);
    expect(await probe('new.lab.example', lab.target, 'tcp')).toMatchObject({ status: 200 });
  });

  test.each(['udp', 'tcp'] as const)(
    'phones that come too fast over %s are refused and come again',
    async (transport) => {
      const before = await lab.target.counts();
      const endpoints = Array.from({ length: 12 }, (_, i) => `${transport}-${i}`);
      const registered = await lab.register({
        gateway: lab.target.address,
        transport,
        endpoints,
        ratePerSecond: 60,
        limitMs: GENEROUS_MS,
      });
      const results = endpoints.map((name) => registered.get(name));
      expect(results).toEqual(endpoints.map(() => ({ registeredAt: expect.any(Number), refused: expect.any(Number) })));
      const refusals = results.reduce((sum, result) => sum + (result?.refused ?? 0), 0);
      // Twelve within a fifth of a second touch two seconds of the clock at most, so ten are taken at most.
      expect(refusals).toBeGreaterThanOrEqual(2);
      expect(await lab.target.counts()).toEqual({
        accepted: before.accepted + 12,
        refused: before.refused + refusals,
        endpoints: before.endpoints + 12,
      });
    },
  );

  test('slow phones are all taken at once, and can take their registration back', async () => {
    await lab.target.setRegistrationLimit(null);
    const wanted = {
      gateway: lab.target.address,
      transport: 'udp',
      endpoints: ['slow-1', 'slow-2'],
      ratePerSecond: 4,
      limitMs: GENEROUS_MS,
    } as const;
    const before = await lab.target.counts();
    const registered = await lab.register(wanted);
    expect([...registered.values()].map(({ refused }) => refused)).toEqual([0, 0]);
    expect((await lab.target.counts()).endpoints).toBe(before.endpoints + 2);
    await lab.register({ ...wanted, expires: 0 });
    expect((await lab.target.counts()).endpoints).toBe(before.endpoints);
  });

  test('a phone that is refused to the end counts as not registered', async () => {
    await lab.target.setRegistrationLimit(0);
    const registered = await lab.register({
      gateway: lab.target.address,
      transport: 'udp',
      endpoints: ['nobody'],
      ratePerSecond: 1,
      limitMs: 3_000,
    });
    expect(registered.get('nobody')).toEqual({ registeredAt: null, refused: expect.any(Number) });
    expect(registered.get('nobody')?.refused).toBeGreaterThanOrEqual(1);
  });
});

describe('the relay for a clock that runs fast', () => {
  const FLAGS = 0x8580;
  const ttls = (bytes: Buffer) => {
    const { answers = [], additionals = [] } = decode(bytes);
    return [...answers, ...additionals].map((record) => ('ttl' in record ? record.ttl : null));
  };
  const message = encode({
    type: 'response',
    id: 7,
    flags: FLAGS,
    questions: [{ name: NAME, type: 'A', class: 'IN' }],
    answers: [
      { name: NAME, type: 'A', ttl: 300, data: '127.0.0.1' },
      { name: NAME, type: 'A', ttl: 20, data: '127.0.0.2' },
      { name: NAME, type: 'A', ttl: 0, data: '127.0.0.3' },
    ],
    additionals: [{ name: '.', type: 'OPT', udpPayloadSize: 1232, flags: 0x8000, options: [] } as never],
  });

  test('divides TTLs towards caches, and leaves none at 0 that was not', () => {
    expect(ttls(turned(message, 1 / 100)).slice(0, 3)).toEqual([3, 1, 0]);
  });

  test('changes nothing else, least of all where EDNS keeps its flags', () => {
    expect(turned(turned(message, 100), 1 / 100)).toEqual(message);
  });

  test('multiplies them towards who asks a cache', async () => {
    const lab = await startDnsLab({ zone: ZONE, records: [{ ...srv('old'), ttl: LONG_TTL }], timeScale: 100 });
    try {
      expect((await lookAt(lab.nameServers.get('ns1') ?? lab.powerDns.address, NAME, 'SRV', false)).ttl).toBe(LONG_TTL);
      const seen = new Set<number | null>();
      // Every TTL that the cache counts down is a hundred for the one who asks.
      await until(
        async () => seen.add((await lookAt(lab.resolvers.honest.address, NAME, 'SRV')).ttl).size > 1,
        GENEROUS_MS,
      );
      expect(seen.has(LONG_TTL)).toBe(true);
      expect([...seen].map((ttl) => (ttl ?? 1) % 100)).toEqual([...seen].map(() => 0));
    } finally {
      await lab.stop();
    }
  });
});

describe('a lab', () => {
  test('leaves nothing running once it is stopped, and may be stopped twice', async () => {
    const before = await leftRunning(process.pid);
    const [dns, sip] = await Promise.all([startDnsLab({ zone: ZONE, records: [] }), startSipLab()]);
    expect((await leftRunning(process.pid)).length).toBeGreaterThan(before.length);
    await Promise.all([dns.stop(), dns.stop(), sip.stop(), sip.stop()]);
    expect(await leftRunning(process.pid)).toEqual(before);
  });

  test('leaves nothing running when it cannot be started', async () => {
    const before = await leftRunning(process.pid);
    const outside = { name: 'www.elsewhere.example', type: 'A' as const, ttl: 1, values: ['127.0.0.1'] };
    await expect(startDnsLab({ zone: ZONE, records: [outside] })).rejects.toThrow(/PowerDNS answers 422/);
    expect(await leftRunning(process.pid)).toEqual(before);
  });

  test('ends with whoever holds it, also when that is killed', async () => {
    const holder = fork(join(__dirname, '..', 'lab', 'holder.ts'), { execArgv: ['--import', 'tsx'] });
    const pid = holder.pid ?? 0;
    expect(await new Promise((resolve) => holder.once('message', resolve))).toBe('up');
    expect((await leftRunning(pid)).map((path) => path.split('/').at(-1))).toContain('kamailio');
    holder.kill('SIGKILL');
    expect(await until(async () => (await leftRunning(pid)).length === 0, GENEROUS_MS)).toBe(true);
  });

  test('installs nothing and starts nothing of the system’s when its packages are fetched anew', async () => {
    const before = await ofTheSystem();
    const kept = process.env.XDG_CACHE_HOME;
    const elsewhere = await mkdtemp(join(tmpdir(), 'cutover-lab-cache-'));
    process.env.XDG_CACHE_HOME = elsewhere;
    try {
      const packages = await unpackedPackages(['bind9', 'unbound']);
      expect(packages.program('named')).toMatch(new RegExp(`^${elsewhere}/`));
    } finally {
      if (kept === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = kept;
      await rm(elsewhere, { recursive: true, force: true });
    }
    expect(await ofTheSystem()).toEqual(before);
  });
});

/** The package database, and the servers that run from the system's own folders. */
async function ofTheSystem(): Promise<unknown> {
  const { mtimeMs, size } = await stat('/var/lib/dpkg/status');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const programs = await Promise.all(pids.map((pid) => readlink(join('/proc', pid, 'exe')).catch(() => '')));
  return { mtimeMs, size, running: programs.filter((path) => /^\/usr\/s?bin\/(?:named|unbound)/.test(path)).sort() };
}

/** An UPDATE (RFC 2136) without a signature; the answer's code. */
function unsignedUpdate({ address, port }: ServerAddress, zone: string): Promise<string> {
  const UPDATE = 5 << 11;
  const request = encode({
    type: 'query',
    id: 7,
    flags: UPDATE,
    questions: [{ name: zone, type: 'SOA', class: 'IN' }],
  });
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.once('message', (bytes) => {
      socket.close();
      resolve((decode(bytes) as { rcode?: string }).rcode ?? 'none');
    });
    socket.send(request, port, address);
  });
}
