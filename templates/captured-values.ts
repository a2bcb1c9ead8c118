/** Captured state as lines that say what to write back: `resource: field := value`, whatever the step has kept. */
import type { Json } from '../src/core/json';
import type { Site } from '../src/core/site';
import { oneLine } from './escape';

type Names = ReadonlyMap<string, string>;

export const capturedValues = (captured: Json, site: Site): readonly string[] => walk(captured, [], namesIn(site));

function walk(value: Json, path: readonly string[], names: Names): readonly string[] {
  if (isPlain(value) || isPlainList(value)) return [`${label(path)} := ${written(value)}`];
  if (isList(value)) {
    return value.flatMap((item, i) => {
      const { name, rest } = named(item, names);
      return walk(rest, [...path, name ?? String(i + 1)], names);
    });
  }
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  if (entries.length === 0) return [];
  if (entries.length > FLAT_ENTRIES && entries.every(([, item]) => isPlain(item))) return flat(entries, path);
  return entries.flatMap(([key, item]) => walk(item, [...path, key], names));
}

/** Maps of more plain values than this (members, licences) are told by value: "true for 120 (u1, u2, u3, …)". */
const FLAT_ENTRIES = 8;

function flat(entries: readonly (readonly [string, Json])[], path: readonly string[]): readonly string[] {
  const keys = new Map<string, string[]>();
  for (const [key, item] of entries) keys.set(written(item), [...(keys.get(written(item)) ?? []), key]);
  return [...keys].map(([value, held]) => {
    const listed = held.slice(0, 3).map(oneLine).join(', ');
    return `${label(path)} := ${value} for ${held.length} (${listed}${held.length > 3 ? ', …' : ''})`;
  });
}

/** One of several, in place of the key that holds them all. */
const ONE_OF: Readonly<Record<string, string>> = {
  trunks: 'trunk',
  routes: 'route',
  records: 'record',
  queues: 'queue',
  lacking: 'licence that was not there before:',
  shares: 'allocation row',
};

/** `record _sip._tcp.example.com SRV: ttl` */
function label(path: readonly string[]): string {
  const [first, ...rest] = path.map(oneLine);
  if (first === undefined) return 'value';
  const parts = rest.length === 0 ? [first] : [ONE_OF[first] ?? first, ...rest];
  return parts.length < 2 ? first : `${parts.slice(0, -1).join(' ')}: ${parts.at(-1)}`;
}

const NAME_KEYS = ['name', 'resource', 'id', 'queue', 'trunk', 'trunkBase', 'route', 'record', 'licence'];

/** An entry of a list by its name (with its type, where it has one), and what is left of it. */
function named(item: Json, names: Names): { readonly name: string | null; readonly rest: Json } {
  if (item === null || typeof item !== 'object' || isList(item)) return { name: null, rest: item };
  const key = NAME_KEYS.find((candidate) => typeof item[candidate] === 'string');
  if (key === undefined) return { name: null, rest: item };
  const id = String(item[key]);
  const { [key]: _, type, ...rest } = item as Readonly<Record<string, Json>>;
  const known = names.get(id);
  const name = typeof type === 'string' ? `${id} ${type}` : known ? `${known} (${id})` : id;
  return Object.keys(rest).length === 0 ? { name: null, rest: item } : { name, rest };
}

/** What the site file calls the objects that the platform knows by ids. */
function namesIn(site: Site): Names {
  const { inboundTrunks, failoverTrunks, outboundRoutes, queues } = site.platform;
  return new Map([
    ...[...inboundTrunks, ...failoverTrunks].map(({ name, trunkBase }) => [trunkBase, name] as const),
    ...outboundRoutes.map(({ name, route }) => [route, name] as const),
    ...queues.map(({ name, queue }) => [queue, name] as const),
  ]);
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isPlain = (value: Json): boolean => value === null || typeof value !== 'object';
const isPlainList = (value: Json): value is readonly Json[] => isList(value) && value.every(isPlain);

/** Of many longer ones (UUIDs) only two are named. */
const LONG_ID = 30;

function written(value: Json): string {
  if (!isPlainList(value)) return typeof value === 'string' ? oneLine(value) : JSON.stringify(value);
  if (value.length === 0) return '(none)';
  const texts = value.map((item) => (typeof item === 'string' ? oneLine(item) : JSON.stringify(item)));
  const most = texts.some((text) => text.length > LONG_ID) && texts.length > 3 ? 2 : 6;
  const left = texts.length - most;
  return `${texts.slice(0, most).join(' + ')}${left > 0 ? ` and ${left} more` : ''}`;
}
