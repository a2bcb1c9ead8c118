/**
 * The order in which a carrier's two destinations are set, one write after the other, so that at every moment in between
 * exactly one of them is tried first. Whichever enabled one has the lower number is first; equal numbers share.
 */

export interface Destination {
  readonly enabled: boolean;
  /** 0 to 65535. */
  readonly priority: number;
  /** 1 to 65535. */
  readonly weight: number;
}

export interface Destinations {
  readonly legacy: Destination;
  readonly target: Destination;
}

export interface DestinationWrite {
  readonly which: keyof Destinations;
  readonly set: Partial<Destination>;
}

const LAST = 65_535;

/** Where callers are led. `split`: both share them; `nowhere`: both are disabled. */
export type WayIn = 'legacy' | 'target' | 'split' | 'nowhere';

export function wayIn({ legacy, target }: Destinations): WayIn {
  if (!legacy.enabled && !target.enabled) return 'nowhere';
  if (!legacy.enabled) return 'target';
  if (!target.enabled) return 'legacy';
  if (legacy.priority === target.priority) return 'split';
  return legacy.priority < target.priority ? 'legacy' : 'target';
}

/** The new destination enabled behind legacy: tried where legacy refuses. */
export function behindLegacy({ legacy, target }: Destinations): readonly DestinationWrite[] {
  if (target.enabled && target.priority > legacy.priority) return [];
  // Behind the last number there is no room.
  const room: DestinationWrite[] = legacy.priority === LAST ? [{ which: 'legacy', set: { priority: LAST - 1 } }] : [];
  const priority = Math.min(legacy.priority + 1, LAST);
  return [...room, { which: 'target', set: { enabled: true, priority } }];
}

/** The new destination first, and then legacy off. */
export function inFront({ legacy, target }: Destinations): readonly DestinationWrite[] {
  if (!legacy.enabled) return target.enabled ? [] : [{ which: 'target', set: { enabled: true } }];
  const off: DestinationWrite = { which: 'legacy', set: { enabled: false } };
  if (target.enabled && target.priority < legacy.priority) return [off];
  if (legacy.priority > 0) return [{ which: 'target', set: { enabled: true, priority: legacy.priority - 1 } }, off];
  // Before the first number there is no room: the new one one step behind, and legacy behind that.
  return [{ which: 'target', set: { enabled: true, priority: 1 } }, { which: 'legacy', set: { priority: 2 } }, off];
}

/** As it was before, field by field: first the destination that took the calls then. */
export function asBefore(now: Destinations, before: Destinations): readonly DestinationWrite[] {
  const first = wayIn(before) === 'target' ? 'target' : 'legacy';
  const second = first === 'legacy' ? 'target' : 'legacy';
  const meets = now[second].enabled && before[first].enabled && now[second].priority === before[first].priority;
  // Out of the way, and not onto the number that the first one still has: equal ones would share the calls meanwhile.
  const taken = [before[first].priority, now[first].priority];
  const free = [Math.max(...taken) + 1, Math.min(...taken) - 1, 1];
  const aside = free.find((priority) => priority >= 0 && priority <= LAST && !taken.includes(priority)) ?? 2;
  return [
    ...(meets ? [{ which: second, set: { priority: aside } } satisfies DestinationWrite] : []),
    { which: first, set: before[first] },
    { which: second, set: before[second] },
  ];
}

export function afterWrite(destinations: Destinations, { which, set }: DestinationWrite): Destinations {
  return { ...destinations, [which]: { ...destinations[which], ...set } };
}
