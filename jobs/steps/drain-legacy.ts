import type { Evidence } from '../../src/core/evidence';
import type { Outcome } from '../../src/core/outcome';
import { givesNew } from '../../src/core/propagation';
import { batchMs, fastestPace } from '../../src/core/registration-pace';
import { counted, duration, listed } from '../../src/core/wording';
import type { LegacyTrunkMode } from '../../src/ports/legacy';
import { wayBack } from './dns-forecast';
import { setLegacyTrunks } from './legacy-switches';
import { askNameServers } from './name-servers';
import { applied, line, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import { inCaches, isRequired } from './propagation-watch';
import { askResolvers, ordinaryAskings } from './resolvers';
import { type RouteFinding, sipRoutes } from './sip-routes';
import type { StepContext, StepWork } from './step-work';
import { unseenTrunks } from './unseen-trunks';

type Captured = { readonly trunks: readonly { readonly id: string; readonly mode: LegacyTrunkMode }[] };
/** How the new trunks were found just before: the next step then loses no time with reading. */
export type DrainLegacyResult = {
  readonly newTrunks: readonly { readonly trunkBase: string; readonly enabled: boolean }[];
};

const READ_BACK_MS = 2_000;

/** The legacy trunk to standby: live calls go on, new ones are refused and try the next target. Live calls are not waited for. */
export const drainLegacy: StepWork = {
  async ready(context) {
    const travelling = inCaches(context);
    const servers = await askNameServers(
      context,
      travelling.map(({ state }) => state),
    );
    const once = ordinaryAskings(context).map((asking) => ({ ...asking, samples: 1 }));
    const findings = await askResolvers(context, travelling, once);
    const evidence = [
      ...findings.flatMap((finding) => finding.evidence),
      ...servers.evidence,
      surgeLine(context),
      wayBack(context).evidence,
      ...unseenTrunks(context),
    ];
    const back = [
      ...servers.behind,
      ...findings
        .filter(({ reading, resolver }) => !givesNew(reading) && isRequired(resolver))
        .map(({ resolver }) => resolver.name),
    ];
    if (back.length === 0) return endpointsFollow(await sipRoutes(context, 'target'), evidence);
    const summary = `${listed(back)} no longer show${back.length === 1 ? 's' : ''} the new gateway; legacy stays on until all do.`;
    return waiting(summary, evidence, { afterMs: 15_000 });
  },

  async apply(context) {
    const newTrunks = [];
    for (const { trunkBase } of context.plan.site.platform.inboundTrunks) {
      newTrunks.push({ trunkBase, enabled: (await context.world.platform.trunk(trunkBase)).enabled });
    }
    const found = [];
    for (const id of context.plan.site.legacy.trunks)
      found.push({ id, mode: (await context.world.legacy.trunk(id)).mode });
    await context.capture({ trunks: found } satisfies Captured);
    const active = found.filter(({ mode }) => mode === 'active');
    const switched = await setLegacyTrunks(
      context,
      active.map(({ id }) => ({ id, mode: 'standby' })),
    );
    if (!switched.agree)
      return waiting('The legacy trunk does not show standby yet.', switched.evidence, { afterMs: READ_BACK_MS });
    const result: DrainLegacyResult = { newTrunks };
    return applied('The legacy trunk takes no new calls; live calls go on.', switched.evidence, result);
  },

  async check(context) {
    const evidence = [];
    let live = 0;
    for (const id of context.plan.site.legacy.trunks) {
      const trunk = await context.world.legacy.trunk(id);
      live += trunk.liveCalls;
      evidence.push(
        line(
          context,
          `legacy trunk ${id}`,
          `${trunk.mode}, ${counted(trunk.liveCalls, 'live call')}`,
          trunk.mode !== 'active',
        ),
      );
    }
    if (evidence.every(({ good }) => good === true)) {
      return passed(
        `Legacy is on standby with ${counted(live, 'live call')}; it can be re-armed in one call.`,
        evidence,
      );
    }
    return waiting('A legacy trunk is active again.', evidence, { afterMs: READ_BACK_MS });
  },

  async undo(context) {
    const captured = recalled<Captured>(context.captured);
    if (!captured) return NOTHING_WRITTEN;
    const { agree, evidence } = await setLegacyTrunks(context, captured.trunks);
    if (agree) return undone('Legacy is armed as before.', evidence);
    const summary = 'The legacy trunk does not show its mode from before yet.';
    return { kind: 'waiting', summary, evidence, recheckAfterMs: READ_BACK_MS, until: null };
  },
};

/** The records may be as planned and yet lead endpoints elsewhere: a NAPTR before them, a transport that nobody thought of. */
function endpointsFollow(routes: readonly RouteFinding[], records: readonly Evidence[]): Outcome {
  const evidence = [...records, ...routes.map((route) => route.evidence)];
  const astray = routes.filter(({ state }) => state !== 'right').map(({ resolver }) => resolver.name);
  if (astray.length === 0) return passed('Every name server and resolver still shows the new gateway.', evidence);
  const summary = `Endpoints behind ${listed(astray)} would not go to the new gateway first; legacy stays on until they do.`;
  return waiting(summary, evidence, { afterMs: 15_000 });
}

/** What the gate's deciders should expect of the gateway. */
function surgeLine(context: StepContext) {
  const { agents, endpoints } = context.plan.site;
  const time = batchMs(agents.length, fastestPace(endpoints.registersPerSecond));
  const text = `${counted(agents.length, 'phone')} will register, cohort by cohort; at the allowed pace ${duration(time)} in all`;
  return line(context, 'registrations to come', text, null);
}
