import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { Recipe } from '../../core/recipe';
import type { Site } from '../../core/site';
import { type Library, Unreadable } from '../../ports/library';

export type FileParsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly faults: readonly string[] };

export interface FileLibraryOptions {
  readonly sitesDir: string;
  readonly recipesDir: string;
  readonly parseSite: (text: string, file: string, roster: (name: string) => string | null) => FileParsed<Site>;
  readonly parseRecipe: (
    text: string,
    file: string,
    site: Site,
  ) => FileParsed<{ readonly recipe: Recipe; readonly wave: string | null; readonly notes: readonly string[] }>;
}

const LARGEST_BYTES = 1024 * 1024;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/;
const ENDINGS = ['.yaml', '.yml', '.json'];

/** Files of two folders, named by their bare names only: nothing that a person types can lead out of them. */
export function createFileLibrary(options: FileLibraryOptions): Library {
  const { sitesDir, recipesDir, parseSite, parseRecipe } = options;
  return {
    async siteNames() {
      const names = await readdir(sitesDir).catch(() => []);
      return names
        .filter((name) => ENDINGS.includes(extname(name)))
        .map((name) => basename(name, extname(name)))
        .sort();
    },
    async site(name) {
      const { file, text } = await open(sitesDir, name);
      const rosters = await rostersIn(sitesDir);
      return value(
        file,
        parseSite(text, file, (roster) => rosters.get(roster) ?? null),
      );
    },
    async recipe(name, site) {
      const { file, text } = await open(recipesDir, name);
      return value(file, parseRecipe(text, file, site));
    },
  };
}

function value<Value>(file: string, parsed: FileParsed<Value>): Value {
  if (parsed.ok) return parsed.value;
  throw new Unreadable(file, parsed.faults);
}

async function open(folder: string, name: string): Promise<{ file: string; text: string }> {
  if (!NAME.test(name)) throw new Unreadable(name, ['a name has letters, digits, dots, dashes and underscores only']);
  const candidates = ENDINGS.some((ending) => name.endsWith(ending)) ? [name] : ENDINGS.map((ending) => name + ending);
  for (const candidate of candidates) {
    const found = await stat(join(folder, candidate)).catch(() => null);
    if (!found?.isFile()) continue;
    if (found.size > LARGEST_BYTES) throw new Unreadable(candidate, [`it has ${found.size} bytes; 1 MiB is the most`]);
    return { file: candidate, text: await readFile(join(folder, candidate), 'utf8') };
  }
  throw new Unreadable(name, [`there is no such file (looked for ${candidates.join(', ')})`]);
}

async function rostersIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.csv'));
  const texts = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
  );
  return new Map(texts);
}
