import { z } from 'zod';
import {
  bodyKind,
  LEGACY_MODES,
  type LegacyMode,
  type LegacyRecipe,
  type LegacyRequest,
  type LegacyWrite,
} from '../core/legacy-recipe';
import { fitSchema, must, pathText } from './fit-schema';
import { type Located, type Path, parseLocated } from './located-yaml';
import { bad, type Finding, good, isRecord, type Parsed, type ParseFault, shown } from './parse-fault';

const LONGEST_BODY = 20_000;
const LONGEST_TEXT = 500;
/** Waiting happens inside one call of the step; what takes longer belongs into the step's own reading back. */
const LONGEST_WAIT_MS = 60_000;

const texts = z.string().min(1).max(LONGEST_TEXT).superRefine(must(literalFinding));
const common = {
  path: z.string().superRefine(must(pathFinding)),
  headers: z
    .record(z.string().superRefine(must(headerNameFinding)), z.string().superRefine(must(headerFinding)))
    .optional(),
};
const payload = {
  body: z.string().min(1).max(LONGEST_BODY),
  contentType: z.string().superRefine(must(contentTypeFinding)),
};
const asking = {
  method: z.enum(['GET', 'POST']),
  ...common,
  body: payload.body.optional(),
  contentType: payload.contentType.optional(),
};
const write = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH']),
  ...common,
  ...payload,
  validation: z.strictObject({
    ...asking,
    contains: texts,
    withinMs: z.int().min(100).max(LONGEST_WAIT_MS),
    everyMs: z.int().min(100).max(LONGEST_WAIT_MS),
  }),
  inverse: z.enum(LEGACY_MODES),
});
const FILE = z.strictObject({
  trunk: z.strictObject({
    read: z.strictObject({ ...asking, mode: z.strictObject({ active: texts, standby: texts, off: texts }) }),
    set: z.strictObject({ active: write, standby: write, off: write }),
  }),
});
type Written = z.infer<typeof FILE>;

/** The legacy recipe, or every mistake in it, each at its line and column. */
export function parseLegacyRecipe(text: string, file: string): Parsed<LegacyRecipe> {
  const read = parseLocated(text, file);
  if (!read.ok) return read;
  const fitted = fitSchema(read.value, FILE);
  const faults = [...fitted.faults, ...requestFaults(read.value), ...modeFaults(read.value), ...wayFaults(read.value)];
  return fitted.value === null || faults.length > 0 ? bad(...faults) : good(recipeOf(fitted.value));
}

function recipeOf({ trunk }: Written): LegacyRecipe {
  const writeOf = (one: Written['trunk']['set']['active']): LegacyWrite => {
    const { contains, withinMs, everyMs } = one.validation;
    return {
      ...requestOf(one),
      validation: { ...requestOf(one.validation), contains, withinMs, everyMs },
      inverse: one.inverse,
    };
  };
  const { active, standby, off } = trunk.set;
  return {
    trunk: {
      read: { ...requestOf(trunk.read), modes: trunk.read.mode },
      set: { active: writeOf(active), standby: writeOf(standby), off: writeOf(off) },
    },
  };
}

interface WrittenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
}

function requestOf({ method, path, headers = {}, body, contentType }: WrittenRequest): LegacyRequest {
  const whole = body !== undefined && contentType !== undefined;
  return { method, path, headers, body: whole ? { text: body, contentType } : null };
}

const READ: Path = ['trunk', 'read'];
const SET: Path = ['trunk', 'set'];
const REQUESTS: readonly Path[] = [
  READ,
  ...LEGACY_MODES.flatMap((mode) => [
    [...SET, mode],
    [...SET, mode, 'validation'],
  ]),
];

/** What belongs to one request as a whole. */
function requestFaults(located: Located): readonly ParseFault[] {
  return REQUESTS.flatMap((path) => {
    const request = located.get(path);
    if (!isRecord(request)) return [];
    const { method, body, contentType, path: target, everyMs, withinMs } = request;
    const at = (key: string, finding: Finding | null) => (finding ? [faultAt(located, [...path, key], finding)] : []);
    const isText = typeof body === 'string';
    return [
      ...(isText ? at('body', placeholderFinding(body) ?? bodyFinding(body, contentType)) : []),
      ...(isText && method === 'GET' ? at('body', GET_BODY) : []),
      ...(isText && contentType === undefined ? at('body', UNTYPED) : []),
      ...(!isText && contentType !== undefined ? at('contentType', BODILESS) : []),
      ...(typeof target === 'string' && !`${target}${isText ? body : ''}`.includes('{id}') ? at('path', NOBODY) : []),
      ...(typeof everyMs === 'number' && typeof withinMs === 'number' && everyMs > withinMs
        ? at('everyMs', NEVER)
        : []),
    ];
  });
}

const GET_BODY: Finding = { wrong: 'belongs to a GET', mend: 'Take the body out, or use POST' };
const UNTYPED: Finding = { wrong: 'has no contentType beside it', mend: 'Add contentType, like text/xml' };
const BODILESS: Finding = { wrong: 'stands without a body', mend: 'Add the body, or take contentType out' };
const NOBODY: Finding = {
  wrong: 'and its body hold no {id}, so every trunk would be the same one',
  mend: 'Write {id} where the id of the trunk belongs',
};
const NEVER: Finding = { wrong: 'is longer than withinMs', mend: 'Ask more often, or allow more time' };

function modeFaults(located: Located): readonly ParseFault[] {
  return LEGACY_MODES.flatMap((mode) => {
    const own = located.get([...READ, 'mode', mode]);
    if (typeof own !== 'string' || own === '') return [];
    const others = LEGACY_MODES.filter((other) => other !== mode).filter((other) => {
      const text = located.get([...READ, 'mode', other]);
      return typeof text === 'string' && text.includes(own);
    });
    return others.map((other) =>
      faultAt(located, [...READ, 'mode', mode], {
        wrong: `stands in the text of ${other} too, so the two modes cannot be told apart`,
        mend: 'Give each mode a text that only its own reply holds',
      }),
    );
  });
}

/** From a trunk that takes no calls the inverses have to lead to one that does. */
function wayFaults(located: Located): readonly ParseFault[] {
  const inverse = (mode: LegacyMode): LegacyMode | undefined =>
    LEGACY_MODES.find((known) => known === located.get([...SET, mode, 'inverse']));
  return LEGACY_MODES.flatMap((mode) => {
    const path = [...SET, mode, 'inverse'];
    const [first, second] = [inverse(mode), inverse(inverse(mode) ?? mode)];
    if (first === undefined || second === undefined) return [];
    if (first === mode) return [faultAt(located, path, SELF)];
    return mode === 'active' || first === 'active' || second === 'active' ? [] : [faultAt(located, path, NO_WAY)];
  });
}

const SELF: Finding = { wrong: 'is its own mode, which takes nothing back', mend: 'Name one of the other two modes' };
const NO_WAY: Finding = { wrong: 'leads to no trunk that takes calls', mend: 'Let the inverses end at active' };

const faultAt = (located: Located, path: Path, { wrong, mend }: Finding): ParseFault => ({
  place: located.place(path),
  wrong: `${pathText(path)} ${wrong}`,
  mend,
});

function pathFinding(path: string): Finding | null {
  const unknown = placeholderFinding(path);
  if (unknown) return unknown;
  const bare = path.replaceAll('{id}', 'id');
  const isPlain = /^(\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*\/?$/.test(bare) && bare.startsWith('/');
  if (isPlain && !bare.split('/').some((part) => part === '.' || part === '..')) return null;
  return { wrong: 'is no plain path', mend: 'Begin it with "/"; no host, query, fragment or dot segment' };
}

/** A word in braces is a placeholder; other braces are the body's own. */
function placeholderFinding(text: string): Finding | null {
  const unknown = [...text.matchAll(/\{([A-Za-z][A-Za-z0-9_]*)\}/g)].find(([, name]) => name !== 'id');
  return unknown ? { wrong: `holds ${unknown[0]}, which stands for nothing`, mend: 'Only {id} is filled in' } : null;
}

function literalFinding(text: string): Finding | null {
  return text.includes('{id}')
    ? { wrong: 'holds {id}, and nothing is filled in here', mend: 'Write a text that the reply holds as it is' }
    : null;
}

function contentTypeFinding(contentType: string): Finding | null {
  return /^[\x20-\x7e]{1,100}$/.test(contentType) && bodyKind(contentType) !== null
    ? null
    : { wrong: `is ${shown(contentType)}`, mend: 'Write a JSON, XML or form type: only there is {id} escaped' };
}

function bodyFinding(body: string, contentType: unknown): Finding | null {
  const kind = typeof contentType === 'string' ? bodyKind(contentType) : null;
  if (kind === 'json' && !isJson(body)) return { wrong: 'is no JSON', mend: 'Correct it; {id} stands in quotes' };
  if (kind === 'xml' && /<!\[CDATA\[|<!--|<!DOCTYPE/i.test(body))
    return { wrong: 'holds a comment, CDATA or DOCTYPE', mend: 'Take it out: {id} cannot be escaped there' };
  return null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Credentials come from the settings, the rest from the transport. */
const KEPT =
  /^(authorization|proxy-.*|cookie|host|content-(type|length|encoding)|transfer-encoding|connection|te|upgrade|expect)$/i;

function headerNameFinding(name: string): Finding | null {
  if (!/^[A-Za-z0-9-]{1,60}$/.test(name)) return { wrong: 'is no name of a header', mend: 'Use letters and dashes' };
  return KEPT.test(name) ? { wrong: 'is not set here', mend: 'Take it out' } : null;
}

function headerFinding(value: string): Finding | null {
  if (!/^[\x20-\x7e]{0,200}$/.test(value)) return { wrong: 'is no plain text', mend: 'Write it on one line of ASCII' };
  return placeholderFinding(value) ?? literalFinding(value);
}
