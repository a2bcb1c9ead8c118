/** What every DNS adapter keeps, whatever stands behind it: one suite, run against real servers and strict doubles. */
import { withLastLook } from '../../src/adapters/http/last-look';
import type { RecordType } from '../../src/core/site';
import {
  type DnsCapabilities,
  type DnsProvider,
  type DnsZone,
  RecordChanged,
  type RecordSet,
} from '../../src/ports/dns-provider';
import { Fault } from '../../src/ports/fault';
import type { Relay } from './relays';

export const ZONE = 'sitea.example.com';
const NAME = `_sip._tcp.${ZONE}`;
const STAMP = { site: 'site-a', wave: 'site-a-wave-1' };
const OLD = '10 0 5060 sbc.sitea.example.com';
const NEW = '10 0 5060 new.example.net';
const FALLBACK = '20 0 5060 sbc.sitea.example.com';
const THIRD = '30 5 5061 other.example.org';

/** A provider with its server, seen from both sides. */
export interface DnsBench {
  readonly provider: DnsProvider;
  readonly zone: DnsZone;
  /** Stands between the two. */
  readonly relay: Relay;
  /** Somebody else's hand: makes the set so, past the adapter. No values: takes it away. */
  put(set: RecordSet): Promise<void>;
  /** What is really there, seen past the adapter; values as in a site file, in any order. */
  held(name: string, type: RecordType): Promise<RecordSet | null>;
  /** Everything that the server keeps as stamp of that set, or of its latest change. */
  stamp(name: string, type: RecordType): Promise<string>;
  /** From now on the server has not brought its changes everywhere, or has. */
  spread(everywhere: boolean): void;
  readonly nameServers: readonly string[] | null;
  /** The same provider with a key that the server does not take. */
  readonly stranger: DnsProvider;
  /** What may stand in no message. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

function set(type: RecordType, name: string, ttl: number, ...values: readonly string[]): RecordSet {
  return { name, type, ttl, values };
}

const srv = (ttl: number, ...values: readonly string[]): RecordSet => set('SRV', NAME, ttl, ...values);

/** One change of each type: from, to. */
const CHANGES: readonly (readonly [RecordType, RecordSet, RecordSet])[] = [
  ['SRV', srv(3600, OLD), srv(300, NEW)],
  ['CNAME', set('CNAME', `sip.${ZONE}`, 3600, `sbc.${ZONE}`), set('CNAME', `sip.${ZONE}`, 300, 'new.example.net')],
  ['A', set('A', `sbc.${ZONE}`, 3600, '192.0.2.10'), set('A', `sbc.${ZONE}`, 300, '192.0.2.20')],
  ['AAAA', set('AAAA', `sbc.${ZONE}`, 3600, '2001:db8::10'), set('AAAA', `sbc.${ZONE}`, 300, '2001:db8::20')],
  [
    'NAPTR',
    set('NAPTR', ZONE, 3600, `10 10 "s" "sip+d2t" "" _sip._tcp.${ZONE}`),
    set('NAPTR', ZONE, 300, `10 10 "s" "sip+d2t" "" _sip._tcp.new.example.net`),
  ],
];

export function dnsContract(
  capabilities: DnsCapabilities,
  open: () => Promise<DnsBench>,
  reopen: (bench: DnsBench) => Promise<DnsBench> = async (bench) => {
    await bench.close();
    return open();
  },
): void {
  let bench: DnsBench;
  beforeAll(async () => {
    bench = await open();
  });
  beforeEach(async () => {
    bench = await reopen(bench);
  });
  afterAll(() => bench?.close());

  const can = (type: RecordType): boolean => capabilities.types.includes(type);
  const write = (next: RecordSet, expected: RecordSet) => bench.provider.write(bench.zone, next, expected, STAMP);
  const isFault = async (call: Promise<unknown>): Promise<Fault> => {
    const thrown = await thrownBy(call);
    if (!(thrown instanceof Fault)) throw thrown;
    for (const secret of bench.secrets) expect(`${thrown.message} ${String(thrown.cause)}`).not.toContain(secret);
    return thrown;
  };
  const holds = async (wanted: RecordSet) =>
    expect(sorted(await bench.held(wanted.name, wanted.type))).toEqual(sorted(wanted));

  test('states what it can promise', () => {
    expect(bench.provider.capabilities).toEqual(capabilities);
  });

  test('reads a set in the form of a site file, and knows of none where there is none', async () => {
    await bench.put(srv(3600, OLD));
    expect(await bench.provider.read(bench.zone, NAME, 'SRV')).toEqual(srv(3600, OLD));
    expect(await bench.provider.read(bench.zone, `_sip._udp.${ZONE}`, 'SRV')).toBeNull();
  });

  test.each(CHANGES)('replaces %s, or says that it holds none', async (type, before, after) => {
    if (!can(type)) {
      expect((await isFault(write(after, before))).transient).toBe(false);
      expect(bench.relay.requests()).toBe(0);
      return;
    }
    await bench.put(before);
    expect((await write(after, before)).kind).toBe('written');
    await holds(after);
    expect(await bench.provider.read(bench.zone, after.name, type)).toEqual(after);
  });

  test('writes a whole set of several targets and takes it back, or refuses it before anything is sent', async () => {
    const [before, after] = [srv(300, OLD), srv(300, FALLBACK, NEW, THIRD)];
    if (!capabilities.wholeRecordSet) {
      expect((await isFault(write(after, before))).transient).toBe(false);
      expect(bench.relay.requests()).toBe(0);
      return;
    }
    await bench.put(before);
    expect((await write(after, before)).kind).toBe('written');
    await holds(after);
    expect((await bench.provider.read(bench.zone, NAME, 'SRV'))?.values).toEqual([NEW, FALLBACK, THIRD].sort());
    expect((await write(before, after)).kind).toBe('written');
    await holds(before);
  });

  test('changes the TTL alone', async () => {
    await bench.put(srv(3600, OLD));
    expect((await write(srv(300, OLD), srv(3600, OLD))).kind).toBe('written');
    await holds(srv(300, OLD));
  });

  test('writes nothing a second time, whatever the order, case and dots', async () => {
    await bench.put(srv(3600, OLD));
    await write(srv(300, NEW), srv(3600, OLD));
    const before = bench.relay.writes();
    const again = await write(srv(300, ` ${NEW.toUpperCase()}.`), srv(3600, OLD));
    expect(again).toEqual({ kind: 'already-so', change: null });
    expect(bench.relay.writes()).toBe(before);
  });

  test('asks before a write, and before no read, whether it may still be made', async () => {
    await bench.put(srv(3600, OLD));
    const takenOver = new Error('another worker has the wave');
    const look = () => Promise.reject(takenOver);
    expect(await withLastLook(look, () => bench.provider.read(bench.zone, NAME, 'SRV'))).toEqual(srv(3600, OLD));
    expect(await thrownBy(withLastLook(look, () => write(srv(300, NEW), srv(3600, OLD))))).toBe(takenOver);
    await holds(srv(3600, OLD));
  });

  test.each([
    ['another value', srv(3600, THIRD)],
    ['another TTL', srv(3601, OLD)],
    ['no set', srv(3600)],
  ])('does not write over %s', async (_what, live) => {
    await bench.put(live);
    const thrown = await thrownBy(write(srv(300, NEW), srv(3600, OLD)));
    if (!(thrown instanceof RecordChanged)) throw thrown;
    expect(thrown.expected).toEqual(srv(3600, OLD));
    expect(thrown.found).toEqual(live.values.length === 0 ? null : live);
    expect(bench.relay.writes()).toBe(0);
    await holds(live);
  });

  if (capabilities.compareAndSet) {
    test('does not write over what was changed between its read and its write', async () => {
      await bench.put(srv(3600, OLD));
      bench.relay.beforeNextWrite(() => bench.put(srv(3600, THIRD)));
      const thrown = await thrownBy(write(srv(300, NEW), srv(3600, OLD)));
      if (!(thrown instanceof RecordChanged)) throw thrown;
      expect(thrown.found).toEqual(srv(3600, THIRD));
      await holds(srv(3600, THIRD));
    });

    test('lets exactly one of two writers win, and tells the other', async () => {
      await bench.put(srv(3600, OLD));
      const wanted = [srv(300, NEW, FALLBACK), srv(300, THIRD)];
      const ends = await Promise.allSettled(wanted.map((next) => write(next, srv(3600, OLD))));
      const winners = wanted.filter((_next, i) => ends[i]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      const lost = ends.find((end) => end.status === 'rejected');
      if (!(lost?.reason instanceof RecordChanged)) throw lost?.reason;
      if (winners[0]) await holds(winners[0]);
    });

    test('says that it is so already when somebody else wrote the same meanwhile', async () => {
      await bench.put(srv(3600, OLD));
      bench.relay.beforeNextWrite(() => bench.put(srv(300, NEW)));
      expect((await write(srv(300, NEW), srv(3600, OLD))).kind).toBe('already-so');
      await holds(srv(300, NEW));
    });
  }

  test.each([
    ['NS', set('NS' as RecordType, ZONE, 300, 'ns.example.net')],
    ['SOA', set('SOA' as RecordType, ZONE, 300, 'ns.example.net h.example.net 1 1 1 1 1')],
    ['a name of another zone', set('SRV', '_sip._tcp.siteb.example.com', 300, NEW)],
    ['a name that only ends alike', set('SRV', '_sip._tcp.evilsitea.example.com', 300, NEW)],
    ['a CNAME at the apex', set('CNAME', ZONE, 300, 'new.example.net')],
  ])('touches no %s', async (_what, next) => {
    expect((await isFault(write(next, next))).transient).toBe(false);
    expect((await isFault(bench.provider.read(bench.zone, next.name, next.type))).transient).toBe(false);
    expect(bench.relay.requests()).toBe(0);
  });

  test('stamps what it writes with owner, site and wave where there is a place for it', async () => {
    await bench.put(srv(3600, OLD));
    await write(srv(300, NEW), srv(3600, OLD));
    const stamp = await bench.stamp(NAME, 'SRV');
    for (const word of ['cutover', STAMP.site, STAMP.wave])
      expect(stamp.includes(word)).toBe(capabilities.stamps !== 'none');
  });

  test('tells when a change is everywhere, or says yes at once where it cannot tell', async () => {
    await bench.put(srv(3600, OLD));
    bench.spread(false);
    const { change } = await write(srv(300, NEW), srv(3600, OLD));
    expect(change !== null).toBe(capabilities.settles);
    expect(await bench.provider.settled(change ?? 'any')).toBe(!capabilities.settles);
    bench.spread(true);
    expect(await bench.provider.settled(change ?? 'any')).toBe(true);
  });

  test('gives a reference again for a set whose own was lost, where it has any, and changes nothing by that', async () => {
    expect(bench.provider.touch !== undefined).toBe(capabilities.settles);
    if (!bench.provider.touch) return;
    await bench.put(srv(3600, OLD));
    await write(srv(300, NEW), srv(3600, OLD));
    bench.spread(false);
    const change = await bench.provider.touch(bench.zone, srv(300, NEW), STAMP);
    expect(await bench.provider.settled(change ?? 'none')).toBe(false);
    bench.spread(true);
    expect(await bench.provider.settled(change ?? 'none')).toBe(true);
    await holds(srv(300, NEW));
    const before = bench.relay.writes();
    expect(await bench.provider.touch(bench.zone, srv(300, OLD), STAMP)).toBeNull();
    expect(bench.relay.writes()).toBe(before);
    await holds(srv(300, NEW));
  });

  test('names the zone’s name servers, or says that it cannot', async () => {
    expect(await bench.provider.authoritativeServers(bench.zone)).toEqual(bench.nameServers);
  });

  test('after a lost answer a repeat finds the work done', async () => {
    await bench.put(srv(3600, OLD));
    bench.relay.loseNextAnswer();
    const first = await write(srv(300, NEW), srv(3600, OLD)).catch((error: unknown) => error);
    if (first instanceof Fault) expect(first.transient).toBe(true);
    else expect(first).toMatchObject({ kind: expect.stringMatching(/^(written|already-so)$/) });
    await holds(srv(300, NEW));
    expect((await write(srv(300, NEW), srv(3600, OLD))).kind).toBe('already-so');
    await holds(srv(300, NEW));
  });

  if (can('A') && can('AAAA')) {
    test('leaves the other records at the name, and those beside it, untouched', async () => {
      const [, oldA, newA] = CHANGES[2] ?? [];
      const [, aaaa] = CHANGES[3] ?? [];
      const beside = set('A', `x.sbc.${ZONE}`, 3600, '192.0.2.30');
      if (!oldA || !newA || !aaaa) throw new Error('no such change');
      for (const one of [oldA, aaaa, beside, srv(3600, OLD)]) await bench.put(one);
      expect((await write(newA, oldA)).kind).toBe('written');
      for (const one of [newA, aaaa, beside, srv(3600, OLD)]) await holds(one);
    });
  }

  if (capabilities.leastTtlSeconds > 0) {
    test('takes its least TTL and is refused one second less', async () => {
      const least = capabilities.leastTtlSeconds;
      await bench.put(srv(3600, OLD));
      expect((await write(srv(least, OLD), srv(3600, OLD))).kind).toBe('written');
      expect((await isFault(write(srv(least - 1, OLD), srv(least, OLD)))).transient).toBe(false);
      await holds(srv(least, OLD));
    });
  }

  test('a key that is not taken holds the wave and is repeated nowhere', async () => {
    await bench.put(srv(3600, OLD));
    const read = await isFault(bench.stranger.read(bench.zone, NAME, 'SRV'));
    expect(read.transient).toBe(false);
    const wrote = await isFault(bench.stranger.write(bench.zone, srv(300, NEW), srv(3600, OLD), STAMP));
    expect(wrote.transient).toBe(false);
    await holds(srv(3600, OLD));
  });

  test('a server that is gone is a fault that may pass', async () => {
    await bench.relay.close();
    expect((await isFault(bench.provider.read(bench.zone, NAME, 'SRV'))).transient).toBe(true);
  });
}

async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => {
      throw new Error(`it gave ${JSON.stringify(value)} instead of throwing`);
    },
    (error: unknown) => error,
  );
}

function sorted(found: RecordSet | null): RecordSet | null {
  return found && found.values.length > 0 ? { ...found, values: [...found.values].sort() } : null;
}
