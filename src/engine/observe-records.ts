import {
  type HeldRecord,
  hostOf,
  namesBeside,
  type PublishedRecord,
  type RecordFacts,
  type ServerAnswer,
  type TargetAddresses,
} from '../core/record-facts';
import type { Site } from '../core/site';
import { serialOf } from '../core/zone-serial';
import type { DnsProvider } from '../ports/dns-provider';
import { Fault } from '../ports/fault';
import type { DnsAnswer, QuestionType } from '../ports/resolver';
import type { World } from '../ports/world';

/**
 * Reads what `lintRecords` judges: the provider's sets, what every name server shows, and where the targets lead. Writes
 * nothing. Names of the zone are asked of its name servers only: asking a cache for a name that is not there yet would make
 * it remember that. Throws a `Fault` when the provider cannot be read; a silent server is a fact, not a fault.
 */
export async function observeRecords(world: Pick<World, 'dns' | 'resolver'>, site: Site): Promise<RecordFacts> {
  const { dns } = site;
  const sipDomain = site.sipDomain ?? null;
  const provider = world.dns(dns.provider);
  const ask = askingOf(world, site);
  const [held, nameServers, answers, serials, beside, targets] = await Promise.all([
    heldRecords(provider, site),
    providerNameServers(provider, site),
    Promise.all(dns.nameServers.map((server) => answersOf(ask, server, site))),
    Promise.all(dns.nameServers.map((server) => ask.one(server, dns.zone, 'SOA', false))),
    Promise.all(namesBeside(dns.records, sipDomain).map((each) => published(ask, each))),
    Promise.all(targetHosts(site).map((host) => addressesOf(ask, host))),
  ]);
  const { leastTtlSeconds, wholeRecordSet, types } = provider.capabilities;
  return {
    dns,
    sipDomain,
    provider: { name: provider.name, leastTtlSeconds, wholeRecordSet, types, nameServers },
    held,
    beside,
    answers: answers.flat(),
    serials: Object.fromEntries(dns.nameServers.map((server, i) => [server, serialOf(serials[i]?.values ?? [])])),
    targets,
  };
}

/** What the provider cannot hold is not asked for: the lint says so by the types. */
async function heldRecords(provider: DnsProvider, { dns }: Site): Promise<readonly HeldRecord[]> {
  const held: HeldRecord[] = [];
  for (const { name, type } of dns.records) {
    if (!provider.capabilities.types.includes(type)) continue;
    const set = await provider.read(dns, name, type);
    held.push({ name, type, state: set && { name, type, ttl: set.ttl, values: [...set.values] } });
  }
  return held;
}

/** A token without the right to read the zone's head is no obstacle to a wave: then it is not known. */
async function providerNameServers(provider: DnsProvider, { dns }: Site): Promise<readonly string[] | null> {
  try {
    return await provider.authoritativeServers(dns);
  } catch (cause) {
    if (cause instanceof Fault) return null;
    throw cause;
  }
}

interface Asking {
  /** Null: silent, unknown to the settings, or the answer says nothing (SERVFAIL, REFUSED). */
  one(server: string, name: string, type: QuestionType, recursion: boolean): Promise<DnsAnswer | null>;
  /** The first answer of those who know: the zone's name servers for its names, the site's resolvers for all others. */
  first(name: string, type: QuestionType): Promise<DnsAnswer | null>;
  resolvers(name: string, type: QuestionType): Promise<DnsAnswer | null>;
}

function askingOf({ resolver }: Pick<World, 'resolver'>, { dns, resolvers }: Site): Asking {
  const inZone = (name: string) => name === dns.zone || name.endsWith(`.${dns.zone}`);
  async function one(server: string, name: string, type: QuestionType, recursion: boolean): Promise<DnsAnswer | null> {
    if (!resolver.knows(server)) return null;
    try {
      return await resolver.ask(server, name, type, { recursion });
    } catch (cause) {
      if (cause instanceof Fault && cause.transient) return null;
      throw cause;
    }
  }
  async function firstOf(servers: readonly string[], name: string, type: QuestionType, recursion: boolean) {
    for (const server of servers) {
      const answer = await one(server, name, type, recursion);
      const says = answer !== null && (answer.rcode === 'NOERROR' || answer.rcode === 'NXDOMAIN');
      // Without recursion and without authority it is a referral, which says nothing of the name.
      if (says && (recursion || answer.authoritative)) return answer;
    }
    return null;
  }
  const names = resolvers.map((each) => each.name);
  return {
    one,
    first: (name, type) =>
      inZone(name) ? firstOf(dns.nameServers, name, type, false) : firstOf(names, name, type, true),
    resolvers: (name, type) => firstOf(names, name, type, true),
  };
}

async function answersOf(ask: Asking, server: string, { dns }: Site): Promise<readonly ServerAnswer[]> {
  const answers: ServerAnswer[] = [];
  for (const { name, type } of dns.records) {
    const found = await ask.one(server, name, type, false);
    const answer = found && {
      rcode: found.rcode,
      authoritative: found.authoritative,
      values: found.values,
      ttl: found.ttl,
    };
    answers.push({ server, name, type, answer });
  }
  return answers;
}

async function published(ask: Asking, { name, type }: Omit<PublishedRecord, 'values'>): Promise<PublishedRecord> {
  const answer = await ask.first(name, type);
  return { name, type, values: answer?.values ?? null };
}

function targetHosts({ dns }: Site): readonly string[] {
  const values = dns.records.flatMap(({ type, legacy, target }) =>
    [...target, ...legacy].flatMap((value) => hostOf(type, value) ?? []),
  );
  return [...new Set(values)];
}

async function addressesOf(ask: Asking, host: string): Promise<TargetAddresses> {
  // A name server knows neither a delegated part of the zone nor what an alias leads to: there a resolver has to follow.
  const follow = async (type: QuestionType, alias: string | null) =>
    (alias === null ? await ask.first(host, type) : null) ?? ask.resolvers(host, type);
  const cname = await follow('CNAME', null);
  const alias = cname?.values[0] ?? null;
  const ipv4 = await follow('A', alias);
  const ipv6 = await follow('AAAA', alias);
  return { host, alias, ipv4: ipv4?.values ?? [], ipv6: ipv6?.values ?? [], known: ipv4 !== null };
}
