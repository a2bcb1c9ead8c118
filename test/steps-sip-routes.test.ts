/** A site that names its SIP domain: where its endpoints come to is looked at behind their own resolvers. */
import type { Evidence } from '../src/core/evidence';
import type { RecordType, Site } from '../src/core/site';
import { followSipDomain } from '../src/engine/sip-route';
import { Fault } from '../src/ports/fault';
import type { SipOutcome } from '../src/ports/sip-probe';
import { createMemoryWorld, type MemoryWorld, SRV, setOf, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

const DOMAIN = 't.example.com';
const LEGACY = 'sbc.t.example.com';
const TARGET = 'new.example.net';

function worldOf(more: Partial<Site> = {}): MemoryWorld {
  const memory = createMemoryWorld(steppedSite({ sipDomain: DOMAIN, ...more }));
  memory.hosts.set(LEGACY, '192.0.2.1');
  memory.hosts.set(TARGET, '198.51.100.1');
  return memory;
}

function put(memory: MemoryWorld, name: string, type: RecordType, ...values: readonly string[]): void {
  memory.records.set(`${name} ${type}`, setOf(name, type, 300, values));
}

async function reached(kind: Parameters<typeof reach>[2], memory: MemoryWorld) {
  const visits = visitsIn(memory);
  await reach(visits, memory, kind);
  return visits;
}

const aboutRoutes = (evidence: readonly Evidence[] = []) =>
  evidence.filter(({ asked }) => asked.startsWith('where endpoints of '));

describe('check-readiness', () => {
  it('shows where endpoints behind every enterprise resolver go first, and by which record', async () => {
    const memory = worldOf();
    const { last } = await (await reached('check-readiness', memory)).run('check-readiness');
    expect(last.kind).toBe('passed');
    expect(aboutRoutes('evidence' in last ? last.evidence : [])).toEqual([
      {
        at: memory.now,
        asked: 'where endpoints of t.example.com go, by dc',
        answered: `first legacy ${LEGACY}:5060/tcp (192.0.2.1); by ${SRV} SRV 10 0 5060 ${LEGACY}; as both gateways answer now, legacy takes them`,
        good: true,
      },
    ]);
  });

  it.each([
    ['legacy takes them', { legacy: 403, target: 200 }],
    ['new takes them', { legacy: 503, target: 405 }],
    ['new takes them', { legacy: null, target: 200 }],
    ['neither takes them', { legacy: 503, target: null }],
  ])('tells that %s, with answers %j', async (taker, statuses) => {
    const memory = worldOf();
    const visits = await reached('check-readiness', memory);
    put(memory, SRV, 'SRV', `10 0 5060 ${LEGACY}`, `20 0 5060 ${TARGET}`);
    memory.sip = (host): SipOutcome => {
      const status = host === LEGACY ? statuses.legacy : statuses.target;
      return status === null
        ? { kind: 'silent', detail: 'no answer', elapsedMs: 1 }
        : { kind: 'answered', status, reason: '', retryAfterSeconds: null, elapsedMs: 1 };
    };
    const { last } = await visits.run('check-readiness');
    const [line] = aboutRoutes('evidence' in last ? last.evidence : []);
    expect(line?.answered).toMatch(new RegExp(`; as both gateways answer now, ${taker}$`));
  });

  it('holds when another transport leads elsewhere', async () => {
    const memory = worldOf();
    const visits = await reached('check-readiness', memory);
    put(memory, '_sip._udp.t.example.com', 'SRV', '1 1 5062 old-pbx.t.example.com');
    put(memory, 'old-pbx.t.example.com', 'A', '192.0.2.99');
    const { last } = await visits.run('check-readiness');
    expect(last).toMatchObject({ kind: 'held', cause: 'not-ready' });
    expect(aboutRoutes('evidence' in last ? last.evidence : [])).toMatchObject([
      { good: false, answered: expect.stringContaining('neither gateway old-pbx.t.example.com:5062/udp (192.0.2.99)') },
    ]);
  });

  it.each([
    ['that there is nothing', 'NXDOMAIN', 'nowhere: no record leads anywhere'],
    ['that it failed', 'SERVFAIL', 'cannot be told: t.example.com NAPTR gives SERVFAIL'],
  ])('holds when a resolver says %s', async (_what, rcode, answered) => {
    const memory = worldOf();
    const visits = await reached('check-readiness', memory);
    memory.answers.set('dc', { rcode, values: [] });
    const { last } = await visits.run('check-readiness');
    expect(last).toMatchObject({ kind: 'held', summary: expect.stringContaining(answered) });
  });

  it('leaves silence to be tried again: it is no finding', async () => {
    const memory = worldOf();
    const visits = await reached('check-readiness', memory);
    memory.answers.set('dc', 'silent');
    await visits.visit('check-readiness');
    await expect(visits.visit('check-readiness')).rejects.toThrow(Fault);
  });

  it('asks nothing for a site that names no domain', async () => {
    const { sipDomain: _unnamed, ...nameless } = worldOf().site;
    const { last } = await (await reached('check-readiness', createMemoryWorld(nameless))).run('check-readiness');
    expect(aboutRoutes('evidence' in last ? last.evidence : [])).toEqual([]);
  });
});

describe('drain-legacy', () => {
  it('is ready when endpoints come to the new gateway first, then to legacy', async () => {
    const ready = await (await reached('drain-legacy', worldOf())).ready('drain-legacy');
    expect(ready.kind).toBe('passed');
    expect(aboutRoutes('evidence' in ready ? ready.evidence : [])).toMatchObject([
      {
        good: true,
        answered: expect.stringMatching(
          /^first new new\.example\.net:5060\/tcp \(198\.51\.100\.1\); then legacy sbc\.t\.example\.com:5060\/tcp/,
        ),
      },
    ]);
  });

  it('waits while a NAPTR record leads endpoints past the records that were switched', async () => {
    const memory = worldOf();
    const visits = await reached('drain-legacy', memory);
    put(memory, DOMAIN, 'NAPTR', `10 10 "s" "sip+d2u" "" _sip._udp.${DOMAIN}`);
    put(memory, `_sip._udp.${DOMAIN}`, 'SRV', `10 0 5060 ${LEGACY}`);
    expect(await visits.ready('drain-legacy')).toMatchObject({
      kind: 'waiting',
      summary: 'Endpoints behind dc would not go to the new gateway first; legacy stays on until they do.',
    });
  });

  it('waits while legacy has the same priority as the new gateway: weights are chance', async () => {
    const memory = worldOf();
    const visits = await reached('drain-legacy', memory);
    put(memory, `_sip._udp.${DOMAIN}`, 'SRV', `10 99 5060 ${TARGET}`, `10 1 5060 ${LEGACY}`);
    expect((await visits.ready('drain-legacy')).kind).toBe('waiting');
    put(memory, `_sip._udp.${DOMAIN}`, 'SRV', `10 99 5060 ${TARGET}`, `11 1 5060 ${LEGACY}`);
    memory.caches.clear();
    expect((await visits.ready('drain-legacy')).kind).toBe('passed');
  });

  it('knows a gateway by its address where the records give it another name', async () => {
    const memory = worldOf();
    const visits = await reached('drain-legacy', memory);
    put(memory, `_sip._udp.${DOMAIN}`, 'SRV', '10 0 5060 voice.t.example.com');
    put(memory, 'voice.t.example.com', 'A', '198.51.100.1');
    expect((await visits.ready('drain-legacy')).kind).toBe('passed');
    memory.hosts.set(TARGET, '192.0.2.1');
    memory.caches.clear();
    expect((await visits.ready('drain-legacy')).kind).toBe('waiting');
  });
});

describe('following a domain', () => {
  const search = (to: Parameters<typeof followSipDomain>[1]['to'], supported: readonly ('udp' | 'tcp' | 'tls')[]) => ({
    server: 'dc',
    to,
    supported,
    random: () => 0,
  });
  const short = async (memory: MemoryWorld, ...[to, supported]: Parameters<typeof search>) => {
    const route = await followSipDomain(memory.world.resolver, search(to, supported));
    if (route.kind !== 'found') return route.why;
    return route.candidates.map((one) => `${one.first ? '! ' : ''}${one.address}:${one.port}/${one.transport}`);
  };

  it('goes by NAPTR, then by its SRV sets one after the other; only the very first counts as first', async () => {
    const memory = worldOf();
    put(memory, DOMAIN, 'NAPTR', `10 20 "s" "sip+d2t" "" _sip._tcp.${DOMAIN}`, `10 10 "s" "sips+d2t" "" tls.${DOMAIN}`);
    put(memory, `tls.${DOMAIN}`, 'SRV', `10 0 5061 ${TARGET}`, `20 0 5061 ${LEGACY}`);
    expect(await short(memory, { host: DOMAIN }, ['udp', 'tcp', 'tls'])).toEqual([
      '! 198.51.100.1:5061/tls',
      '192.0.2.1:5061/tls',
      '192.0.2.1:5060/tcp',
    ]);
  });

  it('asks a set for each transport without NAPTR, and each may be what an endpoint begins with', async () => {
    const memory = worldOf();
    put(memory, `_sips._tcp.${DOMAIN}`, 'SRV', `10 0 5061 ${TARGET}`, `10 0 5061 ${LEGACY}`);
    expect(await short(memory, { host: DOMAIN }, ['tls', 'tcp'])).toEqual([
      '! 198.51.100.1:5061/tls',
      '! 192.0.2.1:5061/tls',
      '! 192.0.2.1:5060/tcp',
    ]);
  });

  it.each([
    [['udp', 'tcp'], '! 203.0.113.5:5060/udp'],
    [['tls'], '! 203.0.113.5:5061/tls'],
  ] as const)('comes to the domain’s own address without SRV, with %j', async (supported, place) => {
    const memory = createMemoryWorld();
    put(memory, 'plain.example', 'A', '203.0.113.5');
    expect(await short(memory, { host: 'plain.example' }, supported)).toEqual([place]);
  });

  it('does not go past a lone dot to the domain’s own address', async () => {
    const memory = createMemoryWorld();
    put(memory, 'plain.example', 'A', '203.0.113.5');
    put(memory, '_sip._udp.plain.example', 'SRV', '0 0 0 .');
    expect(await short(memory, { host: 'plain.example' }, ['udp'])).toEqual([]);
  });

  it('asks addresses alone for a host with a port, both kinds, and nothing for an address', async () => {
    const memory = createMemoryWorld();
    put(memory, 'gw.example', 'A', '203.0.113.5', '203.0.113.6');
    put(memory, 'gw.example', 'AAAA', '2001:db8::5');
    expect(await short(memory, { host: 'gw.example', port: 5070 }, ['tcp'])).toEqual([
      '! 203.0.113.5:5070/tcp',
      '! 203.0.113.6:5070/tcp',
      '! 2001:db8::5:5070/tcp',
    ]);
    memory.answers.set('dc', 'silent');
    expect(await short(memory, { host: '203.0.113.9' }, ['udp'])).toEqual(['! 203.0.113.9:5060/udp']);
  });

  it('passes over a target without an address: the next priority comes first', async () => {
    const memory = worldOf();
    put(memory, `_sip._udp.${DOMAIN}`, 'SRV', '1 0 5060 gone.example', `2 0 5060 ${LEGACY}`);
    expect(await short(memory, { host: DOMAIN, transport: 'udp' }, ['udp'])).toEqual(['! 192.0.2.1:5060/udp']);
  });

  it('asks the same question once', async () => {
    const memory = worldOf();
    put(memory, `_sip._udp.${DOMAIN}`, 'SRV', ...Array.from({ length: 9 }, (_, i) => `${i} 0 ${5060 + i} ${LEGACY}`));
    const asked: string[] = [];
    const resolver = {
      ...memory.world.resolver,
      ask: (...question: Parameters<typeof memory.world.resolver.ask>) => {
        asked.push(`${question[1]} ${question[2]}`);
        return memory.world.resolver.ask(...question);
      },
    };
    await followSipDomain(resolver, search({ host: DOMAIN }, ['udp']));
    expect(asked).toEqual([`${DOMAIN} NAPTR`, `_sip._udp.${DOMAIN} SRV`, `${LEGACY} A`, `${LEGACY} AAAA`]);
  });

  it('is bounded, whatever a zone holds', async () => {
    const memory = createMemoryWorld();
    const many = Array.from({ length: 300 }, (_, i) => `1 0 ${1000 + i} ${LEGACY}`);
    put(memory, '_sip._udp.plain.example', 'SRV', ...many);
    expect(await short(memory, { host: 'plain.example' }, ['udp'])).toHaveLength(20);
  });

  it('is unknown by a refusal, and thrown by silence', async () => {
    const memory = worldOf();
    memory.answers.set('dc', { rcode: 'REFUSED', values: [] });
    expect(await short(memory, { host: DOMAIN }, ['udp'])).toBe('t.example.com NAPTR gives REFUSED');
    memory.answers.set('dc', 'silent');
    await expect(short(memory, { host: DOMAIN }, ['udp'])).rejects.toThrow(Fault);
  });
});
