import type { ChangeResourceRecordSetsCommandInput, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { z } from 'zod';
import type { RecordType } from '../../core/site';
import type { Clock } from '../../ports/clock';
import type { DnsProvider, DnsZone, RecordSet, WriteStamp } from '../../ports/dns-provider';
import { Fault } from '../../ports/fault';
import { assertOurs, guardedWrite, unfitAnswer } from './guarded-write';
import { canonicalHost, canonicalValues, dottedHost, sameSet, zoneFileValue } from './record-values';
import { isRefusedBatch, openRoute53, type Route53Access, SYSTEM } from './route53-client';
import { stampText } from './write-stamp';

export interface Route53Options extends Route53Access {
  readonly clock: Clock;
}

const setShape = z.object({
  Name: z.string(),
  Type: z.string(),
  TTL: z.number().int().nonnegative().optional(),
  SetIdentifier: z.string().optional(),
  AliasTarget: z.unknown().optional(),
  ResourceRecords: z.array(z.object({ Value: z.string() })).optional(),
});
const listShape = z.object({ ResourceRecordSets: z.array(setShape) });
const zonesShape = z.object({
  HostedZones: z.array(
    z.object({
      Id: z.string(),
      Name: z.string(),
      Config: z.object({ PrivateZone: z.boolean().optional() }).optional(),
    }),
  ),
});
const changeShape = z.object({ ChangeInfo: z.object({ Id: z.string(), Status: z.string() }) });
const zoneShape = z.object({ DelegationSet: z.object({ NameServers: z.array(z.string()) }) });
type Live = z.infer<typeof setShape> & { readonly TTL: number };

/** Of a batch's comment, in characters. */
const COMMENT_LIMIT = 256;

/**
 * Amazon Route 53 by the vendor's own client. A write is one batch of DELETE with exactly what was read and CREATE with
 * what is wanted: the service carries out both in a single operation, and neither when the first does not match any more.
 * So it is a compare-and-set over values and TTL. The stamp is the batch's comment: it stays in the list of changes (and
 * in the trail of calls), not beside the record. Sets with a routing policy and alias sets are left alone.
 */
export function createRoute53(options: Route53Options): DnsProvider {
  const client = openRoute53(options, options.clock);

  async function zoneIdOf(zone: DnsZone): Promise<string> {
    if (zone.zoneId !== undefined) return zone.zoneId;
    const name = dottedHost(zone.zone);
    const answer = await client.zonesByName(name);
    const { HostedZones } = checked(zonesShape, answer, `the zone ${zone.zone}`);
    const found = HostedZones.filter((each) => dottedHost(each.Name) === name && each.Config?.PrivateZone !== true);
    if (found.length === 1 && found[0]) return found[0].Id.replace('/hostedzone/', '');
    const how = found.length === 0 ? 'no public zone' : 'several zones';
    throw fault(`${SYSTEM} shows ${how} ${zone.zone} to this key: give its id as dns.zoneId in the site file.`);
  }

  async function liveSet(zoneId: string, name: string, type: RecordType): Promise<Live | null> {
    const answer = await client.recordSetsFrom(zoneId, dottedHost(name), type);
    const { ResourceRecordSets } = checked(listShape, answer, `the records from ${name} ${type} on`);
    const ours = ResourceRecordSets.filter(
      (each) => each.Type === type && plainName(each.Name) === canonicalHost(name),
    );
    const [found, ...more] = ours;
    if (!found) return null;
    if (more.length > 0 || found.SetIdentifier !== undefined)
      throw fault(
        `${name} ${type} has a routing policy at ${SYSTEM}, which would be lost: replace it by a plain set first.`,
      );
    if (found.AliasTarget !== undefined || found.TTL === undefined || found.ResourceRecords === undefined)
      throw fault(
        `${name} ${type} is an alias inside of ${SYSTEM}, which has no values of its own: replace it by a plain set first.`,
      );
    return { ...found, TTL: found.TTL };
  }

  /** The batch's reference; null when the service has refused it whole. */
  async function replaced(zoneId: string, live: Live | null, next: RecordSet, stamp: WriteStamp) {
    try {
      const answer = await client.change(replacement(zoneId, live, next, stampText(stamp, COMMENT_LIMIT)));
      const { Id } = checked(changeShape, answer, `the change of ${next.name} ${next.type}`).ChangeInfo;
      return { change: Id.replace('/change/', ''), refused: null };
    } catch (cause) {
      if (!isRefusedBatch(cause)) throw cause;
      return { change: null, refused: cause };
    }
  }

  return {
    name: SYSTEM,
    capabilities: {
      compareAndSet: true,
      settles: true,
      leastTtlSeconds: 0,
      wholeRecordSet: true,
      types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
      stamps: 'change',
    },

    async read(zone, name, type) {
      assertOurs(SYSTEM, zone, name, type);
      return setOf(await liveSet(await zoneIdOf(zone), name, type), name, type);
    },

    async write(zone, next, expected, stamp) {
      assertOurs(SYSTEM, zone, next.name, next.type);
      const zoneId = await zoneIdOf(zone);
      const { name, type } = next;
      const live = await liveSet(zoneId, name, type);
      let overtaken: Fault | null = null;
      const outcome = await guardedWrite(setOf(live, name, type), next, expected, async () => {
        const { change, refused } = await replaced(zoneId, live, next, stamp);
        overtaken = refused;
        return change;
      });
      if (overtaken === null) return outcome;
      // The batch was refused whole: because somebody else was faster, or for a reason of its own, which is then told.
      const refused: Fault = overtaken;
      return guardedWrite(setOf(await liveSet(zoneId, name, type), name, type), next, expected, async () => {
        throw refused;
      });
    },

    async touch(zone, set, stamp) {
      assertOurs(SYSTEM, zone, set.name, set.type);
      const zoneId = await zoneIdOf(zone);
      const live = await liveSet(zoneId, set.name, set.type);
      const found = setOf(live, set.name, set.type);
      return found && sameSet(found, set) ? (await replaced(zoneId, live, set, stamp)).change : null;
    },

    async settled(change) {
      return checked(changeShape, await client.changeOf(change), `the change ${change}`).ChangeInfo.Status === 'INSYNC';
    },

    async authoritativeServers(zone) {
      const { DelegationSet } = checked(zoneShape, await client.zone(await zoneIdOf(zone)), `the zone ${zone.zone}`);
      return DelegationSet.NameServers.map(canonicalHost).sort();
    },
  };
}

function setOf(live: Live | null, name: string, type: RecordType): RecordSet | null {
  if (live === null) return null;
  const values = (live.ResourceRecords ?? []).map((record) => record.Value);
  return { name: canonicalHost(name), type, ttl: live.TTL, values: canonicalValues(type, values) };
}

/** To be deleted, every field must be as the service holds it, letter by letter: it goes back as it came. */
function replacement(
  HostedZoneId: string,
  live: Live | null,
  next: RecordSet,
  Comment: string,
): ChangeResourceRecordSetsCommandInput {
  const values = canonicalValues(next.type, next.values);
  const created: ResourceRecordSet = {
    Name: dottedHost(next.name),
    Type: next.type,
    TTL: next.ttl,
    ResourceRecords: values.map((value) => ({ Value: zoneFileValue(next.type, value) })),
  };
  const deleted: ResourceRecordSet | null = live && {
    Name: live.Name,
    Type: next.type,
    TTL: live.TTL,
    ResourceRecords: live.ResourceRecords,
  };
  return {
    HostedZoneId,
    ChangeBatch: {
      Comment,
      Changes: [
        ...(deleted ? [{ Action: 'DELETE' as const, ResourceRecordSet: deleted }] : []),
        { Action: 'CREATE' as const, ResourceRecordSet: created },
      ],
    },
  };
}

/** Letters that are unusual in names come back as a backslash and three octal digits. */
function plainName(name: string): string {
  return canonicalHost(
    name.replace(/\\(\d{3})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
  );
}

function checked<Shape extends z.ZodType>(shape: Shape, answer: unknown, what: string): z.output<Shape> {
  const parsed = shape.safeParse(answer);
  if (!parsed.success) throw unfitAnswer(SYSTEM, what, parsed.error);
  return parsed.data;
}

function fault(message: string): Fault {
  return new Fault(message, { system: SYSTEM, transient: false });
}
