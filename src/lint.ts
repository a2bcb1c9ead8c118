import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { siteFaults } from './core/build-plan';
import type { Site } from './core/site';
import { parseLibraryRecipe } from './parse/library-recipe';
import { formatFaults } from './parse/parse-fault';
import { parseSite } from './parse/site';

export interface LintReport {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** Checks one file by what it is: a site file says `site:`, everything else is a recipe or a wave document. */
export async function lint(file: string, siteFile: string | null): Promise<LintReport> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null)
    return { ok: false, lines: [`${file} cannot be read. Give the path of a site file, a recipe or a wave document.`] };
  if (
    /^\s*"?site"?\s*:/m.test(text) &&
    !/^\s*"?(recipe|sequence)"?\s*:\s*$/m.test(text) &&
    !/"?(sequence|steps)"?\s*:/.test(text)
  ) {
    return lintSite(text, file);
  }
  const site = await siteFor(file, siteFile);
  if (!site)
    return {
      ok: false,
      lines: [
        `${basename(file)} is a recipe or a wave document; name a site file to check it against: cutover lint ${file} --site sites/SITE.yaml`,
      ],
    };
  const parsed = parseLibraryRecipe(text, basename(file), site);
  if (!parsed.ok) return bad(formatFaults(parsed.faults));
  const { recipe, notes } = parsed.value;
  return good(
    file,
    `${recipe.name}, ${recipe.steps.length} steps, gates before ${
      recipe.steps
        .filter((step) => step.gated)
        .map((step) => step.id)
        .join(', ') || 'none'
    }`,
    notes,
  );
}

function lintSite(text: string, file: string): LintReport {
  const parsed = parseSite(text, basename(file), rosterBeside(file));
  if (!parsed.ok) return bad(formatFaults(parsed.faults));
  const site = parsed.value;
  const unplannable = siteFaults(site).map((fault) => `${basename(file)}: ${fault}.`);
  if (unplannable.length > 0) return bad(unplannable);
  const recipes = join(dirname(file), '..', 'templates', 'waves');
  const known = ['.yaml', '.yml', '.json'].some((ending) => existsSync(join(recipes, site.recipe + ending)));
  const note =
    known || !existsSync(recipes)
      ? []
      : [`${basename(file)}: there is no recipe "${site.recipe}" in templates/waves. Name one that is there.`];
  if (note.length > 0) return bad(note);
  return good(file, `site ${site.site}, ${site.agents.length} agents, DNS records: ${site.dns.records.length}`);
}

function good(file: string, what: string, notes: readonly string[] = []): LintReport {
  return { ok: true, lines: [`${basename(file)}: good. ${what}.`, ...notes] };
}

const bad = (lines: readonly string[]): LintReport => ({ ok: false, lines });

/** The site that a recipe is checked against: the one named, or any beside the recipes' folder. */
async function siteFor(file: string, siteFile: string | null): Promise<Site | null> {
  const path =
    siteFile ?? ['sites/site-a.yaml', join(dirname(file), '../../sites/site-a.yaml')].find((each) => existsSync(each));
  if (!path) return null;
  const text = await readFile(path, 'utf8').catch(() => '');
  const parsed = parseSite(text, basename(path), rosterBeside(path));
  return parsed.ok ? parsed.value : null;
}

function rosterBeside(file: string): (name: string) => string | null {
  return (name) => {
    const path = join(dirname(file), name);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  };
}
