import type { Json } from '../core/json';
import type { Site } from '../core/site';
import { suggestion } from './nearest';
import type { Finding } from './parse-fault';

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_]*)\}/g;

/** What a wave document may leave to the site: its first inbound trunk, queue and record, its zone, its site on the platform. */
export function placeholdersOf(site: Site): ReadonlyMap<string, string> {
  const { platform, dns } = site;
  const bound: readonly (readonly [string, string | undefined])[] = [
    ['trunkId', platform.inboundTrunks[0]?.trunkBase],
    ['queueId', platform.queues[0]?.queue],
    ['siteId', platform.site],
    ['zone', dns.zone],
    ['recordName', dns.records[0]?.name],
  ];
  return new Map(bound.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** What is wrong with the placeholders of a text: those that nothing is bound to. */
export function unboundFindings(text: string, bound: ReadonlyMap<string, string>): readonly Finding[] {
  const names = [...text.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '');
  const unbound = [...new Set(names)].filter((name) => !bound.has(name));
  const known = [...bound.keys()];
  return unbound.map((name) => ({
    wrong: `holds {${name}}, which is not bound to anything`,
    mend: `${suggestion(name, known)} (known: ${known.map((each) => `{${each}}`).join(', ')})`,
  }));
}

export function bind(text: string, bound: ReadonlyMap<string, string>): string {
  return text.replace(PLACEHOLDER, (all, name: string) => bound.get(name) ?? all);
}

/** Binds every text inside a body. */
export function bindJson(value: Json, bound: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return bind(value, bound);
  if (Array.isArray(value)) return value.map((item: Json) => bindJson(item, bound));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bindJson(item as Json, bound)]));
}

/** Every text inside a body, with its path. */
export function textsOf(
  value: unknown,
  path: readonly PropertyKey[],
): readonly { readonly path: readonly PropertyKey[]; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, i) => textsOf(item, [...path, i]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsOf(item, [...path, key]));
}
