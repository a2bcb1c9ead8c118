import type { RecordFacts, ServerAnswer, TargetAddresses } from '../src/core/record-facts';
import { namesBeside } from '../src/core/record-facts';
import { lintRecords, type RecordFinding } from '../src/core/record-lint';
import type { SiteRecord } from '../src/core/site';

const ZONE = 't.example.com';
const NAME = `_sip._tcp.${ZONE}`;
const LEGACY = '10 0 5060 sbc.t.example.com';
const TARGET = ['10 0 5060 new.example.net', '20 0 5060 sbc.t.example.com'];
const LIMITS = { ttlSeconds: 300, ttlLeadMs: 72 * 3_600_000 };

function record(more: Partial<SiteRecord> = {}): SiteRecord {
  return { name: NAME, type: 'SRV', ttl: 3600, legacy: [LEGACY], target: TARGET, ...more };
}

function target(host: string, more: Partial<TargetAddresses> = {}): TargetAddresses {
  return { host, alias: null, ipv4: ['192.0.2.1'], ipv6: ['2001:db8::1'], known: true, ...more };
}

function answers(of: SiteRecord, servers = ['ns1', 'ns2'], values = of.legacy, ttl = 3600): readonly ServerAnswer[] {
  return servers.map((server) => ({
    server,
    name: of.name,
    type: of.type,
    answer: { rcode: 'NOERROR', authoritative: true, values, ttl },
  }));
}

/** A site in order: one SRV name whose twins are moved with it. */
function facts(records: readonly SiteRecord[] = ALL, more: Partial<RecordFacts> = {}): RecordFacts {
  return {
    dns: { provider: 'powerdns', zone: ZONE, nameServers: ['ns1', 'ns2'], records },
    sipDomain: null,
    provider: {
      name: 'PowerDNS',
      leastTtlSeconds: 0,
      wholeRecordSet: true,
      types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
      nameServers: [`ns1.${ZONE}`, `ns2.${ZONE}`],
    },
    held: records.map(({ name, type, legacy }) => ({ name, type, state: { name, type, ttl: 3600, values: legacy } })),
    beside: [{ name: ZONE, type: 'NAPTR', values: [] }],
    answers: records.flatMap((each) => answers(each)),
    serials: { ns1: 7, ns2: 7 },
    targets: [target('new.example.net'), target('sbc.t.example.com')],
    ...more,
  };
}

const UDP = record({ name: `_sip._udp.${ZONE}` });
const SIPS = record({ name: `_sips._tcp.${ZONE}` });
const ALL: readonly SiteRecord[] = [record(), UDP, SIPS];

const lint = (of: RecordFacts, limits: Partial<typeof LIMITS> = {}) => lintRecords(of, { ...LIMITS, ...limits });
const short = (found: readonly RecordFinding[]) => found.map(({ rule, severity, record: of }) => [rule, severity, of]);

describe('the lint of records', () => {
  it('finds nothing in a site that is in order', () => {
    expect(lint(facts())).toEqual([]);
  });

  it('puts what refuses first, with a sentence and a way out', () => {
    const found = lint(facts(undefined, { targets: [target('new.example.net', { ipv6: [] })] }), { ttlSeconds: 60 });
    const order = found.map(({ severity }) => ['refuse', 'warn', 'info'].indexOf(severity));
    expect(order).toEqual([...order].sort());
    expect(new Set(found.map(({ severity }) => severity)).size).toBe(3);
    for (const { sentence, mend, severity } of found) {
      expect(sentence).toMatch(/^\S.*[^.]$/);
      expect(mend !== '').toBe(severity !== 'info');
    }
  });

  describe('of the records themselves', () => {
    it.each([
      ['NS', record({ type: 'NS' as SiteRecord['type'], name: ZONE }), 'zone-record'],
      ['SOA', record({ type: 'SOA' as SiteRecord['type'], name: ZONE }), 'zone-record'],
      ['another zone', record({ name: '_sip._tcp.u.example.com' }), 'outside-zone'],
      ['a zone that ends alike', record({ name: '_sip._tcp.xt.example.com' }), 'outside-zone'],
      [
        'a CNAME at the apex',
        record({ name: ZONE, type: 'CNAME', legacy: ['a.example'], target: ['b.example'] }),
        'zone-record',
      ],
    ])('refuses %s', (_what, bad, rule) => {
      expect(short(lint(facts([...ALL, bad])))).toContainEqual([rule, 'refuse', `${bad.name} ${bad.type}`]);
    });

    it('refuses a record that the provider does not hold', () => {
      const held = [{ name: NAME, type: 'SRV' as const, state: null }, ...facts([UDP, SIPS]).held];
      const gone = answers(record(), ['ns1', 'ns2'], []).map((each) => ({
        ...each,
        answer: { rcode: 'NXDOMAIN', authoritative: true, values: [], ttl: null },
      }));
      const found = lint(facts(ALL, { held, answers: [...gone, ...answers(UDP), ...answers(SIPS)] }));
      expect(short(found)).toEqual([['missing', 'refuse', `${NAME} SRV`]]);
    });

    it('refuses what the provider cannot hold: a type, and more than one value', () => {
      const provider = { ...facts().provider, types: ['SRV'] as const, wholeRecordSet: false };
      const alias = record({
        name: `sip.${ZONE}`,
        type: 'CNAME',
        legacy: ['sbc.t.example.com'],
        target: ['new.example.net'],
      });
      const single = record({ target: ['10 0 5060 new.example.net'] });
      const found = short(lint(facts([single, { ...UDP, target: TARGET }, SIPS, alias], { provider })));
      expect(found.filter(([rule]) => rule === 'unsupported')).toEqual([
        ['unsupported', 'refuse', `_sip._udp.${ZONE} SRV`],
        ['unsupported', 'refuse', `_sips._tcp.${ZONE} SRV`],
        ['unsupported', 'refuse', `sip.${ZONE} CNAME`],
      ]);
    });
  });

  describe('of TTLs', () => {
    const rules = (found: readonly RecordFinding[], of = NAME) =>
      found.filter((each) => each.record === `${of} SRV`).map(({ rule, severity }) => [rule, severity]);

    it.each([
      [60, [['ttl-bounds', 'refuse']]],
      [61, [['ttl-bounds', 'warn']]],
      [299, [['ttl-bounds', 'warn']]],
      [300, []],
    ])('in the migration: %i s', (ttlSeconds, wanted) => {
      expect(rules(lint(facts(), { ttlSeconds }))).toEqual(wanted);
    });

    it.each([
      [60, [['ttl-bounds', 'refuse']]],
      [61, [['ttl-bounds', 'warn']]],
      [300, []],
    ])('of ordinary days: %i s', (ttl, wanted) => {
      expect(rules(lint(facts([record({ ttl }), UDP, SIPS])))).toEqual(wanted);
    });

    const lived = (ttl: number) => {
      const held = facts().held.map(({ name, type, state }) => ({ name, type, state: state && { ...state, ttl } }));
      return facts(ALL, { held, answers: ALL.flatMap((each) => answers(each, ['ns1', 'ns2'], each.legacy, ttl)) });
    };
    it.each([
      [60, [['ttl-bounds', 'warn']]],
      [61, []],
      [72 * 3600, []],
      [72 * 3600 + 1, [['ttl-lead', 'warn']]],
    ])('as they are today: %i s', (ttl, wanted) => {
      expect(rules(lint(lived(ttl)))).toEqual(wanted);
    });

    it.each([
      [300, []],
      [301, [['least-ttl', 'refuse']]],
    ])('below the provider’s least: %i s', (leastTtlSeconds, wanted) => {
      expect(rules(lint(facts(ALL, { provider: { ...facts().provider, leastTtlSeconds } })))).toEqual(wanted);
    });
  });

  describe('of targets', () => {
    const of = (more: Partial<TargetAddresses>, host = 'new.example.net') =>
      short(
        lint(
          facts([record(), UDP, SIPS], {
            targets: [target('new.example.net'), target('sbc.t.example.com')].map((each) =>
              each.host === host ? { ...each, ...more } : each,
            ),
          }),
        ),
      ).filter(([, , name]) => name === `${NAME} SRV`);

    it.each([
      ['an alias', { alias: 'x.example.net' }, [['alias-target', 'refuse']]],
      ['no address', { ipv4: [], ipv6: [] }, [['no-address', 'refuse']]],
      ['IPv4 alone', { ipv6: [] }, [['no-ipv6', 'info']]],
      ['IPv6 alone', { ipv4: [] }, []],
      ['nobody who knows', { known: false }, [['not-known', 'warn']]],
    ])('with %s', (_what, more, wanted) => {
      expect(of(more)).toEqual(wanted.map((each) => [...each, `${NAME} SRV`]));
    });

    it('that are only left behind are told, not refused', () => {
      const leaving = [record({ target: ['10 0 5060 new.example.net'] }), UDP, SIPS];
      const targets = [target('new.example.net'), target('sbc.t.example.com', { alias: 'x.example.net' })];
      const found = short(lint(facts(leaving, { targets }))).filter(([, , name]) => name === `${NAME} SRV`);
      expect(found).toContainEqual(['alias-target', 'warn', `${NAME} SRV`]);
    });

    it('may be aliases where the record is one itself', () => {
      const alias = record({
        name: `sip.${ZONE}`,
        type: 'CNAME',
        legacy: ['sbc.t.example.com'],
        target: ['new.example.net'],
      });
      const targets = [target('new.example.net', { alias: 'x.example.net' }), target('sbc.t.example.com')];
      expect(lint(facts([alias], { targets }))).toEqual([]);
    });
  });

  describe('of twins', () => {
    const beside = (values: readonly string[] | null) => [
      { name: `_sip._udp.${ZONE}`, type: 'SRV' as const, values },
      { name: ZONE, type: 'NAPTR' as const, values: [] },
    ];
    const twin = (values: readonly string[] | null) =>
      short(lint(facts([record(), SIPS], { beside: beside(values) }))).filter(
        ([, , name]) => name === `_sip._udp.${ZONE} SRV`,
      );

    it('warns of one that is missing beside a moved _sip._tcp', () => {
      expect(twin([])).toEqual([['twin-missing', 'warn', `_sip._udp.${ZONE} SRV`]]);
    });

    it('refuses one that is published and not in the site file', () => {
      expect(twin([LEGACY])).toEqual([['twin-left-behind', 'refuse', `_sip._udp.${ZONE} SRV`]]);
    });

    it('accepts one that leads to the new gateway already', () => {
      expect(twin(['10 0 5060 new.example.net'])).toEqual([]);
    });

    it('warns when nobody knows', () => {
      expect(twin(null)).toEqual([['not-known', 'warn', `_sip._udp.${ZONE} SRV`]]);
    });

    it('refuses one in the site file that stays as it is, and accepts one that is there already', () => {
      const still = { ...UDP, target: UDP.legacy };
      expect(short(lint(facts([record(), still, SIPS])))).toEqual([
        ['twin-left-behind', 'refuse', `_sip._udp.${ZONE} SRV`],
      ]);
      const there = { ...UDP, legacy: UDP.target };
      expect(lint(facts([record(), there, SIPS]))).toEqual([]);
    });

    it('asks for none when nothing is moved', () => {
      const still = record({ target: [LEGACY] });
      expect(lint(facts([still], { beside: [] }))).toEqual([]);
    });

    it('are asked about beside every SIP name, but for those that the site declares', () => {
      expect(namesBeside([record()], null)).toEqual([
        { name: `_sip._udp.${ZONE}`, type: 'SRV' },
        { name: `_sips._tcp.${ZONE}`, type: 'SRV' },
        { name: ZONE, type: 'NAPTR' },
      ]);
      expect(namesBeside(ALL, 'sip.example.org').map(({ name }) => name)).toEqual([
        '_sip._tcp.sip.example.org',
        '_sip._udp.sip.example.org',
        '_sips._tcp.sip.example.org',
        'sip.example.org',
        ZONE,
      ]);
    });
  });

  describe('of NAPTR', () => {
    const naptr = (values: readonly string[] | null) =>
      short(lint(facts(ALL, { beside: [{ name: ZONE, type: 'NAPTR', values }] })));

    it.each([
      ['leads to a record that is moved', [`10 10 "S" "SIP+D2T" "" ${NAME}.`], []],
      ['leads past it', ['10 10 "s" "sip+d2t" "" _sip._tcp.other.example'], [['naptr-elsewhere', 'refuse']]],
      [
        'is one of two that does',
        [`10 10 "s" "sip+d2t" "" ${NAME}`, '20 10 "s" "sips+d2t" "" _sips._tcp.other.example'],
        [['naptr-elsewhere', 'refuse']],
      ],
      ['is about something else', ['10 10 "u" "e2u+sip" "!^.*$!sip:x@y!" .'], []],
      ['is not known', null, [['not-known', 'warn']]],
    ])('that %s', (_what, values, wanted) => {
      expect(naptr(values)).toEqual(wanted.map((each) => [...each, `${ZONE} NAPTR`]));
    });

    it('judges the target of one that the site declares', () => {
      const own = record({
        name: ZONE,
        type: 'NAPTR',
        legacy: ['10 10 "s" "sip+d2t" "" _sip._tcp.old.example'],
        target: [`10 10 "s" "sip+d2t" "" ${NAME}`],
      });
      expect(lint(facts([...ALL, own], { beside: [] }))).toEqual([]);
    });
  });

  describe('of name servers', () => {
    const served = (second: ServerAnswer['answer'], more: Partial<RecordFacts> = {}) => {
      const [first] = answers(record());
      if (!first) throw new Error('no answer');
      const ours = [first, { ...first, server: 'ns2', answer: second }];
      return short(lint(facts(ALL, { answers: [...ours, ...answers(UDP), ...answers(SIPS)], ...more })));
    };
    const good = { rcode: 'NOERROR', authoritative: true, values: [LEGACY], ttl: 3600 };

    it.each([
      ['is silent', null, [['silent-server', 'refuse']]],
      ['has no authority', { ...good, authoritative: false }, [['lame-server', 'refuse']]],
      ['refuses', { rcode: 'REFUSED', authoritative: false, values: [], ttl: null }, [['lame-server', 'refuse']]],
      ['shows another value', { ...good, values: ['10 0 5060 other.example'] }, [['servers-disagree', 'refuse']]],
      ['shows another TTL', { ...good, ttl: 3599 }, [['servers-disagree', 'refuse']]],
      [
        'shows no record',
        { rcode: 'NXDOMAIN', authoritative: true, values: [], ttl: null },
        [['servers-disagree', 'refuse']],
      ],
      ['shows the same in capitals', { ...good, values: [`${LEGACY.toUpperCase()}.`] }, []],
    ])('one that %s', (_what, answer, wanted) => {
      expect(served(answer)).toEqual(wanted.map((each) => [...each, `${NAME} SRV`]));
    });

    it('with different serials are told', () => {
      expect(served(good, { serials: { ns1: 7, ns2: 6 } })).toEqual([['serials-disagree', 'warn', `${ZONE} SOA`]]);
      expect(served(good, { serials: { ns1: 7, ns2: null } })).toEqual([]);
    });

    it('that the zone has and the site file has not are told', () => {
      const provider = (nameServers: readonly string[] | null) => ({ ...facts().provider, nameServers });
      expect(served(good, { provider: provider(['a', 'b', 'c']) })).toEqual([
        ['unlisted-server', 'warn', `${ZONE} NS`],
      ]);
      expect(served(good, { provider: provider(null) })).toEqual([]);
    });
  });
});
