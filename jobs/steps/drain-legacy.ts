import type { Evidence } from '../../src/core/evidence';
import type { Outcome } from '../../src/core/outcome';
import { givesNew } from '../../src/core/propagation';
import { batchMs, fastestPace } from '../../src/core/registration-pace';
import { counted, duration, listed } from '../../src/core/wording';
import { Fault } from '../../src/ports/fault';
import type { LegacyTrunkMode } from '../../src/ports/legacy';
import {
  type CapturedCarrier,
  captureCarrier,
  carrierLines,
  enableBehindLegacy,
  readCarrier,
  restoreCarrier,
} from './carrier-switch';
import { wayBack } from './dns-forecast';
import { setLegacyTrunks } from './legacy-switches';
import { askNameServers } from './name-servers';
import { applied, line, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import { inCaches, isRequired } from './propagation-watch';
import { askResolvers, ordinaryAskings } from './resolvers';
import { type RouteFinding, sipRoutes } from './sip-routes';
import type { StepContext, StepWork } from './step-work';
import { unseenTrunks } from './unseen-trunks';

type Captured = {
  readonly trunks: readonly { readonly id: string; readonly mode: LegacyTrunkMode }[];
  /** Not there in waves that began before carriers were switched. */
  readonly carrier?: CapturedCarrier;
};
/** How the new trunks were found just before: the next step then loses no time with reading. */
export type DrainLegacyResult = {
  readonly newTrunks: readonly { readonly trunkBase: string; readonly enabled: boolean }[];
};

const READ_BACK_MS = 2_000;

/**
 * The legacy trunk to standby: live calls go on, new ones are refused and try the next target. Live calls are not waited
 * for. A carrier with a lever has the new destination behind legacy before that; all that a wave changes there is taken
 * back here, because this is where legacy takes calls again.
 */
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
      ...(await carrierNow(context)),
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
    const carrier = context.captured === null ? await captureCarrier(context) : null;
    await context.capture({ trunks: found, ...(carrier ? { carrier } : {}) } satisfies Captured);
    const behind = await enableBehindLegacy(context);
    if (!behind.agree)
      return waiting('The carrier does not show the new destination behind legacy yet.', behind.evidence, {
        afterMs: READ_BACK_MS,
      });
    const active = found.filter(({ mode }) => mode === 'active');
    const switched = await toStandby(
      context,
      active.map(({ id }) => id),
    );
    if (switched.some(({ good }) => good === false))
      return waiting('The legacy trunk does not show standby yet.', switched, { afterMs: READ_BACK_MS });
    const proof = [...behind.evidence, ...switched];
    const result: DrainLegacyResult = { newTrunks };
    return applied('The legacy trunk takes no new calls; live calls go on.', proof, result);
  },

  async check(context) {
    const evidence = [];
    let live = 0;
    for (const id of context.plan.site.legacy.trunks) {
      const { shown, calls } = await shownBack(context, id);
      live += calls;
      evidence.push(shown);
    }
    if (evidence.every(({ good }) => good === true)) {
      return passed(
        `Legacy is on standby with ${counted(live, 'live call')}; it can be re-armed in one call.`,
        evidence,
      );
    }
    if (evidence.every(({ good }) => good !== false)) {
      return passed(
        'Legacy accepted standby and does not answer now. The new trunk goes on all the same: until it does, callers find no way in.',
        evidence,
      );
    }
    return waiting('A legacy trunk is active again.', evidence, { afterMs: READ_BACK_MS });
  },

  async undo(context) {
    const captured = recalled<Captured>(context.captured);
    if (!captured) return NOTHING_WRITTEN;
    const trunks = await setLegacyTrunks(context, captured.trunks);
    // A carrier is led back only to a gateway that takes calls.
    const carrier = trunks.agree ? await restoreCarrier(context, captured.carrier ?? null) : NOT_YET;
    const evidence = [...trunks.evidence, ...carrier.evidence];
    if (trunks.agree && carrier.agree) return undone('Legacy is armed as before.', evidence);
    const summary = trunks.agree
      ? 'The carrier does not show its destinations as before yet.'
      : 'The legacy trunk does not show its mode from before yet.';
    return { kind: 'waiting', summary, evidence, recheckAfterMs: READ_BACK_MS, until: null };
  },
};

async function toStandby(context: StepContext, trunks: readonly string[]): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = [];
  for (const id of trunks) {
    await context.fence();
    await context.world.legacy.setTrunk(id, 'standby');
    evidence.push((await shownBack(context, id)).shown);
  }
  return evidence;
}

/**
 * Once legacy has accepted standby, callers stand outside until the new trunk is on: a legacy that does not answer any more
 * is told, but it must not keep the wave here.
 */
async function shownBack(
  context: StepContext,
  id: string,
): Promise<{ readonly shown: Evidence; readonly calls: number }> {
  const asked = `legacy trunk ${id}`;
  try {
    const { mode, liveCalls } = await context.world.legacy.trunk(id);
    const text = `${mode}, ${counted(liveCalls, 'live call')}`;
    return { shown: line(context, asked, text, mode !== 'active'), calls: liveCalls };
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    return { shown: line(context, asked, `standby was accepted; not read back: ${cause.message}`, null), calls: 0 };
  }
}

const NOT_YET = { agree: false, evidence: [] };

async function carrierNow(context: StepContext): Promise<readonly Evidence[]> {
  const view = await readCarrier(context);
  return view ? carrierLines(context, view, { legacy: view.legacy.enabled, target: null }) : [];
}

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
