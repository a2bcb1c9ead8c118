import { randomInt } from 'node:crypto';
import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import type { DnsAnswer, Resolver } from '../../ports/resolver';
import { exchangeTcp, exchangeUdp, type NoReply } from './dns-exchange';
import { type DnsQuestion, type DnsReply, encodeQuestion, readReply } from './dns-message';
import type { ServerAddress } from './server-address';

export interface ResolverOptions {
  /** Every server that may be asked, by its name in the site files. */
  readonly servers: ReadonlyMap<string, ServerAddress>;
  /** Other names for them, for example `8.8.8.8` for `google` where that server stands elsewhere. */
  readonly aliases?: ReadonlyMap<string, string>;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds; once more as much when an answer needs TCP. */
  readonly timeoutMs: number;
  /** Tries in all, the first one included. */
  readonly tries: number;
}

const REFUSED_WAIT_MS = 200;

/** A stub resolver that shows flags, TTLs and extended errors, which `node:dns` hides. RFC 1035, 6891, 7766, 8914. */
export function createResolver(options: ResolverOptions): Resolver {
  const { servers, aliases, clock, timeoutMs, tries } = options;

  function addressOf(server: string): ServerAddress | undefined {
    const named = servers.get(server) ?? servers.get(aliases?.get(server) ?? '');
    return named ?? [...servers.values()].find((one) => one.address === server);
  }

  return {
    knows: (server) => addressOf(server) !== undefined,

    async ask(server, name, type, { recursion = true } = {}) {
      const system = `The DNS server ${server}`;
      const address = addressOf(server);
      if (!address) {
        throw new Fault(`${system} is not in the configuration, so it is not asked.`, { system, transient: false });
      }
      const askedAt = performance.now();
      let last: NoReply = 'silent';
      for (let attempt = 1; attempt <= tries; attempt += 1) {
        const question: DnsQuestion = { id: randomInt(0x10000), name, type, recursion };
        const result = await exchange(address, question, timeoutMs, system);
        if (typeof result !== 'string') {
          return answerOf(server, question, result, clock.now(), Math.round(performance.now() - askedAt));
        }
        last = result;
        // A closed port answers at once: without a pause all tries would be spent within a millisecond.
        if (last === 'refused' && attempt < tries) await clock.sleep(REFUSED_WAIT_MS);
      }
      const what = last === 'refused' ? 'does not take questions there (port closed)' : 'gave no answer in time';
      throw new Fault(`${system} ${what}: ${name} ${type}, asked ${tries} times`, { system, transient: true });
    },
  };
}

type Taken = DnsReply & { readonly truncatedOverUdp: boolean };

async function exchange(
  server: ServerAddress,
  question: DnsQuestion,
  timeoutMs: number,
  system: string,
): Promise<Taken | NoReply> {
  const accept = (bytes: Buffer) => readReply(bytes, question);
  let request = wireOf(question, system, true);
  let reply = await exchangeUdp(server, request, timeoutMs, accept);
  if (typeof reply !== 'string' && !reply.edns && (reply.rcode === 'FORMERR' || reply.rcode === 'NOTIMP')) {
    // RFC 6891 section 7: an old server chokes on EDNS and is asked again without.
    request = wireOf(question, system, false);
    reply = await exchangeUdp(server, request, timeoutMs, accept);
  }
  if (typeof reply === 'string') return reply;
  if (!reply.truncated) return { ...reply, truncatedOverUdp: false };
  const whole = await exchangeTcp(server, request, timeoutMs, accept);
  if (typeof whole === 'string') return whole;
  // There is no larger envelope than TCP: half an answer is none.
  return whole.truncated ? 'silent' : { ...whole, truncatedOverUdp: true };
}

function wireOf(question: DnsQuestion, system: string, edns: boolean): Buffer {
  try {
    return encodeQuestion(question, edns);
  } catch (cause) {
    const name = question.name.slice(0, 80);
    throw new Fault(`${system} was not asked: ${name} is not a DNS name.`, { system, transient: false, cause });
  }
}

function answerOf(server: string, question: DnsQuestion, reply: Taken, at: number, elapsedMs: number): DnsAnswer {
  return {
    server,
    question: `${question.name} ${question.type}`,
    at,
    rcode: reply.rcode,
    authoritative: reply.authoritative,
    authenticData: reply.authenticData,
    truncatedOverUdp: reply.truncatedOverUdp,
    values: reply.values,
    ttl: reply.ttl,
    negativeTtl: reply.negativeTtl,
    extendedErrors: reply.extendedErrors,
    elapsedMs,
  };
}
