/** DNS on the wire: one UDP and one TCP socket on the same loopback port (RFC 1035, RFC 7766, RFC 6891). */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import * as dns from 'dns-packet';
import { type Listening, listenOnOnePort } from '../listen';
import { bare, parseSrv, type RecordType, type RRset } from './zone';

export interface Question {
  readonly name: string;
  readonly type: string;
  readonly recursionDesired: boolean;
}

export interface Reply {
  readonly rcode: keyof typeof RCODES;
  readonly authoritative: boolean;
  readonly recursionAvailable: boolean;
  readonly answers: readonly RRset[];
  readonly authorities: readonly RRset[];
  /** RFC 8914 code, sent only to those who asked with EDNS. */
  readonly extendedError: number | null;
}

const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const PLAIN_UDP_BYTES = 512;
const OUR_UDP_BYTES = 1232;
const EDE_OPTION = 15;

/** Serves `answer` over UDP and TCP until closed. */
export async function serveDns(answer: (question: Question) => Reply): Promise<Listening> {
  const udp = createSocket('udp4');
  const tcp = createServer((socket) => {
    let waiting = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
        const length = waiting.readUInt16BE(0);
        const reply = respond(waiting.subarray(2, 2 + length), answer, 65535);
        waiting = waiting.subarray(2 + length);
        if (!reply) return void socket.destroy();
        const prefix = Buffer.alloc(2);
        prefix.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([prefix, reply]));
      }
    });
  });
  udp.on('message', (message, peer) => {
    const reply = respond(message, answer, null);
    if (reply) udp.send(reply, peer.port, peer.address, () => undefined);
  });
  return listenOnOnePort(tcp, udp);
}

/** Null when the bytes cannot even be answered with FORMERR. */
function respond(bytes: Buffer, answer: (question: Question) => Reply, limit: number | null): Buffer | null {
  if (bytes.length < 12 || (bytes.readUInt8(2) & 0x80) !== 0) return null;
  const id = bytes.readUInt16BE(0);
  let query: dns.DecodedPacket;
  try {
    query = dns.decode(bytes);
  } catch {
    return dns.encode({ type: 'response', id, flags: RCODES.FORMERR });
  }
  const recursionDesired = (query.flags ?? 0) & dns.RECURSION_DESIRED;
  const question = query.questions?.[0];
  const opcode = (bytes.readUInt8(2) >> 3) & 0x0f;
  if (opcode !== 0) return dns.encode({ type: 'response', id, flags: recursionDesired | RCODES.NOTIMP });
  if (!question || query.questions?.length !== 1) {
    return dns.encode({ type: 'response', id, flags: recursionDesired | RCODES.FORMERR });
  }
  const opt = query.additionals?.find((record) => record.type === 'OPT');
  const reply = answer({ name: bare(question.name), type: question.type, recursionDesired: recursionDesired !== 0 });
  const flags =
    recursionDesired |
    (reply.authoritative ? dns.AUTHORITATIVE_ANSWER : 0) |
    (reply.recursionAvailable ? dns.RECURSION_AVAILABLE : 0) |
    RCODES[reply.rcode];
  const packet: dns.Packet = {
    type: 'response',
    id,
    flags,
    questions: [question],
    answers: reply.answers.flatMap((set) => recordsOf(set, question.name)),
    authorities: reply.authorities.flatMap((set) => recordsOf(set, question.name)),
    additionals: opt ? [optRecord(reply.extendedError)] : [],
  };
  const encoded = dns.encode(packet);
  const asked =
    opt && 'udpPayloadSize' in opt && typeof opt.udpPayloadSize === 'number' ? opt.udpPayloadSize : PLAIN_UDP_BYTES;
  const room = limit ?? Math.min(OUR_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, asked));
  if (encoded.length <= room) return encoded;
  return dns.encode({ ...packet, flags: flags | dns.TRUNCATED_RESPONSE, answers: [], authorities: [] });
}

function optRecord(extendedError: number | null): dns.Answer {
  const code = Buffer.alloc(2);
  code.writeUInt16BE(extendedError ?? 0);
  const options = extendedError === null ? [] : [{ code: EDE_OPTION, data: code }];
  // dns-packet writes unknown options as they are; its types only list those that it can read.
  const record = { type: 'OPT', name: '.', udpPayloadSize: OUR_UDP_BYTES, flags: 0, options };
  return record as unknown as dns.Answer;
}

/** The owner is echoed as it was asked, whatever its case: some resolvers rely on it (0x20). */
function recordsOf(set: RRset, asked: string): dns.Answer[] {
  const name = bare(asked) === set.name ? asked : set.name;
  return set.contents.map((content) => RECORDS[set.type]({ name, ttl: set.ttl }, content));
}

type Owner = Readonly<{ name: string; ttl: number }>;

const RECORDS: Readonly<Record<RecordType, (owner: Owner, content: string) => dns.Answer>> = {
  A: (owner, content) => ({ ...owner, type: 'A', data: content }),
  CNAME: (owner, content) => ({ ...owner, type: 'CNAME', data: withoutDot(content) }),
  NS: (owner, content) => ({ ...owner, type: 'NS', data: withoutDot(content) }),
  SRV: (owner, content) => ({ ...owner, type: 'SRV', data: parseSrv(content) ?? { port: 0, target: '.' } }),
  SOA: (owner, content) => ({ ...owner, type: 'SOA', data: soaData(content) }),
};

function soaData(content: string): dns.SoaData {
  const [mname = '', rname = '', ...numbers] = content.split(' ');
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number);
  return { mname: withoutDot(mname), rname: withoutDot(rname), serial, refresh, retry, expire, minimum };
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
