import type { Evidence } from '../../src/core/evidence';
import type { Outcome } from '../../src/core/outcome';
import { counted, duration, percent } from '../../src/core/wording';
import { Fault } from '../../src/ports/fault';
import { carrierLines, putNewInFront, readCarrier } from './carrier-switch';
import { registeredAgents, registeredLine, type Walk, walkFrom, walkOn } from './cohort-walk';
import type { DrainLegacyResult } from './drain-legacy';
import { askGateway } from './gateways';
import { applied, failed, NOTHING_WRITTEN, passed, recalled, waiting } from './outcomes';
import type { StepContext, StepWork } from './step-work';
import {
  type CapturedTrunks,
  switchTrunksBack,
  switchTrunksOn,
  TRUNK_READ_BACK_MS,
  trunkLine,
  trunkStates,
} from './trunk-switches';

/**
 * `walk` is null until the carrier leads to the new trunks; `inService`: they were seen so, and callers have found a way in
 * since. Until then `askedAt`: since when they have been asked to, without a break; a look after `lookBy` is one.
 */
type Progress = {
  readonly walk: Walk | null;
  readonly inService?: true;
  readonly askedAt?: number;
  readonly lookBy?: number;
};

/**
 * Until the new trunk is in service callers find no way in, and carriers give up after half a minute. Past this it is
 * wrong, not merely late: going back re-arms legacy at once, while holding would leave the callers outside. Counted from
 * when the trunk was asked for: while nobody worked on the wave it had no chance, and seconds may be all that it needs.
 */
const HAND_OVER_MS = 3 * 60_000;
/** A look may come this much late; past it nobody has worked on the wave. */
const UNWATCHED_MS = 60_000;
const SETTLE_MS = 15_000;

/**
 * Switches the new trunks on, one at a time, has a carrier with a lever lead the calls there alone, then moves the phones
 * cohort by cohort. The carrier is led back by the way back of `drain-legacy`, which comes before this step's own.
 */
export const activateInbound: StepWork = {
  async apply(context) {
    if (context.captured === null) await context.capture(await before(context));
    const known = recalled<Progress>(context.progress);
    if (known?.walk || known?.inService) return goOn(context, known.walk);
    const obstacle = await switchOn(context, known);
    if (obstacle) return obstacle;
    try {
      return await goOn(context, null);
    } catch (cause) {
      // Trouble after this is no longer that of callers who find no way in: it must not be taken for it at the next visit.
      if (!(cause instanceof Fault && cause.transient)) throw cause;
      return waiting(`The new trunk is in service. ${cause.message}`, [], {
        afterMs: cause.retryAfterMs ?? TRUNK_READ_BACK_MS,
        progress: IN_SERVICE,
      });
    }
  },

  async check(context) {
    const { limits, site } = context.plan;
    const trunks = [];
    for (const { trunkBase } of site.platform.inboundTrunks) {
      const trunk = await context.world.platform.trunk(trunkBase);
      trunks.push(trunkLine(context, trunk, trunk.enabled && trunk.inService));
    }
    const view = await readCarrier(context);
    const carrier = view
      ? carrierLines(context, view, { legacy: !view.legacy.enabled, target: view.target.enabled })
      : [];
    const registered = await context.world.platform.registeredPhones(site.platform.site);
    const gateway = await askGateway(context, 'target', 'some');
    const there = registeredAgents(context, registered);
    const share = (100 * there) / site.agents.length;
    const enough = share >= limits.cohortRegisteredPercent;
    const up = trunks.every(({ good }) => good === true);
    const isLedHere = carrier.every(({ good }) => good !== false);
    const evidence = [
      ...trunks,
      ...carrier,
      { ...registeredLine(context, registered), good: enough },
      ...gateway.everywhere,
    ];
    if (up && isLedHere && enough && gateway.state === 'reachable') {
      return passed(
        `The new trunk is in service with ${there} of ${counted(site.agents.length, 'phone')} registered, ${percent(share)}.`,
        evidence,
        {
          registered: there,
        },
      );
    }
    const what = !up
      ? 'A new trunk is out of service'
      : !isLedHere
        ? 'The carrier leads calls elsewhere'
        : enough
          ? 'The gateway refuses or is silent'
          : 'Too few phones are registered';
    return waiting(
      `${what}: ${there} of ${counted(site.agents.length, 'phone')}, ${percent(limits.cohortRegisteredPercent)} wanted.`,
      evidence,
      {
        afterMs: SETTLE_MS,
      },
    );
  },

  async undo(context) {
    const captured = recalled<CapturedTrunks>(context.captured);
    return captured ? switchTrunksBack(context, captured, 'The new inbound trunks are') : NOTHING_WRITTEN;
  },
};

const IN_SERVICE: Progress = { walk: null, inService: true };

/** The carrier, then the phones: each visit goes on where the one before has stopped. */
async function goOn(context: StepContext, walk: Walk | null): Promise<Outcome> {
  if (walk === null) {
    const carrier = await putNewInFront(context);
    if (!carrier.agree) {
      const summary = 'The carrier does not show the new destination alone yet; it is tried where legacy refuses.';
      return waiting(summary, carrier.evidence, { afterMs: TRUNK_READ_BACK_MS, progress: IN_SERVICE });
    }
  }
  const outcome = await walkOn(context, walk ?? walkFrom(context));
  if (outcome.kind === 'walked') {
    const { agents } = context.plan.site;
    return applied(
      `${registeredAgents(context, outcome.registered)} of ${counted(agents.length, 'phone')} registered at the new side.`,
      outcome.evidence,
    );
  }
  if (outcome.kind !== 'waiting') return outcome;
  const progress: Progress = { walk: recalled<Walk>(outcome.progress ?? null) };
  return { ...outcome, progress };
}

/** As the step before found the trunks: seconds count between the two. */
async function before(context: StepContext): Promise<CapturedTrunks> {
  const { inboundTrunks } = context.plan.site.platform;
  const seen = recalled<DrainLegacyResult>(context.resultOf('drain-legacy'))?.newTrunks;
  return { trunks: seen ?? (await trunkStates(context, inboundTrunks)) };
}

/** Null when all are in service. */
async function switchOn(context: StepContext, known: Progress | null): Promise<Outcome | null> {
  const { inboundTrunks } = context.plan.site.platform;
  const askedAt = askedSince(context, known);
  const waited = () => context.now() - askedAt;
  const later = (summary: string, evidence: readonly Evidence[], afterMs: number): Outcome => {
    const progress: Progress = { walk: null, askedAt, lookBy: context.now() + afterMs + UNWATCHED_MS };
    return waiting(summary, evidence, { afterMs, progress });
  };
  try {
    const { inService, evidence } = await switchTrunksOn(context, inboundTrunks);
    if (inService) return null;
    if (waited() > HAND_OVER_MS) {
      return failed(
        `The new trunk is not in service after ${duration(waited())} and legacy is on standby: callers find no way in.`,
        evidence,
      );
    }
    return later('The new trunk is switched on and not in service yet.', evidence, TRUNK_READ_BACK_MS);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    if (cause.transient && waited() <= HAND_OVER_MS) {
      const summary = `The new trunk cannot be switched on yet, and legacy is on standby: ${cause.message}`;
      return later(summary, [], cause.retryAfterMs ?? TRUNK_READ_BACK_MS);
    }
    if (await takeCalls(context)) throw cause;
    return failed(
      `The new trunk cannot be switched on while legacy is on standby, so callers find no way in: ${cause.message}`,
      [],
    );
  }
}

/**
 * A person who has resumed the wave, and a worker that was away for long, begin to ask anew. A time ahead of the clock's was
 * noted before that was set back: to wait for it would leave callers outside for longer than they may be.
 */
function askedSince(context: StepContext, known: Progress | null): number {
  const now = context.now();
  const { askedAt, lookBy } = known ?? {};
  if (askedAt === undefined || lookBy === undefined || now > lookBy) return now;
  const from = context.since > now ? askedAt : Math.max(askedAt, context.since);
  return Math.min(from, now);
}

/** Before callers are said to find no way in: a write may be complained of, or its answer lost, and the trunk be on. */
async function takeCalls(context: StepContext): Promise<boolean> {
  try {
    for (const { trunkBase } of context.plan.site.platform.inboundTrunks) {
      const { enabled, inService } = await context.world.platform.trunk(trunkBase);
      if (!enabled || !inService) return false;
    }
    return true;
  } catch (cause) {
    if (cause instanceof Fault) return false;
    throw cause;
  }
}
