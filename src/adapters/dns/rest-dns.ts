import { z } from 'zod';
import type { RecordType } from '../../core/site';
import type { Clock } from '../../ports/clock';
import type { DnsProvider, DnsZone, RecordSet } from '../../ports/dns-provider';
import { Fault } from '../../ports/fault';
import { createVendorClient } from '../http/vendor-client';
import { assertOurs, guardedWrite, unfitAnswer } from './guarded-write';
import { canonicalHost, canonicalValue } from './record-values';
import { stampText } from './write-stamp';

export interface RestDnsOptions {
  /** Everything before `/api/v1`. */
  readonly baseUrl: string;
  readonly token: string;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
}

const SYSTEM = 'The DNS service';

const u16 = z.number().int().min(0).max(65_535);
/** The body of the migration guide's call; `comment` is ours, `name` and `type` are checked when they are there. */
const recordShape = z.object({
  name: z.string().optional(),
  type: z.string().optional(),
  ttl: z.number().int().nonnegative(),
  priority: u16,
  weight: u16,
  port: u16,
  target: z.string().min(1),
});

/**
 * The migration guide's DNS API: `GET` and `PUT /api/v1/zones/{zone}/records/srv/{name}`, Bearer. It holds SRV only and
 * one record per name: a set of several values is refused before anything is sent.
 */
export function createRestDns(options: RestDnsOptions): DnsProvider {
  const client = createVendorClient({
    system: SYSTEM,
    baseUrl: options.baseUrl,
    headers: () => ({ authorization: `Bearer ${options.token}` }),
    clock: options.clock,
    timeoutMs: options.timeoutMs,
  });

  async function read(zone: DnsZone, name: string, type: RecordType): Promise<RecordSet | null> {
    const path = pathOf(zone, name, type);
    const reply = await client.request('GET', path, { expectStatuses: [404] });
    if (reply.status === 404) return null;
    const parsed = recordShape.safeParse(reply.body);
    if (!parsed.success) throw unfitAnswer(SYSTEM, `the record ${name}`, parsed.error);
    const record = parsed.data;
    const about = canonicalHost(record.name ?? name);
    if (about !== canonicalHost(name) || (record.type ?? 'SRV').toUpperCase() !== 'SRV') {
      throw unfitAnswer(SYSTEM, `the record ${name}`, new Error(`it is about ${about} ${record.type ?? 'SRV'}`));
    }
    const value = canonicalValue('SRV', `${record.priority} ${record.weight} ${record.port} ${record.target}`);
    return { name: canonicalHost(name), type: 'SRV', ttl: record.ttl, values: [value] };
  }

  return {
    name: SYSTEM,
    capabilities: {
      compareAndSet: false,
      settles: false,
      leastTtlSeconds: 0,
      wholeRecordSet: false,
      types: ['SRV'],
      stamps: 'record',
    },
    read,

    async write(zone, next, expected, stamp) {
      const path = pathOf(zone, next.name, next.type);
      const [priority, weight, port, target] = srvFields(next);
      const body = {
        name: canonicalHost(next.name),
        type: 'SRV',
        ttl: next.ttl,
        priority: Number(priority),
        weight: Number(weight),
        port: Number(port),
        target,
        comment: stampText(stamp),
      };
      const found = await read(zone, next.name, next.type);
      return guardedWrite(found, next, expected, async () => {
        await client.request('PUT', path, { body });
        return null;
      });
    },

    settled: async () => true,
    authoritativeServers: async () => null,
  };
}

function pathOf(zone: DnsZone, name: string, type: RecordType): string {
  assertOurs(SYSTEM, zone, name, type);
  if (type !== 'SRV') {
    throw refusal(`${SYSTEM} holds SRV records only, so ${name} ${type} cannot be changed through it.`);
  }
  return `/api/v1/zones/${encodeURIComponent(canonicalHost(zone.zone))}/records/srv/${encodeURIComponent(canonicalHost(name))}`;
}

function srvFields(next: RecordSet): readonly string[] {
  const [value, ...more] = next.values;
  if (value === undefined || more.length > 0) {
    throw refusal(
      `${SYSTEM} holds one record per name, but ${next.name} ${next.type} is to have ${next.values.length}: ` +
        'give the site another DNS provider, or one value.',
    );
  }
  return canonicalValue('SRV', value).split(' ');
}

function refusal(message: string): Fault {
  return new Fault(message, { system: SYSTEM, transient: false });
}
