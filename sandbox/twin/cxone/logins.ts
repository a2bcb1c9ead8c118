/**
 * Agents of a CXone site log in by themselves once their number takes calls: each within some minutes, when no call of
 * theirs is in progress. Logging in makes the desk phone look its gateway up, as a restart does elsewhere.
 */
import { reboot } from '../model/phones';
import { type Agent, isInbound, type SiteWorld, type World } from '../model/world';

const LOG_IN_SECONDS = { from: 20, to: 240 };
const BUSY_AGAIN_MS = 15_000;
/** Long enough for a boot and a retry after a refusal. */
const LOOK_AGAIN_MS = 150_000;

export function letAgentsLogIn(world: World, site: SiteWorld): void {
  for (const agent of site.agents) {
    const waitMs = world.random.between(LOG_IN_SECONDS.from, LOG_IN_SECONDS.to) * 1000;
    world.agenda.after(waitMs, () => logIn(world, site, agent));
  }
}

function logIn(world: World, site: SiteWorld, agent: Agent): void {
  if (!isInbound(site) || agent.phone.registeredAt === 'new') return;
  if (agent.busy) {
    world.agenda.after(BUSY_AGAIN_MS, () => logIn(world, site, agent));
    return;
  }
  if (!agent.phone.booting) reboot(world, site, agent.phone);
  world.agenda.after(LOOK_AGAIN_MS, () => logIn(world, site, agent));
}
