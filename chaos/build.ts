/** The product, compiled once for all runs, so that a start of it costs little; also from a changed copy of its sources. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { transformSync } from '@swc/core';
import { PROJECT } from '../sandbox/options';

/** An exact change of one source file: `find` has to stand there once. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Build {
  /** What is given to Node. */
  readonly program: string;
  readonly folder: string;
}

const ROOMS = ['src', 'commands', 'jobs', 'templates'];

/** Compiles into a new folder under the system's temporary one; the caller removes it. Throws where an edit does not fit. */
export function buildProduct(edits: readonly Edit[] = []): Build {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-chaos-build-'));
  for (const path of ROOMS.flatMap((room) => sourcesIn(join(PROJECT, room)))) {
    const name = relative(PROJECT, path);
    const source = edits.filter(({ file }) => file === name).reduce(edited, readFileSync(path, 'utf8'));
    const { code } = transformSync(source, {
      filename: path,
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    });
    const target = join(folder, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  return { program: join(folder, 'src', 'cli.js'), folder };
}

/** The source with the edit made. A text that is not there exactly once is a mistake: nothing must be planted silently. */
export function edited(source: string, { file, find, replace }: Edit): string {
  const places = source.split(find).length - 1;
  if (places !== 1)
    throw new Error(`${file} has ${places} places that read ${JSON.stringify(find.slice(0, 80))}; one is needed`);
  return source.replace(find, () => replace);
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}
