import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { codePointName, controlCharacterAt } from './characters';
import { bad, type Finding, good, isRecord, type Parsed, type ParseFault } from './parse-fault';
import { bombFinding, DEEPEST, tooDeep } from './yaml-guard';
import { SYNTAX } from './yaml-syntax';

export type Path = readonly PropertyKey[];

/** The contents of a YAML or JSON file, every part of which knows its place. */
export interface Located {
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly get: (path: Path) => unknown;
  /** `file:line:column` of the value at the path, or of the nearest thing around it that there is. */
  readonly place: (path: Path) => string;
  /** The same of a key instead of its value. */
  readonly keyPlace: (path: Path) => string;
}

export const LARGEST_FILE_BYTES = 1024 * 1024;
const MOST_SYNTAX_FAULTS = 20;
const PROTOTYPE_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * Reads one mapping with plain values. Refused, beside bad syntax: large and deep files, aliases, tags, directives, doubled
 * keys, several documents, keys that reach an object's prototype, control characters, numbers that are none.
 */
export function parseLocated(text: string, file: string): Parsed<Located> {
  const early = sizeFault(text, file) ?? controlFault(text, file) ?? bombFault(text, file);
  if (early) return bad(early);
  const lines = new LineCounter();
  const at = (offset: number): string => placeAt(lines, file, offset);
  // `uniqueKeys` compares every key with every other: a file of 60,000 keys would take half a minute. See `keyFaults`.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2' });
  const syntax = document.errors.slice(0, MOST_SYNTAX_FAULTS).map((error) => {
    return { place: at(error.pos[0]), ...(SYNTAX[error.code] ?? OTHER_SYNTAX) };
  });
  if (syntax.length > 0) return bad(...syntax);
  if (document.directives?.yaml.explicit) {
    return bad({
      place: at(0),
      wrong: 'a %YAML directive changes how the file is read',
      mend: 'Take the directive out',
    });
  }
  const faults = unsafeParts(document, at);
  if (faults.length > 0) return bad(...faults);
  const value: unknown = document.toJS();
  if (!isRecord(value))
    return bad({ place: at(0), wrong: 'the file does not hold a mapping', mend: 'Begin it with "name: value" lines' });
  return good(located(document, value, file, at));
}

const OTHER_SYNTAX: Finding = {
  wrong: 'this is neither YAML nor JSON',
  mend: 'Look at the quotes, brackets and indentation here',
};

function placeAt(lines: LineCounter, file: string, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
}

function sizeFault(text: string, file: string): ParseFault | null {
  // A character has at most three bytes per UTF-16 unit: the exact count is only taken where it can matter.
  const bytes = text.length > LARGEST_FILE_BYTES ? text.length : Buffer.byteLength(text);
  if (bytes <= LARGEST_FILE_BYTES) return null;
  return {
    place: file,
    wrong: `the file has ${bytes} bytes; 1 MiB (${LARGEST_FILE_BYTES}) is the most`,
    mend: 'Hand in a smaller file',
  };
}

function controlFault(text: string, file: string): ParseFault | null {
  const bom = text.startsWith('\ufeff') ? 1 : 0;
  const found = controlCharacterAt(text.slice(bom));
  if (found < 0) return null;
  const before = text.slice(bom, bom + found).split('\n');
  const place = `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  return { place, wrong: `a control character (${codePointName(text, bom + found)}) stands here`, mend: 'Take it out' };
}

function bombFault(text: string, file: string): ParseFault | null {
  const finding = bombFinding(text);
  return finding && { place: file, ...finding };
}

function unsafeParts(document: Document, at: (offset: number) => string): readonly ParseFault[] {
  const faults: ParseFault[] = [];
  visit(document, (_key, node, ancestors) => {
    if (isPair(node)) return;
    if (!isNode(node)) return;
    const place = at(node.range?.[0] ?? 0);
    if (ancestors.filter(isCollection).length > DEEPEST) {
      faults.push({ place, ...tooDeep });
      return visit.BREAK;
    }
    if (isMap(node)) faults.push(...keyFaults(node, at));
    const finding = nodeFinding(node);
    if (finding) faults.push({ place, ...finding });
    return undefined;
  });
  return faults;
}

function nodeFinding(node: unknown): Finding | null {
  if (isAlias(node))
    return { wrong: 'an alias ("*...") repeats another part of the file', mend: 'Write the value out' };
  if (!isNode(node)) return null;
  if (node.tag !== undefined) return { wrong: 'a tag ("!...") stands before the value', mend: 'Write the plain value' };
  if (!isScalar(node)) return null;
  if (typeof node.value === 'number' && !(Math.abs(node.value) <= Number.MAX_SAFE_INTEGER)) {
    return { wrong: 'this number cannot be held exactly', mend: 'Write a number, or put it in quotes if it is a text' };
  }
  if (typeof node.value === 'string' && controlCharacterAt(node.value) >= 0) {
    return { wrong: 'the text holds a control character by an escape', mend: 'Take it out' };
  }
  return null;
}

function keyFaults(map: YAMLMap, at: (offset: number) => string): readonly ParseFault[] {
  const seen = new Map<string, string>();
  return map.items.flatMap(({ key }) => {
    const place = at((isNode(key) ? key.range?.[0] : undefined) ?? map.range?.[0] ?? 0);
    if (!isScalar(key) || typeof key.value !== 'string') {
      return [{ place, wrong: 'a key is not text', mend: 'Put the key in quotes' }];
    }
    const name = key.value;
    if (PROTOTYPE_KEYS.includes(name))
      return [{ place, wrong: `"${name}" may not be a key`, mend: 'Use another name' }];
    const first = seen.get(name);
    // Neither here nor for aliases is the text repeated: in a settings file it may be a secret.
    if (first !== undefined)
      return [{ place, wrong: `this key stands at ${first} already`, mend: 'Keep one of the two' }];
    seen.set(name, place);
    return [];
  });
}

function located(
  document: Document,
  value: Readonly<Record<string, unknown>>,
  file: string,
  at: (offset: number) => string,
): Located {
  const nodeAt = (path: Path): unknown => (path.length === 0 ? document.contents : document.getIn(path, true));
  const place = (path: Path): string => {
    const node = nodeAt(path);
    if (isNode(node) && node.range) return at(node.range[0]);
    return path.length === 0 ? at(0) : place(path.slice(0, -1));
  };
  const keyPlace = (path: Path): string => {
    const parent = nodeAt(path.slice(0, -1));
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
    return pair && isNode(pair.key) && pair.key.range ? at(pair.key.range[0]) : place(path);
  };
  const get = (path: Path): unknown => memberAt(value, path);
  return { file, value, get, place, keyPlace };
}

/** What stands at a path of plain data; never what an object inherits. */
export const memberAt = (value: unknown, path: Path): unknown => path.reduce<unknown>(member, value);

function member(of: unknown, key: PropertyKey): unknown {
  if (typeof of !== 'object' || of === null || !Object.hasOwn(of, key)) return undefined;
  return (of as Readonly<Record<PropertyKey, unknown>>)[key];
}
