import { randomInt } from 'node:crypto';
import { type Answer, decode } from 'dns-packet';
import type { RecordType } from '../../core/site';
import type { DnsProvider, DnsZone, RecordSet } from '../../ports/dns-provider';
import { Fault } from '../../ports/fault';
import { lastLook } from '../http/last-look';
import { exchangeTcp } from '../probes/dns-exchange';
import type { ServerAddress } from '../probes/server-address';
import { assertOurs, guardedWrite } from './guarded-write';
import { canonicalHost, canonicalValues } from './record-values';
import { signMessage, type TsigKey, verifyReply } from './tsig';
import { CLASS_ANY, CLASS_IN, dataBytes, nameBytes, recordBytes, TYPE_CODES, textOf, uint16 } from './wire-record';

export interface Rfc2136Options {
  /** The zone's primary. */
  readonly server: ServerAddress;
  readonly key: TsigKey;
  /** Epoch ms of the real world, never of a bent clock: signatures are good for five minutes. */
  readonly realNow: () => number;
  /** Limit of one exchange, real milliseconds. */
  readonly timeoutMs: number;
}

const SYSTEM = 'The primary name server';
const OPCODE_UPDATE = 5 << 11;
const AUTHORITATIVE = 0x0400;
const TYPE_NS = 2;
const [NOERROR, SERVFAIL, NXDOMAIN, YXDOMAIN, YXRRSET, NXRRSET, NOTAUTH] = [0, 2, 3, 6, 7, 8, 9];
/** The prerequisites did not hold (RFC 2136 section 3.2): what was read is no longer there. */
const NOT_AS_READ: readonly number[] = [NXDOMAIN, YXDOMAIN, YXRRSET, NXRRSET];

/** A set as it was read, with the texts of its records in the server's own letters. */
interface ReadSet {
  readonly set: RecordSet;
  readonly texts: readonly string[];
}

interface Reply {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly Answer[];
}

/**
 * Dynamic updates (RFC 2136) signed with TSIG (RFC 8945), proven with BIND 9.18. One message says what must be there, takes
 * the set away and adds the new one: the server does all of it or nothing. Its prerequisites compare values, not TTLs; a
 * TTL that somebody else changes between the read and the update is not seen. Over TCP, reads too: nothing arrives twice.
 */
export function createRfc2136(options: Rfc2136Options): DnsProvider {
  const { key, server, realNow, timeoutMs } = options;

  /** Sends a signed message and believes only a signed answer to it. */
  async function exchange(message: Buffer, what: string): Promise<Reply> {
    const { bytes, mac } = signMessage(message, key, realNow());
    const id = message.readUInt16BE(0);
    const reply = await exchangeTcp(server, bytes, timeoutMs, (each) =>
      each.length >= 12 && each.readUInt16BE(0) === id && (each.readUInt16BE(2) & 0x8000) !== 0 ? each : null,
    );
    if (typeof reply === 'string') {
      const says = reply === 'refused' ? 'refused the connection for' : 'did not answer in time to';
      throw fault(`${SYSTEM} ${says} ${what}.`, true);
    }
    try {
      return believed(reply, mac, what);
    } catch (cause) {
      if (cause instanceof Fault) throw cause;
      throw fault(`${SYSTEM} answered ${what} in a form that is not known; look at its log.`, false);
    }
  }

  function believed(reply: Buffer, mac: Buffer, what: string): Reply {
    const verdict = verifyReply(reply, key, mac, realNow());
    const flags = verdict.message.readUInt16BE(2);
    const rcode = flags & 0xf;
    if (verdict.kind === 'good' && verdict.error === 0) {
      const answers = rcode === NOERROR ? (decode(verdict.message).answers ?? []) : [];
      return { rcode, authoritative: (flags & AUTHORITATIVE) !== 0, answers };
    }
    if (verdict.kind === 'wrong' || rcode === NOERROR)
      throw fault(`${SYSTEM} answered ${what} without a valid signature, so its answer is not believed.`, false);
    throw refusal(rcode, verdict.error, key.name, what);
  }

  async function ask(zone: DnsZone, name: string, type: number, what: string): Promise<readonly Answer[]> {
    const id = uint16(randomInt(0x10000));
    const counts = [1, 0, 0, 0].map(uint16);
    const question = Buffer.concat([nameBytes(name), uint16(type), uint16(CLASS_IN)]);
    const reply = await exchange(Buffer.concat([id, uint16(0), ...counts, question]), what);
    if (reply.rcode !== NOERROR && reply.rcode !== NXDOMAIN) throw refusal(reply.rcode, 0, key.name, what);
    if (!reply.authoritative)
      throw fault(`${SYSTEM} has no authority for the zone ${zone.zone}; look at RFC2136_SERVER.`, false);
    return reply.answers.filter((answer) => canonicalHost(answer.name) === canonicalHost(name));
  }

  async function readSet(zone: DnsZone, name: string, type: RecordType): Promise<ReadSet | null> {
    assertOurs(SYSTEM, zone, name, type);
    const answers = await ask(zone, name, TYPE_CODES[type], `the question for ${name} ${type}`);
    const ours = answers.filter((answer) => answer.type === type);
    const texts = ours.flatMap((answer) => textOf(answer) ?? []);
    if (texts.length === 0) return null;
    const ttl = Math.min(...ours.map((answer) => ('ttl' in answer ? (answer.ttl ?? 0) : 0)));
    return { set: { name: canonicalHost(name), type, ttl, values: canonicalValues(type, texts) }, texts };
  }

  /** Null when the live set was no longer the one that was read. */
  async function replace(zone: DnsZone, next: RecordSet, live: ReadSet): Promise<'done' | null> {
    const what = `the update of ${next.name} ${next.type}`;
    await lastLook();
    const { rcode } = await exchange(updateMessage(zone, next, live.texts), what);
    if (rcode === NOERROR) return 'done';
    if (NOT_AS_READ.includes(rcode)) return null;
    throw refusal(rcode, 0, key.name, what);
  }

  return {
    name: SYSTEM,
    capabilities: {
      compareAndSet: true,
      settles: false,
      leastTtlSeconds: 0,
      wholeRecordSet: true,
      types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
      stamps: 'none',
    },

    async read(zone, name, type) {
      return (await readSet(zone, name, type))?.set ?? null;
    },

    async write(zone, next, expected) {
      const live = await readSet(zone, next.name, next.type);
      let overtaken = false;
      const outcome = await guardedWrite(live?.set ?? null, next, expected, async () => {
        overtaken = live === null || (await replace(zone, next, live)) === null;
        return null;
      });
      if (!overtaken) return outcome;
      // Either somebody else was faster, or it was our own update whose answer was lost.
      const found = (await readSet(zone, next.name, next.type))?.set ?? null;
      return guardedWrite(found, next, expected, async () => {
        const message = `${SYSTEM} would not take ${next.name} ${next.type}: it was changed and changed back meanwhile. Nothing was written.`;
        throw fault(message, true);
      });
    },

    settled: async () => true,

    async authoritativeServers(zone) {
      const answers = await ask(zone, zone.zone, TYPE_NS, `the question for the name servers of ${zone.zone}`);
      const names = answers.flatMap((answer) => (answer.type === 'NS' ? [canonicalHost(answer.data)] : []));
      return [...new Set(names)].sort();
    },
  };
}

/** RFC 2136 sections 2.4.2 (the set exists with these values), 2.5.2 (delete the set) and 2.5.1 (add), in this order. */
function updateMessage(zone: DnsZone, next: RecordSet, live: readonly string[]): Buffer {
  const { name, type, ttl } = next;
  const required = live.map((text) => recordBytes(name, type, CLASS_IN, 0, dataBytes(type, text)));
  const values = canonicalValues(type, next.values);
  const added = values.map((value) => recordBytes(name, type, CLASS_IN, ttl, dataBytes(type, value)));
  const changes = [recordBytes(name, type, CLASS_ANY, 0), ...added];
  return Buffer.concat([
    uint16(randomInt(0x10000)),
    uint16(OPCODE_UPDATE),
    ...[1, required.length, changes.length, 0].map(uint16),
    nameBytes(zone.zone),
    uint16(TYPE_CODES.SOA),
    uint16(CLASS_IN),
    ...required,
    ...changes,
  ]);
}

const SIGNATURE_ERRORS: Readonly<Record<number, string>> = {
  16: 'the signature does not fit (BADSIG): look at RFC2136_KEY_SECRET and RFC2136_KEY_ALGORITHM',
  17: 'it does not know the key (BADKEY): look at RFC2136_KEY_NAME',
  18: 'its clock and ours are more than five minutes apart (BADTIME): set the clocks right',
  22: 'the signature is too short for it (BADTRUNC)',
};
const RCODES: Readonly<Record<number, string>> = {
  1: 'it could not read the message (FORMERR)',
  2: 'it failed itself (SERVFAIL)',
  4: 'it takes no updates (NOTIMP)',
  5: 'this key may not do that (REFUSED): look at its update policy',
  9: 'it is not the authority for this zone (NOTAUTH)',
  10: 'the name is not in this zone (NOTZONE)',
};

/** Nothing was done. Only a failure inside of the server may pass by itself. */
function refusal(rcode: number, error: number, keyName: string, what: string): Fault {
  const signature = rcode === NOTAUTH || error !== 0 ? SIGNATURE_ERRORS[error] : undefined;
  const why = signature ?? RCODES[rcode] ?? `it answered with code ${rcode}`;
  return fault(`${SYSTEM} refused ${what} with the key ${keyName}: ${why}.`, rcode === SERVFAIL);
}

function fault(message: string, transient: boolean): Fault {
  return new Fault(message, { system: SYSTEM, transient });
}
