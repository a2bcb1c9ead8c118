import { z } from 'zod';
import type { Located, Path } from './located-yaml';
import { suggestion } from './nearest';
import { type Finding, type ParseFault, shown } from './parse-fault';

/** Finding the place of a key takes time, and nobody reads more of them. */
const MOST_UNKNOWN_KEYS = 20;

/** Either the value as the schema makes it, or what does not fit, each at its place in the file. */
export function fitSchema<Schema extends z.ZodType>(
  located: Located,
  schema: Schema,
): { readonly value: z.output<Schema> | null; readonly faults: readonly ParseFault[] } {
  const result = schema.safeParse(located.value);
  if (result.success) return { value: result.data, faults: [] };
  return { value: null, faults: result.error.issues.flatMap((issue) => faultsOf(issue, located, schema)) };
}

/** For `superRefine`: lets a finding of ours speak instead of zod. */
export function must<Value>(find: (value: Value) => Finding | null): (value: Value, context: z.RefinementCtx) => void {
  return (value, context) => {
    const finding = find(value);
    if (finding) context.addIssue({ code: 'custom', message: finding.wrong, params: { mend: finding.mend } });
  };
}

/** `dns.records[0].ttl` */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function faultsOf(issue: z.core.$ZodIssue, located: Located, schema: z.ZodType): readonly ParseFault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.slice(0, MOST_UNKNOWN_KEYS).map((key) => ({
      place: located.keyPlace([...issue.path, key]),
      wrong: `the key ${shown(key)} is not known${issue.path.length > 0 ? ` in ${pathText(issue.path)}` : ''}`,
      mend: suggestion(key, known),
    }));
  }
  const { wrong, mend } = findingOf(issue, located.get(issue.path));
  return [{ place: located.place(issue.path), wrong: `${pathText(issue.path) || 'the file'} ${wrong}`, mend }];
}

/** What does not fit about a value, to follow its path. */
export function findingOf(issue: z.core.$ZodIssue, value: unknown): Finding {
  switch (issue.code) {
    case 'custom':
      return { wrong: issue.message, mend: String(issue.params?.mend ?? 'Correct it') };
    case 'invalid_type':
      return typeFinding(issue.expected, value);
    case 'invalid_value': {
      const known = issue.values.map(String);
      if (value === undefined) return missing(`one of ${known.join(', ')}`);
      return { wrong: `is ${shown(value)}`, mend: suggestion(typeof value === 'string' ? value : shown(value), known) };
    }
    case 'too_small':
      return { wrong: sizeWrong(issue.origin, value, `${issue.minimum} is the least`), mend: 'Give more' };
    case 'too_big':
      return { wrong: sizeWrong(issue.origin, value, `${issue.maximum} is the most`), mend: 'Give less' };
    case 'invalid_key':
      return { wrong: 'has a key that is not allowed', mend: keyMend(issue) };
    case 'invalid_union':
      return value === undefined ? missing('one of its kinds') : { wrong: `is ${shown(value)}`, mend: 'Correct it' };
    default:
      return { wrong: `is not right: ${issue.message}`, mend: 'Correct it' };
  }
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'nothing',
};

function typeFinding(expected: string, value: unknown): Finding {
  const wanted = NAMES[expected] ?? expected;
  if (value === undefined) return missing(wanted);
  const found = value === null ? 'nothing' : Array.isArray(value) ? 'a list' : (NAMES[typeof value] ?? typeof value);
  const quotable = expected === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  return { wrong: `is ${found}, not ${wanted}`, mend: quotable ? 'Put the value in quotes' : `Write ${wanted} here` };
}

const missing = (wanted: string): Finding => ({ wrong: 'is missing', mend: `Add it: ${wanted}` });

function sizeWrong(origin: string, value: unknown, bound: string): string {
  if (origin === 'array' && Array.isArray(value)) return `has ${value.length} entries; ${bound}`;
  if (origin === 'string' && typeof value === 'string') return `has ${value.length} characters; ${bound}`;
  return `is ${shown(value)}; ${bound}`;
}

function keyMend(issue: Extract<z.core.$ZodIssue, { code: 'invalid_key' }>): string {
  const values = issue.issues.flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []));
  return suggestion(String(issue.path.at(-1) ?? ''), values);
}

/** The keys that the schema knows at a path, for "did you mean". */
function knownKeys(schema: z.core.$ZodType, path: Path): readonly string[] {
  const bare = unwrapped(schema);
  const [key, ...rest] = path;
  if (bare instanceof z.ZodObject) {
    if (key === undefined) return Object.keys(bare.shape);
    const next: z.core.$ZodType | undefined = bare.shape[String(key)];
    return next ? knownKeys(next, rest) : [];
  }
  if (key === undefined) return bare instanceof z.ZodRecord ? keysOf(bare.keyType) : [];
  if (bare instanceof z.ZodArray) return knownKeys(bare.element, rest);
  if (bare instanceof z.ZodRecord) return knownKeys(bare.valueType, rest);
  return [];
}

const keysOf = (keys: z.core.$ZodType): readonly string[] =>
  keys instanceof z.ZodEnum ? keys.options.map(String) : [];

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return unwrapped(schema.unwrap());
  }
  if (schema instanceof z.ZodExactOptional) return unwrapped(schema.unwrap());
  return schema;
}
