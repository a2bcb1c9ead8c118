/** A carrier that rings SIP destinations of its own choice: by priority, and among equals by weight. */
import type { Random } from './random';
import type { SiteFile } from './site-file';

export interface CarrierDestination {
  readonly sid: string;
  readonly host: string;
  readonly sipUrl: string;
  readonly friendlyName: string;
  enabled: boolean;
  priority: number;
  weight: number;
  updatedAt: number;
}

export interface CarrierTrunk {
  readonly sid: string;
  readonly createdAt: number;
  readonly destinations: readonly CarrierDestination[];
}

const USUAL = { priority: 10, weight: 10 };

/** As it is before a migration: legacy rings, the new gateway is there and disabled. */
export function carrierOf({ carrier, gateways, name }: SiteFile, now: number): CarrierTrunk | null {
  if (!carrier) return null;
  const destination = (sid: string, side: 'legacy' | 'target'): CarrierDestination => {
    const { host, port, transport } = gateways[side];
    const sipUrl = `sip:${host}:${port};transport=${transport}`;
    const friendlyName = `${name}, ${side === 'legacy' ? 'old' : 'new'}`;
    return { sid, host, sipUrl, friendlyName, enabled: side === 'legacy', ...USUAL, updatedAt: now };
  };
  const destinations = [destination(carrier.legacy, 'legacy'), destination(carrier.target, 'target')];
  return { sid: carrier.trunk, createdAt: now, destinations };
}

/** The order in which one call tries the enabled destinations; equal priorities are drawn by weight, without return. */
export function ringOrder(trunk: CarrierTrunk, random: Random): readonly CarrierDestination[] {
  const left = trunk.destinations.filter(({ enabled }) => enabled).sort((a, b) => a.priority - b.priority);
  const order: CarrierDestination[] = [];
  while (left.length > 0) {
    const equals = left.filter(({ priority }) => priority === left[0]?.priority);
    let ticket = random.next() * equals.reduce((sum, { weight }) => sum + weight, 0);
    const drawn = equals.find(({ weight }) => {
      ticket -= weight;
      return ticket < 0;
    });
    const next = drawn ?? (equals.at(-1) as CarrierDestination);
    order.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return order;
}
