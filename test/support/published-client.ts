/**
 * The vendor's published client of Genesys Cloud, read as text: operations from its sources, field names and types from
 * its declarations. Nothing of it is run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Operation {
  readonly name: string;
  readonly method: string;
  /** With `{names}` for what varies. */
  readonly path: string;
  readonly query: readonly string[];
  /** As declared; null without a body. */
  readonly body: string | null;
  readonly bodyRequired: boolean;
  readonly answer: string;
}

interface Field {
  readonly type: string;
  readonly required: boolean;
}

export interface PublishedClient {
  readonly operations: readonly Operation[];
  operationFor(method: string, path: string): Operation | null;
  /** What is wrong with a value of a declared type, by place; `whole`: fields that the type requires must be there. */
  misfits(type: string, value: unknown, whole: boolean): readonly string[];
}

const ROOT = dirname(require.resolve('purecloud-platform-client-v2/package.json'));

export function readPublishedClient(): PublishedClient {
  const declarations = readFileSync(join(ROOT, 'index.d.ts'), 'utf8');
  const models = modelsOf(declarations);
  const signatures = signaturesOf(declarations);
  const folder = join(ROOT, 'src', 'purecloud-platform-client-v2', 'api');
  const operations = new Map<string, Operation>();
  for (const file of readdirSync(folder)) {
    for (const found of callsOf(readFileSync(join(folder, file), 'utf8'))) {
      const signature = signatures.get(found.name);
      if (signature) operations.set(`${found.method} ${found.path}`, { ...found, ...signature });
    }
  }
  const routes = [...operations.values()].map((operation) => ({ operation, parts: operation.path.split('/') }));
  return {
    operations: [...operations.values()],
    operationFor(method, path) {
      const parts = path.split('/');
      const fitting = routes.filter(
        (route) =>
          route.operation.method === method &&
          route.parts.length === parts.length &&
          route.parts.every((part, i) => part.startsWith('{') || part === parts[i]),
      );
      // The one with the fewest variable parts: `.../trunks/metrics` before `.../trunks/{trunkId}`.
      const open = (parts_: readonly string[]): number => parts_.filter((part) => part.startsWith('{')).length;
      return fitting.sort((a, b) => open(a.parts) - open(b.parts))[0]?.operation ?? null;
    },
    misfits: (type, value, whole) => misfitsOf(models, type, value, '', whole),
  };
}

function callsOf(source: string): { name: string; method: string; path: string; query: readonly string[] }[] {
  const calls = source.matchAll(
    /\n\t(\w+)\([^)]*\) \{[\s\S]*?callApi\(\s*'([^']+)',\s*'([A-Z]+)',\s*\{[^}]*\},\s*\{([^}]*)\}/g,
  );
  return [...calls].map(([, name = '', path = '', method = '', query = '']) => ({
    name,
    method,
    path,
    query: [...query.matchAll(/'([^']+)':\s/g)].map(([, key = '']) => key),
  }));
}

function signaturesOf(declarations: string): Map<string, Pick<Operation, 'body' | 'bodyRequired' | 'answer'>> {
  const inOptions = new Map<string, string>();
  for (const [, name = '', fields = ''] of declarations.matchAll(
    /export interface (\w+)Options \{([^}]*(?:\{[^}]*\}[^}]*)*)\}/g,
  )) {
    const body = /"body"\?: (.+);/.exec(fields)?.[1];
    if (body) inOptions.set(name, body);
  }
  const found = new Map<string, Pick<Operation, 'body' | 'bodyRequired' | 'answer'>>();
  for (const [, name = '', parameters = '', answer = ''] of declarations.matchAll(
    /\n\s+(\w+)\((.*)\): Promise<(.+)>;/g,
  )) {
    const given = /\bbody: (.+?)(?:, opts\?|$)/.exec(parameters)?.[1];
    found.set(name, { body: given ?? inOptions.get(name) ?? null, bodyRequired: given !== undefined, answer });
  }
  return found;
}

function modelsOf(declarations: string): Map<string, ReadonlyMap<string, Field>> {
  const models = new Map<string, ReadonlyMap<string, Field>>();
  const all = declarations.slice(declarations.indexOf('declare namespace Models'));
  for (const [, name = '', body = ''] of all.matchAll(/export interface (\w+) \{ ?([\s\S]*?)\n\t\}/g)) {
    const fields = [...body.matchAll(/^\s*"([^"]+)"(\?)?: (.+);$/gm)];
    models.set(
      name,
      new Map(fields.map(([, field = '', optional, type = '']) => [field, { type, required: optional === undefined }])),
    );
  }
  return models;
}

function misfitsOf(
  models: ReadonlyMap<string, ReadonlyMap<string, Field>>,
  type: string,
  value: unknown,
  at: string,
  whole: boolean,
): readonly string[] {
  const place = at || 'the body';
  if (type === 'object' || type === 'any') return [];
  if (type === 'string' || type === 'number' || type === 'boolean') {
    return typeof value === type ? [] : [`${place}: ${typeof value} in place of ${type}`];
  }
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list) {
    if (!Array.isArray(value)) return [`${place}: no list`];
    return value.flatMap((each, i) => misfitsOf(models, list, each, `${at}[${i}]`, whole));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place}: no object`];
  const entries = Object.entries(value as Record<string, unknown>);
  const byKey = /^\{ \[key: string\]: (.+); ?\}$/.exec(type)?.[1];
  if (byKey) return entries.flatMap(([key, each]) => misfitsOf(models, byKey, each, `${at}.${key}`, whole));
  const model = models.get(type.replace(/^Models\./, ''));
  if (!model) return [`${place}: the client has no type ${type}`];
  const missing = [...model].filter(([field, { required }]) => whole && required && !(field in value));
  return [
    ...missing.map(([field]) => `${at}.${field}: missing`),
    ...entries.flatMap(([field, each]) => {
      const known = model.get(field);
      if (!known) return [`${at}.${field}: not a field of ${type}`];
      return misfitsOf(models, known.type, each, `${at}.${field}`, whole);
    }),
  ];
}
