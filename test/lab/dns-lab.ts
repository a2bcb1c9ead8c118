/** The DNS half of the lab; see lab.ts for what it offers. */
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import { BIND_PACKAGES, type BindPrimary, type BindSecondary, startBindPrimary, startBindSecondary } from './bind';
import { unpackedPackages } from './debian-packages';
import { lookAt } from './dns-look';
import { freePort } from './free-ports';
import { POWER_DNS_PACKAGES, type PowerDns, startPowerDns } from './power-dns';
import {
  type CachingResolver,
  RESOLVER_PACKAGES,
  type ResolverNeeds,
  startFloor,
  startHonest,
  startPool,
  startStale,
} from './resolvers';
import { openServerRoom, type ServerProcess, type ServerRoom } from './server-room';
import { startTimeGear } from './time-gear';
import { until } from './until';
import { apexOf, type ZoneRecord } from './zone';

export interface DnsLabOptions {
  /** Served by PowerDNS (ns1) and by the BIND secondary (ns2). SOA and NS are made by the lab. */
  readonly zone: string;
  readonly records: readonly ZoneRecord[];
  /** More zones, the same way; the resolvers look here for them as well. */
  readonly otherZones?: readonly { readonly zone: string; readonly records: readonly ZoneRecord[] }[];
  /** Of the BIND primary, which takes signed updates. No resolver asks there. Default: `updates.example`, SOA and NS only. */
  readonly updates?: { readonly zone: string; readonly records: readonly ZoneRecord[] };
  /** The least TTL of the floor resolver. Default 60. */
  readonly floorSeconds?: number;
  /** The TTL under which the serve-stale resolver hands out what has expired. Default 30; BIND takes no less than 1. */
  readonly staleTtl?: number;
  /** Caches behind the pool's address. Default 2. */
  readonly poolCaches?: number;
  /**
   * So many seconds of a record's TTL pass for the resolvers in one real second: for a clock that runs that fast. Their floor
   * and stale TTL are real seconds all the same. Default 1.
   */
  readonly timeScale?: number;
}

export type ResolverKind = 'honest' | 'floor' | 'stale' | 'pool';

export interface DnsLab {
  readonly zone: string;
  readonly powerDns: PowerDns;
  readonly secondary: BindSecondary;
  readonly updates: BindPrimary;
  readonly resolvers: Readonly<Record<ResolverKind, CachingResolver>>;
  /** The zone's two name servers by the names `ns1` and `ns2`. */
  readonly nameServers: ReadonlyMap<string, ServerAddress>;
  /** Changes a record set on PowerDNS by its API; the secondary is notified. No values: deletes it. */
  setRecord(record: ZoneRecord): Promise<void>;
  /** Resolves once the secondary shows PowerDNS's serial. */
  inStep(): Promise<void>;
  readonly processes: () => readonly ServerProcess[];
  /** May be called twice. */
  stop(): Promise<void>;
}

const IN_STEP_MS = 20_000;

export async function startDnsLab(options: DnsLabOptions): Promise<DnsLab> {
  const packages = await unpackedPackages(DNS_PACKAGES);
  const room = await openServerRoom('dns');
  try {
    return await furnish(room, packages, options);
  } catch (cause) {
    await room.close();
    throw cause;
  }
}

const DNS_PACKAGES = [...new Set([...POWER_DNS_PACKAGES, ...BIND_PACKAGES, ...RESOLVER_PACKAGES])];

async function furnish(
  room: ServerRoom,
  packages: Awaited<ReturnType<typeof unpackedPackages>>,
  options: DnsLabOptions,
): Promise<DnsLab> {
  const { zone, records, otherZones = [], floorSeconds = 60, staleTtl = 30, poolCaches = 2, timeScale = 1 } = options;
  const zones = [{ zone, records }, ...otherZones];
  const second: ServerAddress = { address: '127.0.0.1', port: await freePort() };
  const taking = options.updates ?? { zone: 'updates.example', records: [] };
  const [powerDns, updates] = await Promise.all([
    startPowerDns(room, packages),
    startBindPrimary(room, packages, taking.zone, [...apexOf(taking.zone), ...taking.records]),
  ]);
  for (const one of zones) await powerDns.createZone(one.zone, [...apexOf(one.zone), ...one.records], [second]);
  const names = zones.map((one) => one.zone);
  const secondary = await startBindSecondary(room, packages, second, names, powerDns.address);
  const geared = async (to: ServerAddress, factor: number): Promise<ServerAddress> => {
    if (factor === 1) return to;
    const gear = await startTimeGear(to, factor);
    room.onClose(gear.close);
    return gear.address;
  };
  const authorities = await Promise.all([powerDns.address, second].map((to) => geared(to, 1 / timeScale)));
  const needs: ResolverNeeds = { room, packages, zones: names, authorities };
  const shown = async (resolver: Promise<CachingResolver>): Promise<CachingResolver> => {
    const made = await resolver;
    return { ...made, address: await geared(made.address, timeScale) };
  };
  const [honest, floor, stale, pool] = await Promise.all([
    shown(startHonest(needs)),
    shown(startFloor(needs, floorSeconds)),
    shown(startStale(needs, staleTtl)),
    shown(startPool(needs, poolCaches)),
  ]);
  return {
    zone,
    powerDns,
    secondary,
    updates,
    resolvers: { honest, floor, stale, pool },
    nameServers: new Map([
      ['ns1', powerDns.address],
      ['ns2', second],
    ]),
    setRecord: (record) => powerDns.setRecord(zoneOf(record, names), record),
    async inStep() {
      const reached = await until(async () => {
        const answers = await Promise.all([powerDns.address, second].map((at) => lookAt(at, zone, 'SOA', false)));
        return answers.every(({ values }) => values.length > 0 && values.join() === answers[0]?.values.join());
      }, IN_STEP_MS);
      if (!reached) throw new Error(`the secondary did not come up with its primary.\n${secondary.process.output()}`);
    },
    processes: room.servers,
    stop: room.close,
  };
}

function zoneOf({ name }: ZoneRecord, zones: readonly string[]): string {
  const found = zones.find((zone) => name === zone || name.endsWith(`.${zone}`));
  if (!found) throw new Error(`${name} lies in none of the lab's zones`);
  return found;
}
