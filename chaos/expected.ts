/**
 * What a whole wave writes at one of the chaos sites: worked out by hand from the site's file and the standard recipe, and
 * not taken from the product, so that a product that leaves something out everywhere is found too.
 */
import { canonical, fieldsOf, type Json } from '../sandbox/twin/model/ledger';
import type { Write } from './record';
import { agentsOf, idOf, recordsOf, type SiteName } from './sites';

/** One field of one thing as it is set. */
export interface Change {
  readonly resource: string;
  readonly field: string;
  /** As JSON. */
  readonly to: string;
}

export interface ExpectedChange extends Change {
  readonly step: string;
}

/** What a phone is asked to do leaves no setting behind, so it may be asked again while it has not come. */
export const isAsking = ({ resource }: Change): boolean => resource.startsWith('phone ');

/** What the platform accepts now and does some time later: until then nobody can read that it was asked for. */
export const isDoneLater = (change: Change): boolean =>
  isAsking(change) || change.resource.startsWith('queue-members ');

export const changeText = ({ resource, field, to }: Change): string => `${resource} ${field} = ${to}`;

/** In the order of the steps; within a step in any order. */
export function expectedChanges(site: SiteName): readonly ExpectedChange[] {
  const { target, both } = recordsOf(site);
  const change = (step: string, resource: string, field: string, to: Json): ExpectedChange => ({
    step,
    resource,
    field,
    to: canonical(to),
  });
  const trunk = (id: string) => `trunk-base ${idOf(site, id)}`;
  const records = (step: string, field: string, to: Json) =>
    both.map((record) => change(step, `record ${record} SRV`, field, to));
  const agents = agentsOf(site);
  const [sales, service] = ['d1', 'd2'].map((queue) => `queue-members ${idOf(site, queue)}`);
  return [
    ...records('lower-ttl', 'ttl', 300),
    ...agents.map(({ user }) => change('assign-licences', 'licence communicate', user, true)),
    change('shadow-routing', `allocation ${site}`, 'shadowPercent', 5),
    ...records(
      'switch-dns',
      'records',
      target.map((each) => `${each}.`),
    ),
    change('drain-legacy', `legacy-trunk ${site}-carrier-in`, 'mode', 'standby'),
    change('activate-inbound', trunk('b1'), TRUNK_ENABLED, true),
    ...agents.map(({ phone }) =>
      change('activate-inbound', `phone ${phone}`, 'rebooted', `towards ${site}.byoc.usw2.pure.cloud`),
    ),
    ...['c1', 'c2'].map((route) => change('activate-outbound', `outbound-route ${idOf(site, route)}`, 'enabled', true)),
    change('enable-failover', trunk('b2'), TRUNK_ENABLED, true),
    ...agents.map(({ user, group }) =>
      change('shift-queues', (group === 'sales' ? sales : service) ?? '', `${user}.joined`, true),
    ),
    change('shift-queues', `allocation ${site}`, 'allocationPercent', 100),
    change('shift-queues', `allocation ${site}`, 'shadowPercent', 0),
    change('retire-legacy', `legacy-trunk ${site}-carrier-in`, 'mode', 'off'),
    ...['sales', 'service'].map((queue) => change('retire-legacy', `legacy-queue ${site}-${queue}`, 'enabled', false)),
    ...records('restore-ttl', 'ttl', 900),
    ...records(
      'restore-ttl',
      'records',
      target.slice(0, 1).map((each) => `${each}.`),
    ),
  ];
}

const TRUNK_ENABLED = 'properties.trunk_enabled';

/** What a write has changed, field by field; what the platform itself keeps count of is no change. */
export function changesOf({
  resource,
  before,
  after,
}: Pick<Write, 'resource' | 'before' | 'after'>): readonly Change[] {
  const was = fieldsOf(before);
  return [...fieldsOf(after)]
    .filter(([field, value]) => canonical(was.get(field) ?? null) !== canonical(value))
    .filter(([field]) => !KEPT_BY_PLATFORM.includes(field))
    .map(([field, value]) => ({ resource, field, to: canonical(value) }));
}

const KEPT_BY_PLATFORM = ['version', 'registeredAt', 'dateModified', 'modifiedBy'];
