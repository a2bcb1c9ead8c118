/** The name servers and the resolvers of the twin, each with its own loopback port. */
import type { Listening } from '../listen';
import type { CachingResolver } from './resolver';
import { type Reply, serveDns } from './wire';
import { isWithin, type Zone } from './zone';

const EDE_STALE_ANSWER = 3;
const REFUSED: Reply = {
  rcode: 'REFUSED',
  authoritative: false,
  recursionAvailable: false,
  answers: [],
  authorities: [],
  extendedError: null,
};

/** An authoritative server: AA for its zones, REFUSED for everything else. `advance` brings the world up to now. */
export function serveAuthoritative(
  nameServer: string,
  zones: readonly Zone[],
  advance: () => void,
): Promise<Listening> {
  return serveDns((question) => {
    advance();
    const zone = zones.find((one) => isWithin(question.name, one.name) && one.nameServers.includes(nameServer));
    if (!zone) return REFUSED;
    const copy = zone.copyAt(nameServer);
    const finding = zone.find(copy, question.name, question.type);
    const base = { authoritative: true, recursionAvailable: false, extendedError: null };
    if (finding.kind === 'answer') return { ...base, rcode: 'NOERROR', answers: finding.rrsets, authorities: [] };
    const soa = zone.soa(copy);
    const negativeTtl = Math.min(soa.ttl, Number(soa.contents[0]?.split(' ').at(-1)));
    const rcode = finding.kind === 'no-name' ? 'NXDOMAIN' : 'NOERROR';
    return { ...base, rcode, answers: [], authorities: [{ ...soa, ttl: negativeTtl }] };
  });
}

/** A recursor: RA, never AA; refuses RD=0 as unbound does, so that its cache cannot be snooped on. */
export function serveResolver(resolver: CachingResolver, advance: () => void): Promise<Listening> {
  return serveDns((question) => {
    advance();
    if (!question.recursionDesired) return { ...REFUSED, recursionAvailable: true };
    const answer = resolver.resolve(question.name, question.type);
    return {
      rcode: answer.rcode,
      authoritative: false,
      recursionAvailable: true,
      answers: answer.rrsets,
      authorities: answer.soa ? [answer.soa] : [],
      extendedError: answer.stale ? EDE_STALE_ANSWER : null,
    };
  });
}
