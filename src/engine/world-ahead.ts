import { presentValues } from '../core/build-plan';
import type { Evidence } from '../core/evidence';
import { canonicalJson, type Json } from '../core/json';
import type { Loss } from '../core/log-loss';
import { isForward, stepAt, type Wave } from '../core/wave';
import type { World } from '../ports/world';
import { observeSite } from './observe-site';
import { siteWorld } from './site-world';

/**
 * What of the next step's changes stands in the world already, although by the log nothing of it has been written: the
 * events that said so may be lost. Reads only. Throws `Fault` when a system does not answer.
 */
export async function worldAhead(world: World, wave: Wave): Promise<readonly Evidence[]> {
  if (!isForward(wave)) return [];
  const { planned, state } = stepAt(wave, wave.at);
  if (state.captured !== null || planned.changes.length === 0 || planned.http) return [];
  const { site } = wave.plan;
  const present = presentValues(site, await observeSite(siteWorld(world, site), site));
  const at = world.clock.now();
  return planned.changes.flatMap(({ system, resource, field, from, to }) => {
    const now = present.find((each) => each.system === system && each.resource === resource && each.field === field);
    if (!now || canonicalJson(now.from) !== canonicalJson(to)) return [];
    const answered = `${plain(to)}, as the step would set it; ${plain(from)} when it was planned`;
    return [{ at, asked: `${resource}: ${field}`, answered, good: false }];
  });
}

const plain = (value: Json): string => (Array.isArray(value) ? value.map(String).join(', ') : String(value));

/** The finding that goes with it. `known`: of a loss that somebody else knows of already. */
export function withWorld(wave: Wave, known: Loss | null, ahead: readonly Evidence[]): Loss | null {
  if (ahead.length === 0 || !isForward(wave)) return known;
  const { planned } = stepAt(wave, wave.at);
  const base = known ?? { from: wave.seq + 1, to: null, witnesses: [], posts: [], kinds: [], steps: [] };
  const isNamed = base.steps.some(({ step }) => step === planned.id);
  const unknown = { step: planned.id, known: false, captured: null };
  return {
    ...base,
    witnesses: [...base.witnesses, 'world'],
    steps: isNamed ? base.steps : [...base.steps, unknown],
    world: ahead,
  };
}
