import type { SiteAgent } from './site';

/**
 * A sample of the roster with every group in proportion and, as far as the size allows, nobody's group left out (J10).
 * The same seed gives the same people. `digest` is any even hash of a text.
 */
export function rosterSample(
  agents: readonly SiteAgent[],
  size: number,
  seed: string,
  digest: (text: string) => string,
): readonly SiteAgent[] {
  const shuffled = new Map<string, SiteAgent[]>();
  for (const [group, members] of byGroup(agents)) {
    const drawn = members.map((agent) => ({ agent, lot: digest(`${seed}/${agent.agent}`) }));
    drawn.sort((a, b) => (a.lot < b.lot ? -1 : 1));
    shuffled.set(
      group,
      drawn.map(({ agent }) => agent),
    );
  }
  // The group that is furthest behind its share draws next; a group without anybody yet goes before all others.
  const taken = new Map<string, number>();
  const sample: SiteAgent[] = [];
  while (sample.length < Math.min(size, agents.length)) {
    const open = [...shuffled].filter(([group, members]) => (taken.get(group) ?? 0) < members.length);
    const next = open.reduce((best, each) => (fill(each, taken) < fill(best, taken) ? each : best));
    const [group, members] = next;
    const index = taken.get(group) ?? 0;
    const agent = members[index];
    if (!agent) break;
    sample.push(agent);
    taken.set(group, index + 1);
  }
  return sample;
}

/** In the order in which the roster first names them. */
export function byGroup(agents: readonly SiteAgent[]): ReadonlyMap<string, readonly SiteAgent[]> {
  const groups = new Map<string, SiteAgent[]>();
  for (const agent of agents) groups.set(agent.group, [...(groups.get(agent.group) ?? []), agent]);
  return groups;
}

function fill([group, members]: readonly [string, readonly SiteAgent[]], taken: ReadonlyMap<string, number>): number {
  return (taken.get(group) ?? 0) / members.length;
}
