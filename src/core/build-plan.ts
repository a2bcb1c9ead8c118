import { afterWrite, behindLegacy, type Destinations, inFront } from './carrier-order';
import { stepId, waveOf } from './ids';
import { canonicalJson, sameJson } from './json';
import { tighten } from './limits';
import { gatedForALook, LEVERS, missingLevers } from './missing-levers';
import type { Observed } from './observed';
import { type Change, type Plan, type PlannedStep, planText } from './plan';
import { type Recipe, type RecipeStep, recipeFaults } from './recipe';
import type { Site, SiteRecord } from './site';
import { KIND_FACTS, STEP_KINDS, type StepKind } from './step-kinds';

export interface PlanInput {
  readonly site: Site;
  readonly recipe: Recipe;
  readonly observed: Observed;
  readonly waveNumber: number;
  /** SHA-256, lower-case hexadecimal. */
  readonly digest: (text: string) => string;
}

/** A plan, or every reason why there is none. Literal wave documents are planned without what was read of the world. */
export type PlanResult =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'unplannable'; readonly faults: readonly string[] };

export function buildPlan(input: PlanInput): PlanResult {
  const { site, recipe, observed, digest } = input;
  const { limits, loosened } = tighten(recipe.limits);
  const faults = [
    ...recipeFaults(recipe, STEP_KINDS),
    ...loosened.map(
      ({ limit, asked, standard }) =>
        `limit "${limit}" may be tightened, not loosened: ${asked} was asked for, the standard is ${standard}`,
    ),
    ...(recipe.steps.every((step) => step.kind === 'http') ? [] : siteFaults(site)),
  ];
  if (faults.length > 0) return { kind: 'unplannable', faults };
  const steps = recipe.steps.map((step) => planStep(step, site, observed, limits.ttlSeconds));
  const unhashed = {
    wave: waveOf(site.site, input.waveNumber),
    recipe: recipe.name,
    site,
    limits,
    steps,
    locks: locksOf(site, recipe),
    rollbackTrigger: recipe.rollbackTrigger,
    warnings: [...missingLevers(site), ...warningsOf(site, observed)],
  };
  return { kind: 'plan', plan: { ...unhashed, hash: digest(canonicalJson(planText(unhashed))) } };
}

/** A gate's approval holds for this text only: the plan and what was read when the gate opened. */
export function gateHash(plan: Plan, step: string, readings: unknown, digest: (text: string) => string): string {
  return digest(canonicalJson({ plan: plan.hash, step, readings }));
}

function planStep(step: RecipeStep, site: Site, observed: Observed, ttlSeconds: number): PlannedStep {
  const facts = KIND_FACTS[step.kind];
  return {
    id: stepId(step.id),
    kind: step.kind,
    title: step.title ?? facts.title,
    gated: step.gated || gatedForALook(site, step.kind),
    changes: CHANGES[step.kind](site, observed, ttlSeconds).filter((change) => !sameJson(change.from, change.to)),
    expectedMs: step.kind === 'activate-inbound' ? cohortTime(site) : facts.expectedMs,
    undoMs: facts.undoMs,
    deadlineMs: facts.deadlineMs,
    http: step.http,
  };
}

/** Ten cohorts, each as long as its registrations take at a third of the gateway's limit, and a minute to be sure. */
function cohortTime(site: Site): number {
  const pace = 0.3 * site.endpoints.registersPerSecond;
  return 10 * 60_000 + (site.agents.length / pace) * 1000;
}

type Changes = (site: Site, observed: Observed, ttlSeconds: number) => readonly Change[];
const none: Changes = () => [];

const CHANGES: Readonly<Record<StepKind, Changes>> = {
  preflight: none,
  'lower-ttl': (site, observed, ttl) => records(site, observed, (record) => ({ ttl: [record.ttl, ttl] })),
  'assign-licences': (site, observed) =>
    LEVERS[site.platform.kind].assignsLicences
      ? [
          {
            system: 'platform',
            resource: `licences of ${site.agents.length} agents`,
            field: site.platform.licences.join(' + '),
            from: site.agents.length - observed.licencesMissing,
            to: site.agents.length,
          },
        ]
      : [],
  'provision-standby': none,
  'shadow-routing': none,
  'check-readiness': none,
  'switch-dns': (site, observed) =>
    records(site, observed, (record, wanted) => ({ values: [record.values, [...wanted.target].sort()] })),
  'confirm-propagation': none,
  'drain-legacy': (site, observed) => [
    ...carrier(site, observed.carrier, (found) => behind(found)),
    ...legacyTrunks(site, observed, 'active', 'standby'),
  ],
  'activate-inbound': (site, observed) => [
    ...trunks(site, site.platform.inboundTrunks, observed),
    ...carrier(site, observed.carrier && behind(observed.carrier), (found) => inFront(found).reduce(afterWrite, found)),
  ],
  'activate-outbound': (site, observed) =>
    site.platform.outboundRoutes.map(({ name, route }) => ({
      system: 'platform' as const,
      resource: `outbound route ${name}`,
      field: 'enabled',
      from: observed.routes.find((found) => found.id === route)?.enabled ?? null,
      to: true,
    })),
  'enable-failover': (site, observed) => trunks(site, site.platform.failoverTrunks, observed),
  'shift-queues': (site, observed) => [
    ...site.platform.queues.map(({ name, queue }) => {
      const found = observed.queues.find((each) => each.id === queue);
      return {
        system: 'platform' as const,
        resource: `queue ${name}`,
        field: 'joined members',
        from: found?.joined ?? null,
        to: found?.members ?? null,
      };
    }),
    {
      system: 'platform',
      resource: `allocation of ${site.site}`,
      field: 'allocationPercent',
      from: observed.allocation.allocationPercent,
      to: 100,
    },
  ],
  'observe-calls': none,
  'retire-legacy': (site, observed) => [
    ...legacyTrunks(site, observed, 'standby', 'off'),
    ...site.legacy.queues.map((queue) => ({
      system: 'legacy' as const,
      resource: `queue ${queue}`,
      field: 'enabled',
      from: observed.legacyQueues.find((found) => found.id === queue)?.enabled ?? null,
      to: false,
    })),
  ],
  'restore-ttl': (site, _observed, ttl) =>
    site.dns.records.flatMap((record) => {
      const about = { system: 'dns' as const, resource: `${record.name} ${record.type}` };
      const kept = record.target.filter((value) => value.split(' ')[3] !== site.gateways.legacy.host);
      return [
        { ...about, field: 'ttl', from: ttl, to: record.ttl },
        { ...about, field: 'values', from: [...record.target].sort(), to: [...kept].sort() },
      ];
    }),
  http: none,
};

/** Kinds whose changes start from what is there, each field once; a carrier's are worked out and say nothing of the present. */
const READ: readonly StepKind[] = [
  'lower-ttl',
  'assign-licences',
  'switch-dns',
  'drain-legacy',
  'activate-inbound',
  'activate-outbound',
  'enable-failover',
  'shift-queues',
  'retire-legacy',
];

/** What stands now in the fields that plans of this site change: `from` is it, `to` means nothing. */
export function presentValues(site: Site, observed: Observed): readonly Change[] {
  const known = new Map<string, Change>();
  for (const kind of READ)
    for (const change of CHANGES[kind](site, observed, 0)) {
      const name = `${change.system} ${change.resource} ${change.field}`;
      if (change.system !== 'carrier' && !known.has(name)) known.set(name, change);
    }
  return [...known.values()];
}

function records(
  site: Site,
  observed: Observed,
  fields: (
    found: Observed['records'][number],
    wanted: SiteRecord,
  ) => Readonly<Record<string, readonly [Change['from'], Change['to']]>>,
): readonly Change[] {
  return site.dns.records.flatMap((wanted) => {
    const found = observed.records.find((record) => record.name === wanted.name && record.type === wanted.type);
    if (!found) return [];
    return Object.entries(fields(found, wanted)).map(([field, [from, to]]) => ({
      system: 'dns' as const,
      resource: `${wanted.name} ${wanted.type}`,
      field,
      from,
      to,
    }));
  });
}

function trunks({ platform }: Site, listed: Site['platform']['inboundTrunks'], observed: Observed): readonly Change[] {
  return listed.map(({ name, trunkBase }) => ({
    system: 'platform',
    resource: `${LEVERS[platform.kind].inboundSwitch} ${name}`,
    field: 'enabled',
    from: observed.trunks.find((found) => found.id === trunkBase)?.enabled ?? null,
    to: true,
  }));
}

const behind = (found: Destinations): Destinations => behindLegacy(found).reduce(afterWrite, found);

/** Field by field what the carrier's destinations go through, from where the step before left them. */
function carrier(
  site: Site,
  found: Destinations | null | undefined,
  next: (found: Destinations) => Destinations,
): readonly Change[] {
  if (!site.carrier || !found) return [];
  const { kind, trunk } = site.carrier;
  const wanted = next(found);
  return (['target', 'legacy'] as const).flatMap((which) =>
    (['enabled', 'priority'] as const).map((field) => ({
      system: 'carrier' as const,
      resource: `${which === 'target' ? 'new' : 'legacy'} destination of ${kind} trunk ${trunk}`,
      field,
      from: found[which][field],
      to: wanted[which][field],
    })),
  );
}

/** Modes go active, standby, off in the course of the wave, so the later change starts where the earlier one ends. */
function legacyTrunks(site: Site, observed: Observed, from: string, to: string): readonly Change[] {
  return site.legacy.trunks.map((id) => {
    const found = observed.legacyTrunks.find((trunk) => trunk.id === id)?.mode ?? null;
    return { system: 'legacy', resource: `trunk ${id}`, field: 'mode', from: to === 'off' ? from : found, to };
  });
}

function locksOf(site: Site, recipe: Recipe): readonly string[] {
  const literal = recipe.steps.flatMap((step) => (step.http ? [`path:${step.http.endpoint}`] : []));
  return [
    `site:${site.site}`,
    ...site.dns.records.map((record) => `record:${record.name}/${record.type}`),
    ...[...site.platform.inboundTrunks, ...site.platform.failoverTrunks].map((trunk) => `trunk:${trunk.trunkBase}`),
    ...site.platform.queues.map((queue) => `queue:${queue.queue}`),
    ...site.legacy.trunks.map((trunk) => `legacy-trunk:${trunk}`),
    ...(site.carrier ? [`carrier:${site.carrier.trunk}`] : []),
    // A file has no version: two waves that write lines of one file would undo each other.
    ...(site.platform.kind === 'nice-cxone' ? [`file:${site.platform.allocation.table}`] : []),
    ...literal,
  ];
}

/**
 * While DNS points at the new gateway and its trunk is still off, calls must find the legacy gateway as a lower-priority
 * SRV target (RFC 3263 section 4.3): a plan without it would leave the site without an inbound path, so it is refused.
 */
export function siteFaults(site: Site): readonly string[] {
  const faults: string[] = [];
  for (const record of site.dns.records) {
    if (record.type !== 'SRV') continue;
    const targets = record.target.map((value) => value.split(' '));
    const fallback = targets.find((parts) => parts[3] === site.gateways.legacy.host);
    const first = targets.find((parts) => parts[3] === site.gateways.target.host);
    if (!first)
      faults.push(`${record.name}: its target set does not hold the new gateway ${site.gateways.target.host}`);
    else if (!fallback || Number(fallback[0]) <= Number(first[0])) {
      faults.push(
        `${record.name}: its target set needs the legacy gateway ${site.gateways.legacy.host} with a higher priority number, or the site has no inbound path until the new trunk is on`,
      );
    }
  }
  faults.push(...oneValueFaults(site));
  if (site.agents.length === 0) faults.push('the site has no agents');
  return faults;
}

/** The generic REST provider keeps one SRV value per name, and a cutover needs the legacy gateway beside the new one. */
function oneValueFaults(site: Site): readonly string[] {
  if (site.dns.provider !== 'rest') return [];
  return site.dns.records
    .filter((record) => record.type !== 'SRV' || record.target.length > 1)
    .map(
      (record) =>
        `${record.name} ${record.type}: the provider "rest" keeps one SRV value per name; a standard wave needs another provider`,
    );
}

function warningsOf(site: Site, observed: Observed): readonly string[] {
  const missing = site.dns.records.filter(
    (wanted) => !observed.records.some((found) => found.name === wanted.name && found.type === wanted.type),
  );
  const other = observed.records.filter((found) => {
    const wanted = site.dns.records.find((record) => record.name === found.name && record.type === found.type);
    return wanted !== undefined && !sameJson([...wanted.legacy].sort(), [...found.values].sort());
  });
  const left = observed.records.flatMap((found) => {
    const wanted = site.dns.records.find((record) => record.name === found.name && record.type === found.type);
    return wanted && wanted.ttl !== found.ttl
      ? [
          `${found.name} ${found.type} has a TTL of ${found.ttl} s already, the site file says ${wanted.ttl} s: an earlier wave or somebody else left it so, and a rollback goes back to ${found.ttl} s`,
        ]
      : [];
  });
  const { allocationPercent, shadowPercent } = observed.allocation;
  const shares = allocationPercent > 0 || shadowPercent > 0;
  const alone = site.dns.records.filter((record) => record.type !== 'SRV');
  return [
    ...left,
    ...(shares
      ? [
          `the flow sends ${allocationPercent} percent to the new queues and shadows ${shadowPercent} percent already: a rollback goes back to that`,
        ]
      : []),
    ...alone.map(
      (record) =>
        `${record.name} ${record.type} cannot hold a second target: whoever uses it reaches the new gateway as soon as a cache turns over, before its trunk is on`,
    ),
    ...missing.map((record) => `${record.name} ${record.type} does not exist at the DNS provider`),
    ...other.map(
      (record) =>
        `${record.name} ${record.type} does not hold what the site file calls its legacy value: ${record.values.join(', ')}`,
    ),
  ];
}
