import { lintRecords } from '../src/core/record-lint';
import type { Site } from '../src/core/site';
import { observeRecords } from '../src/engine/observe-records';
import { Fault } from '../src/ports/fault';
import type { DnsAnswer, QuestionType } from '../src/ports/resolver';
import type { World } from '../src/ports/world';
import { createMemoryWorld, SRV, steppedSite } from './support/memory-world';

const OLD = '10 0 5060 sbc.t.example.com';
const LIMITS = { ttlSeconds: 300, ttlLeadMs: 72 * 3_600_000 };

type Said = Partial<DnsAnswer> | 'silent';

/** Servers that say what they are told to: by `server name TYPE`, else by `name TYPE`, else no such name. */
function given(says: Readonly<Record<string, Said>>, more: Partial<Site> = {}) {
  const site = steppedSite(more);
  const memory = createMemoryWorld(site);
  const asked: string[] = [];
  const world: Pick<World, 'dns' | 'resolver'> = {
    dns: memory.world.dns,
    resolver: {
      knows: (server) => server !== 'unknown',
      ask: async (server, name, type, { recursion = true } = {}) => {
        asked.push(`${server} ${name} ${type}${recursion ? '' : ' norecurse'}`);
        const said = says[`${server} ${name} ${type}`] ?? says[`${name} ${type}`] ?? { rcode: 'NXDOMAIN' };
        if (said === 'silent') throw new Fault(`${server} is silent`, { system: server, transient: true });
        return answer(server, name, type, { authoritative: !recursion, ...said });
      },
    },
  };
  return { site, world, asked, memory };
}

function answer(server: string, name: string, type: QuestionType, said: Partial<DnsAnswer>): DnsAnswer {
  return {
    server,
    question: `${name} ${type}`,
    at: 0,
    rcode: 'NOERROR',
    authoritative: false,
    authenticData: false,
    truncatedOverUdp: false,
    values: [],
    ttl: (said.values?.length ?? 0) > 0 ? 3600 : null,
    negativeTtl: null,
    extendedErrors: [],
    elapsedMs: 1,
    ...said,
  };
}

const SOUND: Readonly<Record<string, Said>> = {
  [`${SRV} SRV`]: { values: [OLD] },
  't.example.com SOA': { values: ['ns1 h 7 1 1 1 1'] },
  'new.example.net A': { values: ['192.0.2.1'] },
  'sbc.t.example.com A': { values: ['192.0.2.2'] },
};

describe('observing the records of a site', () => {
  it('gathers what the provider holds, what every name server shows and where the targets lead', async () => {
    const { site, world } = given(SOUND);
    const facts = await observeRecords(world, site);
    expect(facts.held).toEqual([
      { name: SRV, type: 'SRV', state: { name: SRV, type: 'SRV', ttl: 3600, values: [OLD] } },
    ]);
    expect(facts.answers.map(({ server, answer: found }) => [server, found?.values])).toEqual([
      ['ns1', [OLD]],
      ['ns2', [OLD]],
    ]);
    expect(facts.serials).toEqual({ ns1: 7, ns2: 7 });
    expect(facts.targets).toEqual([
      { host: 'new.example.net', alias: null, ipv4: ['192.0.2.1'], ipv6: [], known: true },
      { host: 'sbc.t.example.com', alias: null, ipv4: ['192.0.2.2'], ipv6: [], known: true },
    ]);
    expect(facts.beside.map(({ name, values }) => [name, values])).toEqual([
      ['_sip._udp.t.example.com', []],
      ['_sips._tcp.t.example.com', []],
      ['t.example.com', []],
    ]);
  });

  it('asks names of the zone of its name servers only, so that no cache learns that one is not there', async () => {
    const { site, world, asked } = given(SOUND);
    await observeRecords(world, site);
    const cached = asked.filter((each) => !each.endsWith(' norecurse'));
    expect(cached.filter((each) => each.includes('t.example.com'))).toEqual([]);
    expect(cached.length).toBeGreaterThan(0);
  });

  it('lets a resolver follow what an alias leads to, and what lies in a delegated part of the zone', async () => {
    const aliased = given({
      ...SOUND,
      'sbc.t.example.com CNAME': { values: ['far.example.org'] },
      'ns1 sbc.t.example.com A': { values: [] },
      'google sbc.t.example.com A': { values: ['192.0.2.9'] },
    });
    const [, alias] = (await observeRecords(aliased.world, aliased.site)).targets;
    expect(alias).toMatchObject({ alias: 'far.example.org', ipv4: ['192.0.2.9'] });
    const referral = { values: [], authoritative: false };
    const delegated = given({
      ...SOUND,
      'ns1 sbc.t.example.com A': referral,
      'ns2 sbc.t.example.com A': referral,
      'google sbc.t.example.com A': { values: ['192.0.2.8'] },
    });
    const [, part] = (await observeRecords(delegated.world, delegated.site)).targets;
    expect(part).toMatchObject({ ipv4: ['192.0.2.8'], known: true });
  });

  it('takes silence and SERVFAIL for not knowing, and asks the next one', async () => {
    const { site, world } = given({
      ...SOUND,
      [`ns1 ${SRV} SRV`]: 'silent',
      'ns1 _sip._udp.t.example.com SRV': { rcode: 'SERVFAIL' },
      'ns2 _sip._udp.t.example.com SRV': { values: [OLD] },
      't.example.com NAPTR': 'silent',
      'new.example.net A': { rcode: 'SERVFAIL' },
    });
    const facts = await observeRecords(world, site);
    expect(facts.answers[0]).toMatchObject({ server: 'ns1', answer: null });
    expect(facts.beside.map(({ values }) => values)).toEqual([[OLD], [], null]);
    expect(facts.targets[0]).toMatchObject({ host: 'new.example.net', known: false });
    const rules = lintRecords(facts, LIMITS).map(({ rule, severity }) => `${severity} ${rule}`);
    expect(rules).toEqual(
      expect.arrayContaining(['refuse silent-server', 'refuse twin-left-behind', 'warn not-known']),
    );
  });

  it('counts a name server that the settings do not know as one that is silent', async () => {
    const { site, world } = given(SOUND);
    const dns = { ...site.dns, nameServers: ['ns1', 'unknown'] };
    const facts = await observeRecords(world, { ...site, dns });
    expect(facts.answers[1]).toMatchObject({ server: 'unknown', answer: null });
  });

  it('asks the provider for nothing that it cannot hold, and does without its list of name servers', async () => {
    const { site, world, memory } = given(SOUND);
    const provider = memory.world.dns('rest');
    const poor = {
      ...provider,
      capabilities: { ...provider.capabilities, types: ['A' as const] },
      authoritativeServers: async () => {
        throw new Fault('no right', { system: 'DNS', transient: false, status: 403 });
      },
    };
    const facts = await observeRecords({ ...world, dns: () => poor }, site);
    expect([facts.held, facts.provider.nameServers]).toEqual([[], null]);
    const rules = lintRecords(facts, LIMITS).map(({ rule }) => rule);
    expect(rules).toContain('unsupported');
    for (const rule of ['missing', 'servers-disagree']) expect(rules).not.toContain(rule);
  });

  it('hands a provider that cannot be read on as the fault that it is', async () => {
    const { site, world, memory } = given(SOUND);
    const gone = async () => {
      throw new Fault('gone', { system: 'DNS', transient: true });
    };
    await expect(
      observeRecords({ ...world, dns: () => ({ ...memory.world.dns('rest'), read: gone }) }, site),
    ).rejects.toThrow('gone');
  });
});
