/** Who is off work: the same people in every system that plans shifts. */
import { fractionOf } from './random';
import type { SiteWorld } from './world';

/** Of each group, rounded down: in a small team nobody is missing. */
const SHARE_OFF_WORK = 0.03;

export function offWork(site: SiteWorld): ReadonlySet<string> {
  const groups = new Set(site.agents.map((agent) => agent.group));
  const off = [...groups].flatMap((group) => {
    const drawn = site.agents
      .filter((agent) => agent.group === group)
      .map(({ user }) => ({ user, lot: fractionOf(`off:${user}`) }));
    return drawn.sort((a, b) => a.lot - b.lot).slice(0, Math.floor(drawn.length * SHARE_OFF_WORK));
  });
  return new Set(off.map(({ user }) => user));
}
