/** Captured state as lines that say what to write back: `resource: field := value`, whatever the step has kept. */
import type { Json } from '../src/core/json';
import type { Site } from '../src/core/site';
import { oneLine } from './escape';

type Names = ReadonlyMap<string, string>;

/** Which fields come first, and which are left out wherever they stand. */
export interface FieldOrder {
  readonly first: readonly string[];
  readonly without: readonly string[];
}

interface Captured {
  readonly lines: readonly string[];
  /** False where a long list was shortened. */
  readonly whole: boolean;
}

const AS_CAPTURED: FieldOrder = { first: [], without: [] };

export function capturedValues(captured: Json, site: Site, order: FieldOrder = AS_CAPTURED): Captured {
  const found = walk(ordered(captured, order.first), [], { names: namesIn(site), without: order.without });
  return { lines: found.map(({ line }) => line), whole: found.every(({ whole }) => whole) };
}

interface Line {
  readonly line: string;
  readonly whole: boolean;
}

interface Reading {
  readonly names: Names;
  readonly without: readonly string[];
}

function ordered(captured: Json, first: readonly string[]): Json {
  if (captured === null || typeof captured !== 'object' || isList(captured)) return captured;
  const place = (key: string): number => (first.includes(key) ? first.indexOf(key) : first.length);
  return Object.fromEntries(Object.entries(captured).sort(([a], [b]) => place(a) - place(b)));
}

function walk(value: Json, path: readonly string[], reading: Reading): readonly Line[] {
  if (isPlain(value) || isPlainList(value)) {
    const { text, whole } = written(value);
    return [{ line: `${label(path)} := ${text}`, whole }];
  }
  if (isList(value)) {
    return value.flatMap((item, i) => {
      const { name, rest } = named(item, reading.names);
      return walk(rest, [...path, name ?? String(i + 1)], reading);
    });
  }
  const entries = Object.entries(value as Readonly<Record<string, Json>>).filter(
    ([key]) => !reading.without.includes(key),
  );
  if (entries.length === 0) return [];
  if (entries.length > FLAT_ENTRIES && entries.every(([, item]) => isPlain(item))) return flat(entries, path);
  return entries.flatMap(([key, item]) => walk(item, [...path, key], reading));
}

/** Maps of more plain values than this (members, licences) are told by value: "true for 120 (u1, u2, u3, …)". */
const FLAT_ENTRIES = 8;

function flat(entries: readonly (readonly [string, Json])[], path: readonly string[]): readonly Line[] {
  const keys = new Map<string, string[]>();
  for (const [key, item] of entries) {
    const { text } = written(item);
    keys.set(text, [...(keys.get(text) ?? []), key]);
  }
  return [...keys].map(([value, held]) => {
    const listed = held.slice(0, 3).map(oneLine).join(', ');
    const whole = held.length <= 3;
    return { line: `${label(path)} := ${value} for ${held.length} (${listed}${whole ? '' : ', …'})`, whole };
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

/** A list is written whole as long as it fits here; of a longer one so many are named as fit into less. */
const WHOLE_CHARS = 180;
const SOME_CHARS = 120;

function written(value: Json): { readonly text: string; readonly whole: boolean } {
  if (!isPlainList(value))
    return { text: typeof value === 'string' ? oneLine(value) : JSON.stringify(value), whole: true };
  if (value.length === 0) return { text: '(none)', whole: true };
  const texts = value.map((item) => (typeof item === 'string' ? oneLine(item) : JSON.stringify(item)));
  const all = texts.join(' + ');
  if (all.length <= WHOLE_CHARS || texts.length === 1) return { text: all, whole: true };
  let shown = 1;
  while (texts.slice(0, shown + 1).join(' + ').length <= SOME_CHARS) shown++;
  return { text: `${texts.slice(0, shown).join(' + ')} and ${texts.length - shown} more`, whole: false };
}
