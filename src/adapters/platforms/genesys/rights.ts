import type { GenesysApi } from './api';

/** A right that the bot's calls need: any one of `anyOf` is enough, each `domain:entity:action`. */
export interface NeededRight {
  readonly anyOf: readonly string[];
  readonly neededFor: string;
  /** Needed only where a site file names the lever or the wish. */
  readonly optional?: true;
  /** A call that changes nothing, is refused without the right and answered with it. */
  readonly probe?: Probe;
}

interface Probe {
  readonly says: string;
  ask(api: GenesysApi, now: number): Promise<unknown>;
}

/** What a role grants: one domain and entity, with actions; `*` stands for all. */
export interface Grant {
  readonly domain: string;
  readonly entity: string;
  readonly actions: readonly string[];
}

const reads = (path: string): Probe => ({
  says: `GET ${path}`,
  ask: (api) => api.request('GET', path),
});
/** A query about nothing that exists: nothing is counted, and the right is needed all the same. */
const asks = (path: string, metric: string, dimension: string): Probe => ({
  says: `POST ${path}`,
  ask: (api, now) =>
    api.request('POST', path, {
      body: {
        interval: `${new Date(now - 120_000).toISOString()}/${new Date(now - 60_000).toISOString()}`,
        metrics: [metric],
        filter: { type: 'and', predicates: [{ dimension, value: '00000000-0000-4000-8000-000000000000' }] },
      },
      idempotent: true,
    }),
});

/** By the calls of this adapter; the table of docs/connect-platforms.md holds the same names. */
export const NEEDED_RIGHTS: readonly NeededRight[] = [
  {
    anyOf: ['telephony:plugin:all'],
    neededFor: 'trunks, outbound routes, phones and the caller id of the site',
    probe: reads('/api/v2/telephony/providers/edges/trunkbasesettings'),
  },
  {
    anyOf: ['routing:callRoute:view'],
    neededFor: 'reading which numbers ring which flow',
    probe: reads('/api/v2/architect/ivrs'),
  },
  {
    anyOf: ['routing:callRoute:edit'],
    neededFor: 'giving numbers to a call route',
    optional: true,
  },
  {
    anyOf: ['routing:queue:view'],
    neededFor: 'reading queues and their members',
    probe: reads('/api/v2/routing/queues'),
  },
  {
    anyOf: ['routing:queueMember:manage', 'routing:queue:edit'],
    neededFor: 'letting members join and leave their queues',
  },
  {
    anyOf: ['architect:datatable:view'],
    neededFor: 'reading the row of the inbound flow',
    probe: reads('/api/v2/flows/datatables'),
  },
  { anyOf: ['architect:datatableRow:view'], neededFor: 'reading the row of the inbound flow' },
  {
    anyOf: ['architect:datatableRow:edit', 'architect:datatable:edit'],
    neededFor: 'writing the row of the inbound flow',
  },
  {
    anyOf: ['authorization:grant:add', 'authorization:license:view'],
    neededFor: 'reading licences',
    probe: reads('/api/v2/license/definitions'),
  },
  { anyOf: ['authorization:grant:add'], neededFor: 'assigning licences', optional: true },
  {
    anyOf: ['analytics:conversationAggregate:view'],
    neededFor: 'counting calls',
    probe: asks('/api/v2/analytics/conversations/aggregates/query', 'nOffered', 'queueId'),
  },
  {
    anyOf: ['analytics:flowAggregate:view'],
    neededFor: 'counting legs of the shadow flow',
    probe: asks('/api/v2/analytics/flows/aggregates/query', 'nFlow', 'flowId'),
  },
  {
    anyOf: ['analytics:conversationDetail:view'],
    neededFor: 'listing answered calls, which a Salesforce CRM is compared with',
    optional: true,
  },
  { anyOf: ['analytics:queueObservation:view'], neededFor: 'counting agents who are free' },
  {
    anyOf: ['wfm:publishedSchedule:view', 'wfm:schedule:view'],
    neededFor: 'reading published schedules',
    optional: true,
  },
  { anyOf: ['routing:emergencyGroup:view'], neededFor: 'reading the emergency group', optional: true },
  { anyOf: ['routing:emergencyGroup:edit'], neededFor: 'switching the emergency group', optional: true },
  {
    anyOf: ['audits:audit:view'],
    neededFor: "comparing the platform's audit with the wave's log",
    optional: true,
    probe: reads('/api/v2/audits/query/servicemapping'),
  },
];

export function isGranted(right: NeededRight, grants: readonly Grant[]): boolean {
  return right.anyOf.some((name) => {
    const [domain = '', entity = '', action = ''] = name.split(':');
    return grants.some(
      (grant) =>
        matches(grant.domain, domain) &&
        matches(grant.entity, entity) &&
        grant.actions.some((one) => matches(one, action)),
    );
  });
}

function matches(granted: string, wanted: string): boolean {
  return granted === '*' || granted.toLowerCase() === wanted.toLowerCase();
}
