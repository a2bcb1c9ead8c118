import { firstCohortSize, type Limits } from './limits';
import { byGroup, rosterSample } from './roster-sample';
import type { SiteAgent } from './site';

/** Agents whose phones are moved together. */
export interface Cohort {
  readonly name: string;
  readonly agents: readonly SiteAgent[];
}

/**
 * The roster in the order in which it is moved. First a cross-section of all groups, so that every group's set-up is
 * proven on a few; then group by group in even slices of at most `cohortPercent` of the roster. Nobody is left out.
 */
export function cohortsOf(
  agents: readonly SiteAgent[],
  limits: Limits,
  seed: string,
  digest: (text: string) => string,
): readonly Cohort[] {
  const first = rosterSample(agents, firstCohortSize(agents.length, limits), seed, digest);
  const chosen = new Set(first.map((agent) => agent.agent));
  const rest = agents.filter((agent) => !chosen.has(agent.agent));
  const most = Math.max(1, Math.floor((agents.length * limits.cohortPercent) / 100));
  const slices = [...byGroup(rest)].flatMap(([group, members]) => slicesOf(group, members, most));
  return first.length === 0 ? slices : [{ name: 'cross-section', agents: first }, ...slices];
}

function slicesOf(group: string, members: readonly SiteAgent[], most: number): readonly Cohort[] {
  const count = Math.ceil(members.length / most);
  return Array.from({ length: count }, (_, i) => ({
    name: count === 1 ? group : `${group} ${i + 1} of ${count}`,
    agents: members.slice(Math.floor((i * members.length) / count), Math.floor(((i + 1) * members.length) / count)),
  }));
}
