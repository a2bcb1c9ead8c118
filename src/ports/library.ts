import type { Recipe } from '../core/recipe';
import type { Site } from '../core/site';

/** Sites and recipes, as their owners keep them in files. Read afresh each time; a wave keeps what it was planned with. */
export interface Library {
  /** Names of the sites that have a file, sorted. */
  siteNames(): Promise<readonly string[]>;
  /** Throws `Unreadable`. */
  site(name: string): Promise<Site>;
  /** A recipe, or a wave document in its literal form, by its bare name. Throws `Unreadable`. */
  recipe(
    name: string,
    site: Site,
  ): Promise<{ readonly recipe: Recipe; readonly wave: string | null; readonly notes: readonly string[] }>;
}

/** A file that cannot be used: every mistake with its place, what is wrong and what to do. */
export class Unreadable extends Error {
  constructor(
    readonly file: string,
    readonly faults: readonly string[],
  ) {
    super(`${file} cannot be used: ${faults.join('; ')}`);
    this.name = 'Unreadable';
  }
}
