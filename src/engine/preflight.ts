import type { Limits } from '../core/limits';
import type { PreflightLine } from '../core/preflight';
import type { Site } from '../core/site';
import type { SiteWorld } from '../ports/world';

/** Reads every system of a site side by side and says what is missing. A system that fails is a line, never a throw. */
export async function preflightLines(
  _world: SiteWorld,
  _site: Site,
  _limits: Limits,
): Promise<readonly PreflightLine[]> {
  return [];
}
