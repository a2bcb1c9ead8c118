import {
  asBefore,
  behindLegacy,
  type Destination,
  type Destinations,
  type DestinationWrite,
  inFront,
  wayIn,
} from '../../src/core/carrier-order';
import type { Evidence } from '../../src/core/evidence';
import type { SiteCarrier } from '../../src/core/site';
import type { Carrier, CarrierTarget } from '../../src/ports/carrier';
import { Fault } from '../../src/ports/fault';
import type { Switched } from './legacy-switches';
import { line } from './outcomes';
import type { StepContext } from './step-work';

/** Both destinations as they were before the first write; null where the site has no carrier with a lever. */
export type CapturedCarrier = {
  readonly legacy: Destination & { readonly [field: string]: number | boolean };
  readonly target: Destination & { readonly [field: string]: number | boolean };
} | null;

/** What the carrier says of the site's trunk. */
export interface CarrierView {
  readonly legacy: CarrierTarget;
  readonly target: CarrierTarget;
  /** Enabled destinations of the trunk that the site file does not name. */
  readonly others: readonly CarrierTarget[];
}

const NOTHING: Switched = { agree: true, evidence: [] };

/** Null where the site has none. Throws a `Fault` when the trunk lacks a destination that the site file names. */
export async function readCarrier(context: StepContext): Promise<CarrierView | null> {
  const named = carrierOf(context);
  return named === null ? null : read(named.carrier, named.site);
}

export async function captureCarrier(context: StepContext): Promise<CapturedCarrier> {
  const view = await readCarrier(context);
  return view && { legacy: settingsOf(view.legacy), target: settingsOf(view.target) };
}

/** The new destination enabled behind legacy, so that there is a way in the moment that legacy refuses. */
export const enableBehindLegacy = (context: StepContext): Promise<Switched> =>
  setTo(context, behindLegacy, ({ target }) => target.enabled);

/** The new destination first, and then legacy off. */
export const putNewInFront = (context: StepContext): Promise<Switched> =>
  setTo(context, inFront, ({ legacy, target }) => target.enabled && !legacy.enabled);

/** Field by field as captured; legacy first, while the new destination still takes the calls. */
export async function restoreCarrier(context: StepContext, captured: CapturedCarrier): Promise<Switched> {
  if (captured === null) return NOTHING;
  const isBefore = (now: Destinations) => differing(now, asBefore(now, captured)).length === 0;
  return setTo(context, (now) => asBefore(now, captured), isBefore);
}

export function carrierLines(
  context: StepContext,
  { legacy, target, others }: CarrierView,
  good: { readonly legacy: boolean | null; readonly target: boolean | null },
): readonly Evidence[] {
  const trunk = context.plan.site.carrier?.trunk ?? '';
  return [
    line(context, `carrier trunk ${trunk}, legacy destination`, destinationText(legacy), good.legacy),
    line(context, `carrier trunk ${trunk}, new destination`, destinationText(target), good.target),
    ...others.map((other) =>
      line(
        context,
        `carrier trunk ${trunk}, a destination that the site file does not name`,
        destinationText(other),
        null,
      ),
    ),
  ];
}

/** Computed afresh from what the carrier shows, so that a visit after a crash goes on where the last one stopped. */
async function setTo(
  context: StepContext,
  writesOf: (now: Destinations) => readonly DestinationWrite[],
  isDone: (now: Destinations) => boolean,
): Promise<Switched> {
  const named = carrierOf(context);
  if (named === null) return NOTHING;
  const { carrier, site } = named;
  const before = await read(carrier, site);
  let view = before;
  for (const { which, set } of differing(before, writesOf(before))) {
    await context.fence();
    await carrier.setTarget(site.trunk, site[which], set);
    view = await read(carrier, site);
    // The next write is safe only once this one is seen.
    if (differing(view, [{ which, set }]).length > 0) break;
  }
  const agree = isDone(view);
  const first = wayIn(view);
  const evidence = carrierLines(context, view, {
    legacy: agree || first === 'legacy' ? agree : null,
    target: agree || first === 'target' ? agree : null,
  });
  return { agree, evidence };
}

function differing(now: Destinations, writes: readonly DestinationWrite[]): readonly DestinationWrite[] {
  let seen = now;
  return writes.filter(({ which, set }) => {
    const is = seen[which];
    const next = { ...is, ...set };
    seen = { ...seen, [which]: next };
    return next.enabled !== is.enabled || next.priority !== is.priority || next.weight !== is.weight;
  });
}

async function read(carrier: Carrier, site: SiteCarrier): Promise<CarrierView> {
  const targets = await carrier.targets(site.trunk);
  const named = (id: string): CarrierTarget => {
    const found = targets.find((target) => target.id === id);
    if (found) return found;
    const message = `${carrier.name} has no destination ${id} on trunk ${site.trunk}: correct "carrier" in the site file.`;
    throw new Fault(message, { system: carrier.name, transient: false, status: 404 });
  };
  const others = targets.filter(({ id, enabled }) => enabled && id !== site.legacy && id !== site.target);
  return { legacy: named(site.legacy), target: named(site.target), others };
}

function carrierOf(context: StepContext): { readonly carrier: Carrier; readonly site: SiteCarrier } | null {
  const { carrier } = context.world;
  const site = context.plan.site.carrier;
  return carrier && site ? { carrier, site } : null;
}

const settingsOf = ({ enabled, priority, weight }: CarrierTarget) => ({ enabled, priority, weight });

function destinationText({ enabled, priority, weight, uri }: CarrierTarget): string {
  return `${enabled ? 'enabled' : 'disabled'}, priority ${priority}, weight ${weight}, ${uri}`;
}
