/** SIP as real servers answer it: Kamailio over UDP, TCP and TLS, RFC 3263 over real DNS, from here and through a real probe. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/clock/system-clock';
import { createResolver } from '../../src/adapters/probes/dns-client';
import { createRemoteProbe } from '../../src/adapters/probes/remote-probe';
import { createSipProbe } from '../../src/adapters/probes/sip-options';
import { createVantageResolver, createVantageSip } from '../../src/adapters/probes/vantage-points';
import { type SipCandidate, servedBy } from '../../src/core/sip-route';
import type { Gateway, SipTransport } from '../../src/core/site';
import { followSipDomain } from '../../src/engine/sip-route';
import type { Resolver } from '../../src/ports/resolver';
import type { SipOutcome, SipProbe } from '../../src/ports/sip-probe';
import { type DnsLab, type SipLab, startDnsLab, startSipLab, until } from '../lab/lab';
import { type ProbeProcess, startProbe } from '../support/probe-process';

const DOMAIN = 'sitea.example.com';
const SECRET = 'a-secret-of-the-lab-that-nobody-guesses';
const RETRY_SECONDS = 7;
const TTL = 2;
const GENEROUS_MS = 30_000;
const PLACES = ['here', 'springfield'] as const;
type Place = (typeof PLACES)[number];

let sips: SipLab;
let dns: DnsLab;
let probe: ProbeProcess;
let folder: string;
let sip: SipProbe;
/** `near` is asked from here, `far` is the same server, asked through the probe. */
let resolver: Resolver;

const record = (name: string, type: 'SRV' | 'A' | 'NAPTR', ...values: string[]) => ({ name, type, ttl: TTL, values });
const srv = (prefix: string, ...values: string[]) => record(`${prefix}.${DOMAIN}`, 'SRV', ...values);
const targetPort = () => sips.target.address.port;
const legacyPort = () => sips.legacy.address.port;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-sip-lab-'));
  sips = await startSipLab({
    targetHosts: ['localhost'],
    legacyHosts: [`sbc.${DOMAIN}`],
    retryAfterSeconds: RETRY_SECONDS,
  });
  dns = await startDnsLab({
    zone: DOMAIN,
    records: [
      record(`sbc.${DOMAIN}`, 'A', '127.0.0.1'),
      record(`new.${DOMAIN}`, 'A', '127.0.0.1'),
      srv('_sip._tcp', `10 0 ${legacyPort()} sbc.${DOMAIN}`),
      srv('_sip._udp', `10 0 ${legacyPort()} sbc.${DOMAIN}`),
    ],
  });
  const honest = dns.resolvers.honest.address;
  const authority = join(folder, 'authority.pem');
  writeFileSync(authority, sips.ca);
  probe = await startProbe({
    PROBE_NAME: 'springfield',
    PROBE_SECRET: SECRET,
    PROBE_LISTEN: '127.0.0.1:0',
    PROBE_RESOLVERS: `far=${honest.address}:${honest.port}`,
    PROBE_GATEWAYS: [
      ...['udp', 'tcp'].flatMap((way) => [`localhost:${targetPort()}/${way}`, `127.0.0.1:${legacyPort()}/${way}`]),
      `localhost:${sips.target.tls.port}/tls`,
      `localhost:${sips.legacy.tls.port}/tls`,
    ].join(','),
    PROBE_SIP_TLS_CA: authority,
  });
  const baseUrl = `http://127.0.0.1:${probe.port}`;
  const clock = systemClock;
  const there = createRemoteProbe({ name: 'springfield', baseUrl, secret: SECRET, clock, timeoutMs: 15_000 });
  const probes = new Map([['springfield', there]]);
  sip = createVantageSip(createSipProbe({ connectTo: new Map(), tlsCa: sips.ca, clock, timeoutMs: 3_000 }), probes);
  resolver = createVantageResolver({
    local: createResolver({ servers: new Map([['near', honest]]), clock, timeoutMs: 3_000, tries: 2 }),
    probes,
    distant: new Map([['far', { address: honest.address, via: 'springfield' }]]),
  });
}, 600_000);

afterAll(async () => {
  await probe?.stop();
  await Promise.all([sips?.stop(), dns?.stop()]);
  if (folder) await rm(folder, { recursive: true, force: true });
});

const ask = (gateway: Gateway, place: Place): Promise<SipOutcome> =>
  sip.options(gateway, place === 'here' ? undefined : place);
const portOf = (transport: SipTransport) => (transport === 'tls' ? sips.target.tls.port : targetPort());
const target = (transport: SipTransport): Gateway => ({ host: 'localhost', port: portOf(transport), transport });

describe.each(PLACES)('asked from %s, a gateway', (place) => {
  test.each(['udp', 'tcp', 'tls'] as const)('answers over %s', async (transport) => {
    expect(await ask(target(transport), place)).toMatchObject({
      kind: 'answered',
      status: 200,
      retryAfterSeconds: null,
    });
  });

  test.each(['udp', 'tcp', 'tls'] as const)('on standby refuses over %s, and says for how long', async (transport) => {
    await sips.target.setStandby(true);
    const outcome = await ask(target(transport), place);
    await sips.target.setStandby(false);
    expect(outcome).toMatchObject({ kind: 'answered', status: 503, retryAfterSeconds: RETRY_SECONDS });
  });

  test('with a certificate of another name is told apart', async () => {
    const outcome = await ask({ host: 'localhost', port: sips.legacy.tls.port, transport: 'tls' }, place);
    expect(outcome).toMatchObject({
      kind: 'certificate',
      wrong: 'name',
      detail: expect.stringContaining(`bears another name: sbc.${DOMAIN}`),
    });
  });
});

test('a certificate of an authority that is not known is told apart', async () => {
  const trusting = createSipProbe({ connectTo: new Map(), clock: systemClock, timeoutMs: 3_000 });
  expect(await trusting.options(target('tls'))).toMatchObject({ kind: 'certificate', wrong: 'issuer' });
});

test('what the probe may not ask stays unasked, however real it is', async () => {
  const gateway: Gateway = { host: '127.0.0.1', port: targetPort(), transport: 'udp' };
  await expect(ask(gateway, 'springfield')).rejects.toThrow('PROBE_GATEWAYS lists them');
  expect((await ask(gateway, 'here')).kind).toBe('answered');
});

describe.each(['near', 'far'])('the domain behind the resolver %s', (server) => {
  const follow = async (supported: readonly SipTransport[]): Promise<readonly SipCandidate[]> => {
    const route = await followSipDomain(resolver, { server, to: { host: DOMAIN }, supported, random: () => 0.5 });
    if (route.kind === 'unknown') throw new Error(route.why);
    return route.candidates;
  };
  const places = async (supported: readonly SipTransport[]) =>
    (await follow(supported)).map(
      ({ host, port, transport, first }) => `${first ? '! ' : ''}${host}:${port}/${transport}`,
    );
  const settles = async (supported: readonly SipTransport[], wanted: readonly string[]) => {
    const seen = await until(async () => (await places(supported)).join() === wanted.join(), GENEROUS_MS);
    expect([seen, await places(supported)]).toEqual([true, wanted]);
  };
  /** Asks candidate after candidate like an endpoint, and tells who took it. */
  const served = async (supported: readonly SipTransport[]) => {
    const candidates = await follow(supported);
    const statuses = new Map<SipCandidate, number | null>();
    for (const candidate of candidates) {
      const outcome = await sip.options({ ...candidate, host: candidate.address });
      statuses.set(candidate, outcome.kind === 'answered' ? outcome.status : null);
    }
    return servedBy(candidates, (candidate) => statuses.get(candidate) ?? null)?.host;
  };
  const set = async (...records: Parameters<DnsLab['setRecord']>[0][]) => {
    for (const one of records) await dns.setRecord(one);
    await dns.inStep();
  };

  afterEach(() =>
    set(
      record(DOMAIN, 'NAPTR'),
      record(DOMAIN, 'A'),
      srv('_sip._tcp', `10 0 ${legacyPort()} sbc.${DOMAIN}`),
      srv('_sip._udp', `10 0 ${legacyPort()} sbc.${DOMAIN}`),
    ),
  );

  test('leads to legacy before the cutover, by each transport', async () => {
    const wanted = [`! sbc.${DOMAIN}:${legacyPort()}/udp`, `! sbc.${DOMAIN}:${legacyPort()}/tcp`];
    await settles(['udp', 'tcp'], wanted);
    expect(await served(['udp', 'tcp'])).toBe(`sbc.${DOMAIN}`);
  });

  test('shows the transport that was left behind', async () => {
    await set(srv('_sip._tcp', `10 0 ${targetPort()} new.${DOMAIN}`, `20 0 ${legacyPort()} sbc.${DOMAIN}`));
    await settles(
      ['tcp', 'udp'],
      [
        `! new.${DOMAIN}:${targetPort()}/tcp`,
        `sbc.${DOMAIN}:${legacyPort()}/tcp`,
        `! sbc.${DOMAIN}:${legacyPort()}/udp`,
      ],
    );
  });

  test('sends endpoints on to legacy while the new gateway answers 503, and to the new one once it does not', async () => {
    await set(srv('_sip._tcp', `10 0 ${targetPort()} new.${DOMAIN}`, `20 0 ${legacyPort()} sbc.${DOMAIN}`));
    await settles(['tcp'], [`! new.${DOMAIN}:${targetPort()}/tcp`, `sbc.${DOMAIN}:${legacyPort()}/tcp`]);
    await sips.target.setStandby(true);
    const standingBy = await served(['tcp']);
    await sips.target.setStandby(false);
    expect([standingBy, await served(['tcp'])]).toEqual([`sbc.${DOMAIN}`, `new.${DOMAIN}`]);
  });

  test('follows NAPTR before anything else', async () => {
    await set(
      record(
        DOMAIN,
        'NAPTR',
        `10 10 "S" "SIP+D2U" "" _sip._udp.${DOMAIN}`,
        `10 5 "S" "SIP+D2T" "" _sip._tcp.${DOMAIN}`,
      ),
      srv('_sip._tcp', `10 0 ${targetPort()} new.${DOMAIN}`),
    );
    await settles(['udp', 'tcp'], [`! new.${DOMAIN}:${targetPort()}/tcp`, `sbc.${DOMAIN}:${legacyPort()}/udp`]);
  });

  test('comes to the domain’s own address when there is no SRV record', async () => {
    await set(srv('_sip._udp'), record(DOMAIN, 'A', '127.0.0.1'));
    await settles(['udp'], [`! ${DOMAIN}:5060/udp`]);
  });
});
