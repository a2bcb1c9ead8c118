import { tighten } from '../src/core/limits';
import type { PreflightLine } from '../src/core/preflight';
import { preflightLines } from '../src/engine/preflight';
import { siteWorld } from '../src/engine/site-world';
import type { CommandRoom } from './command-room';

/**
 * What a wave's preflight would find now; null for a wave document, which has none. A system that does not answer is a
 * line of it. Throws `Unreadable` for a bad file.
 */
export async function lookAtSite(
  room: CommandRoom,
  siteName: string,
  from: string | null,
): Promise<readonly PreflightLine[] | null> {
  const site = await room.library.site(siteName);
  const { recipe } = await room.library.recipe(from ?? site.recipe, site);
  if (recipe.steps.every(({ kind }) => kind === 'http')) return null;
  return preflightLines(siteWorld(room.world, site), site, tighten(recipe.limits).limits);
}
