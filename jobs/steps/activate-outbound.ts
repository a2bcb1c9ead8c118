import type { Evidence } from '../../src/core/evidence';
import { firstCohortSize } from '../../src/core/limits';
import { counted } from '../../src/core/wording';
import type { OutboundRoute } from '../../src/ports/platform';
import { registeredAgents, registeredLine } from './cohort-walk';
import { applied, line, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import type { StepContext, StepWork } from './step-work';

type Captured = { readonly routes: readonly { readonly route: string; readonly enabled: boolean }[] };

const READ_BACK_MS = 5_000;
const REGISTER_MS = 15_000;

/** Switches the outbound routes on, one by one, once enough phones are registered. */
export const activateOutbound: StepWork = {
  async ready(context) {
    const { site, limits } = context.plan;
    const registered = await context.world.platform.registeredPhones(site.platform.site);
    const there = registeredAgents(context, registered);
    const wanted = firstCohortSize(site.agents.length, limits);
    const evidence = [{ ...registeredLine(context, registered), good: there >= wanted }];
    if (there >= wanted) return passed(`${counted(there, 'phone')} registered, ${wanted} needed.`, evidence);
    return waiting(`${there} of the ${wanted} phones that must be registered before outbound calls.`, evidence, {
      afterMs: REGISTER_MS,
    });
  },

  async apply(context) {
    const { outboundRoutes, site } = context.plan.site.platform;
    const routes = [];
    for (const { route } of outboundRoutes) {
      routes.push({ route, enabled: (await context.world.platform.outboundRoute(site, route)).enabled });
    }
    await context.capture({ routes } satisfies Captured);
    const evidence = await setRoutes(
      context,
      outboundRoutes.map(({ route }) => ({ route, enabled: true })),
    );
    if (evidence.some(({ good }) => good === false)) {
      return waiting('An outbound route is not shown as on yet.', evidence, { afterMs: READ_BACK_MS });
    }
    return applied(`${counted(outboundRoutes.length, 'outbound route')} switched on.`, evidence);
  },

  async check(context) {
    const evidence: Evidence[] = [];
    const { outboundRoutes, site } = context.plan.site.platform;
    for (const { route } of outboundRoutes) {
      const found = await context.world.platform.outboundRoute(site, route);
      evidence.push(routeLine(context, found, found.enabled));
    }
    if (evidence.every(({ good }) => good === true)) return passed('Outbound calls leave by the new side.', evidence);
    return waiting('An outbound route is off again.', evidence, { afterMs: READ_BACK_MS });
  },

  async undo(context) {
    const captured = recalled<Captured>(context.captured);
    if (!captured) return NOTHING_WRITTEN;
    const evidence = await setRoutes(context, captured.routes);
    if (evidence.every(({ good }) => good === true)) return undone('The outbound routes are as before.', evidence);
    const summary = 'An outbound route is not shown as before yet.';
    return { kind: 'waiting', summary, evidence, recheckAfterMs: READ_BACK_MS, until: null };
  },
};

async function setRoutes(context: StepContext, wanted: Captured['routes']): Promise<readonly Evidence[]> {
  const { platform } = context.world;
  const { site } = context.plan.site.platform;
  const evidence: Evidence[] = [];
  for (const { route, enabled } of wanted) {
    if ((await platform.outboundRoute(site, route)).enabled !== enabled) {
      await context.fence();
      await platform.setOutboundRoute(site, route, enabled);
    }
    const back = await platform.outboundRoute(site, route);
    evidence.push(routeLine(context, back, back.enabled === enabled));
  }
  return evidence;
}

function routeLine(context: StepContext, route: OutboundRoute, good: boolean): Evidence {
  return line(context, `outbound route ${route.name}`, route.enabled ? 'on' : 'off', good);
}
