import { buildPlan } from '../src/core/build-plan';
import type { Observed } from '../src/core/observed';
import type { Plan } from '../src/core/plan';
import type { Recipe } from '../src/core/recipe';
import { observeSite } from '../src/engine/observe-site';
import { patiently } from '../src/engine/patiently';
import { siteWorld } from '../src/engine/site-world';
import type { CommandRoom } from './command-room';
import { numberOf, siteOf } from './vanished';

/** Somebody waits for the plan: a system that is busy gets this long, ms of the product's clock. */
const READING_MS = 90_000;

export type Planned =
  | { readonly kind: 'planned'; readonly plan: Plan; readonly notes: readonly string[] }
  | { readonly kind: 'unplannable'; readonly site: string; readonly faults: readonly string[] };

/**
 * The next wave of a site: its file, its recipe (or the recipe or wave document named), and what is there now. Reads
 * everything, writes nothing. Throws `Unreadable` for a bad file and `Fault` for a system that does not answer.
 */
export async function planWave(room: CommandRoom, siteName: string, from: string | null): Promise<Planned> {
  const site = await room.library.site(siteName);
  const { recipe, wave, notes } = await room.library.recipe(from ?? site.recipe, site);
  const waves = await room.engine.log.wavesOf(site.site);
  const shown = (await room.lost?.vanished.all())?.filter((one) => siteOf(one.wave) === site.site) ?? [];
  const observed = isLiteral(recipe)
    ? unread(room)
    : await patiently(room.world.clock, READING_MS, () => observeSite(siteWorld(room.world, site), site));
  // A number that Slack has seen is not given again, whatever the store has forgotten.
  const waveNumber = wave ? numberOf(wave) : Math.max(waves.length, ...shown.map((one) => numberOf(one.wave))) + 1;
  const result = buildPlan({ site, recipe, observed, waveNumber, digest: room.engine.digest });
  return result.kind === 'plan'
    ? { kind: 'planned', plan: result.plan, notes }
    : { kind: 'unplannable', site: siteName, faults: result.faults };
}

const isLiteral = (recipe: Recipe): boolean => recipe.steps.every((step) => step.kind === 'http');

/** A literal wave document names endpoints, not the site's objects: each of its steps reads for itself what it will change. */
function unread(room: CommandRoom): Observed {
  const allocation = { allocationPercent: 0, shadowPercent: 0 };
  return {
    at: room.engine.clock.now(),
    records: [],
    trunks: [],
    routes: [],
    queues: [],
    allocation,
    legacyTrunks: [],
    legacyQueues: [],
    licencesMissing: 0,
  };
}
