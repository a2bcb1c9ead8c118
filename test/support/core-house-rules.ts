/**
 * The import rules of the house (docs/architecture.md, "Rooms"), read back from source text. Pure: files come in as a map of
 * path to text, sentences come out, so that the rules themselves can be tested on a few lines.
 */
import { posix } from 'node:path';

export type Sources = ReadonlyMap<string, string>;

export interface Import {
  /** What stands between the quotes; null when the module's name is worked out at run time. */
  readonly module: string | null;
  readonly typeOnly: boolean;
  readonly line: number;
}

interface Rule {
  /** Rooms that may be imported, besides the room itself. */
  readonly rooms: readonly string[];
  /** Of these only types. */
  readonly types: readonly string[];
  /** Packages and `node:` modules; `node:` alone stands for all of them. */
  readonly packages: readonly string[];
  readonly packageTypes: readonly string[];
}

const rule = (rooms: readonly string[], more: Partial<Rule> = {}): Rule => ({
  rooms,
  types: [],
  packages: [],
  packageTypes: [],
  ...more,
});

/** The id under which our own mistake stands in the log is made at the edge, where it happens. */
const LOG_ID = 'node:crypto';

const RULES: Readonly<Record<string, Rule>> = {
  'src/core': rule([]),
  'src/ports': rule([], { types: ['src/core'] }),
  'src/engine': rule(['src/core', 'src/ports']),
  'src/parse': rule(['src/core'], { packages: ['zod', 'yaml', 'luxon', '@marcbachmann/cel-js'] }),
  templates: rule(['src/core'], { types: ['src/ports/thread'] }),
  commands: rule(['src/core', 'src/engine', 'src/parse', 'src/ports', 'templates'], {
    packages: [LOG_ID],
    packageTypes: ['@slack/bolt'],
  }),
  jobs: rule(['src/core', 'src/engine', 'src/ports', 'templates'], { packages: [LOG_ID] }),
};

/** An adapter keeps a port by a technology of its own; its packages are nobody else's. */
const ADAPTERS: Readonly<
  Record<string, { readonly packages?: readonly string[]; readonly rooms?: readonly string[] }>
> = {
  http: { packages: ['axios', 'undici'] },
  legacy: { packages: ['axios'] },
  carriers: {},
  platforms: {},
  // A resolver's answer and a provider's record are compared in one form.
  probes: { packages: ['dns-packet'], rooms: ['src/adapters/dns/record-values'] },
  // Signed updates are DNS messages over TCP, like the probes' long answers.
  dns: {
    packages: ['dns-packet', '@aws-sdk/client-route-53'],
    rooms: ['src/adapters/probes/dns-exchange', 'src/adapters/probes/server-address'],
  },
  queue: { packages: ['bullmq', 'ioredis'] },
  store: { packages: ['ioredis'] },
  slack: { packages: ['@slack/bolt', '@slack/web-api'] },
  clock: {},
  // Figures of this process, and the listener that hands them out.
  ops: { packages: ['prom-client'] },
  // Loaded only where spans are asked for.
  trace: {
    packages: [
      '@opentelemetry/api',
      '@opentelemetry/sdk-trace-base',
      '@opentelemetry/resources',
      '@opentelemetry/exporter-trace-otlp-http',
    ],
  },
  library: { packages: ['yaml'] },
  log: { packages: ['pino'] },
  digest: {},
  signature: {},
};

/** Every way in which the sources break the house's rules; none when they keep them. */
export function houseFaults(sources: Sources): readonly string[] {
  return [...sources].flatMap(([path, text]) => [
    ...importsOf(text).flatMap((found) => importFault(path, found)),
    ...(isProduct(path) ? [...lengthFault(path, text), ...environmentFault(path, text)] : []),
    ...(roomOf(path) === 'src/core' ? impurity(path, text) : []),
  ]);
}

const LONGEST = 500;

function lengthFault(path: string, text: string): readonly string[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  return lines > LONGEST ? [`${path} has ${lines} lines; a file of the product has at most ${LONGEST}`] : [];
}

const READERS = ['src/main.ts', 'src/cli.ts'];
const ENVIRONMENT =
  /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|\benv\b[^;{}]*\}\s*=\s*process\b|['"](?:node:)?process['"]/;

function environmentFault(path: string, text: string): readonly string[] {
  if (READERS.includes(path) || !ENVIRONMENT.test(withoutComments(text))) return [];
  return [`${path} reads the environment; only ${READERS.join(' and ')} do`];
}

const IMPURE =
  /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\b|\bperformance\.|\bconsole\.|\bprocess\.|\bfetch\(|\bcrypto\.|\bglobalThis\b/;

function impurity(path: string, text: string): readonly string[] {
  const found = IMPURE.exec(withoutComments(text));
  return found ? [`${path} uses ${found[0]}: time, randomness and the world are arguments of the core`] : [];
}

function importFault(path: string, found: Import): readonly string[] {
  const place = `${path}:${found.line}`;
  if (found.module === null) return [`${place} imports a module whose name is worked out at run time`];
  const why = found.module.startsWith('.')
    ? roomFault(path, resolve(path, found.module), found.typeOnly)
    : packageFault(path, found.module, found.typeOnly);
  return why === null ? [] : [`${place} imports ${found.module}: ${why}`];
}

function roomFault(path: string, target: string, typeOnly: boolean): string | null {
  const [from, to] = [roomOf(path), roomOf(target)];
  if (to === 'outside') return 'it lies outside the house';
  if (from === to) return null;
  if (from === 'bench') return null;
  if (from === 'chaos')
    return to === 'sandbox' ? null : 'the chaos looks at the product from outside; it starts it as a process';
  if (from === 'sandbox') return 'the sandbox imports nothing of the product; it starts it as a process';
  if (['sandbox', 'bench', 'chaos', 'test'].includes(to)) return `${to} is no part of the product`;
  if (from === 'root') return null;
  if (to === 'root') return `${from} does not import what puts it together`;
  const { rooms, types } = ruleOf(path);
  if (rooms.some((room) => within(target, room))) return null;
  if (!types.some((room) => within(target, room))) return `${from} may not import ${to}`;
  return typeOnly ? null : `${from} takes only types from ${to}: write "import type"`;
}

function packageFault(path: string, module: string, typeOnly: boolean): string | null {
  const from = roomOf(path);
  if (['root', 'sandbox', 'bench', 'chaos'].includes(from)) return null;
  const { packages, packageTypes } = ruleOf(path);
  const allowed = (list: readonly string[]) =>
    list.some((name) => module === name || module.startsWith(name === 'node:' ? name : `${name}/`));
  if (allowed(packages)) return null;
  if (!allowed(packageTypes)) return `${from} may not use this package`;
  return typeOnly ? null : `${from} takes only types from this package: write "import type"`;
}

function ruleOf(path: string): Rule {
  const room = roomOf(path);
  const own = ADAPTERS[room.replace('src/adapters/', '')];
  if (own) {
    const rooms = ['src/core', 'src/ports', 'src/adapters/http', ...(own.rooms ?? [])];
    return rule(rooms, { packages: ['zod', 'node:', ...(own.packages ?? [])] });
  }
  const found = RULES[room];
  if (!found) throw new Error(`${path}: no rule is written for ${room}; say what it may import`);
  return found;
}

/** `src/core`, `src/adapters/store`, `commands`; `root` for the composition roots, which stand in `src/` itself. */
export function roomOf(path: string): string {
  const [top = '', second = '', third = ''] = path.split('/');
  if (!['src', 'commands', 'jobs', 'templates', 'sandbox', 'bench', 'chaos', 'test'].includes(top)) return 'outside';
  if (top !== 'src') return top;
  if (third === '') return second.endsWith('.ts') || RULES[`src/${second}`] === undefined ? 'root' : `src/${second}`;
  return second === 'adapters' ? `src/adapters/${third.replace(/\.ts$/, '')}` : `src/${second}`;
}

const isProduct = (path: string) => /^(src|commands|jobs|templates)\//.test(path);
const within = (target: string, room: string) =>
  target === room || target.startsWith(`${room}/`) || target === `${room}.ts`;
const resolve = (from: string, module: string) => posix.normalize(posix.join(posix.dirname(from), module));

const STATEMENT = /^[ \t]*(?:import|export)\b((?:[^'"`;=]|=(?!>))*?)\bfrom\s*(['"])([^'"]+)\2/gm;
const BARE = /^[ \t]*import\s*(['"])([^'"]+)\1/gm;
const CALL = /(?<![.\w$'"`])(import|require)\(\s*(?:(['"`])([^'"`$]+)\2\s*\)|[^)\s])/g;

/** Every module that a text imports: statements, re-exports, `import()`, `require()` and `import('x').Type`. */
export function importsOf(source: string): readonly Import[] {
  const text = withoutComments(source);
  const line = (index: number) => text.slice(0, index).split('\n').length;
  const found: Import[] = [];
  for (const match of text.matchAll(STATEMENT)) {
    const module = match[3] ?? null;
    found.push({ module, typeOnly: /^\s*type\b(?!\s*(?:,|from))/.test(match[1] ?? ''), line: line(match.index) });
  }
  for (const match of text.matchAll(BARE))
    found.push({ module: match[2] ?? null, typeOnly: false, line: line(match.index) });
  for (const match of text.matchAll(CALL)) {
    const after = text.slice(match.index + match[0].length);
    const before = text.slice(0, match.index);
    // `import('./events').WaveEvent` in the place of a type leaves nothing behind at run time.
    const typeOnly =
      match[1] === 'import' && /^\.[A-Z]/.test(after) && /(?:[:<|&(,]|readonly|extends|=)\s*$/.test(before);
    found.push({ module: match[3] ?? null, typeOnly, line: line(match.index) });
  }
  return found;
}

/** Comments become blanks of the same length, so that lines keep their numbers; text in quotes stays. */
function withoutComments(text: string): string {
  return text.replace(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<![:\\/])\/\/[^\n]*/g,
    (part) => (part.startsWith('/') ? part.replace(/[^\n]/g, ' ') : part),
  );
}
