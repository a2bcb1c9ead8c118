/**
 * A relay before a DNS server that turns the TTLs of its answers by a factor: so a clock that runs N times as fast as the real
 * one and a cache that lives in real time agree. Towards a cache it divides, towards who asks the cache it multiplies. All else
 * goes through as it is. UDP only: the lab's answers are small.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import { freePort } from './free-ports';

export interface TimeGear {
  readonly address: ServerAddress;
  close(): void;
}

const ANSWER_MS = 5_000;
const HEADER_BYTES = 12;
/** The TTL field of these means something else (RFC 6891, RFC 8945). */
const WITHOUT_TTL = [41, 250];

export async function startTimeGear(to: ServerAddress, factor: number): Promise<TimeGear> {
  const port = await freePort();
  const front = createSocket('udp4');
  const open = new Set<Socket>();
  let closed = false;
  front.on('error', () => undefined);
  front.on('message', (question, from) => {
    const behind = createSocket('udp4');
    open.add(behind);
    const done = (): void => {
      clearTimeout(late);
      if (open.delete(behind)) behind.close();
    };
    const late = setTimeout(done, ANSWER_MS);
    behind.on('error', done);
    behind.once('message', (answer) => {
      if (!closed) front.send(turned(answer, factor), from.port, from.address);
      done();
    });
    behind.send(question, to.port, to.address);
  });
  await new Promise<void>((resolve) => front.bind(port, '127.0.0.1', resolve));
  return {
    address: { address: '127.0.0.1', port },
    close() {
      if (closed) return;
      closed = true;
      for (const socket of open) socket.close();
      open.clear();
      front.close();
    },
  };
}

/** A TTL that is not zero stays at least 1. */
export function turned(message: Buffer, factor: number): Buffer {
  const answer = Buffer.from(message);
  const [questions = 0, ...records] = [4, 6, 8, 10].map((at) => answer.readUInt16BE(at));
  let at = HEADER_BYTES;
  for (let i = 0; i < questions; i += 1) at = nameEnd(answer, at) + 4;
  for (let left = records.reduce((sum, count) => sum + count, 0); left > 0; left -= 1) {
    const fixed = nameEnd(answer, at);
    const ttl = answer.readUInt32BE(fixed + 4);
    if (ttl > 0 && !WITHOUT_TTL.includes(answer.readUInt16BE(fixed)))
      answer.writeUInt32BE(Math.max(1, Math.round(ttl * factor)), fixed + 4);
    at = fixed + 10 + answer.readUInt16BE(fixed + 8);
  }
  return answer;
}

/** Where a name that begins at `at` ends: after its root or its pointer (RFC 1035 4.1.4). */
function nameEnd(message: Buffer, at: number): number {
  let end = at;
  for (let length = message.readUInt8(end); length !== 0; length = message.readUInt8(end)) {
    if (length >= 0xc0) return end + 2;
    end += 1 + length;
  }
  return end + 1;
}
