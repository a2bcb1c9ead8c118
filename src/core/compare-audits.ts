import type { LoggedEvent } from './events';
import type { Json } from './json';
import type { Plan } from './plan';
import type { StepKind } from './step-kinds';

/** Something of the wave on the platform, by every id under which the platform's audit may keep it. */
export interface WaveObject {
  readonly name: string;
  readonly ids: readonly string[];
}

/** What the platform's audit is asked for. `to` and `from` in epoch ms. */
export interface AuditScope {
  readonly objects: readonly WaveObject[];
  readonly from: number;
  readonly to: number;
}

/** A change as the platform's audit has it. `ours`: by the bot's own client. */
export interface AuditedChange {
  readonly at: number;
  readonly by: string;
  readonly ours: boolean;
  readonly entityId: string;
  readonly action: string;
  readonly fields: readonly string[];
}

export interface AuditComparison {
  /** Changes of the wave's objects by anybody but our client, oldest first. */
  readonly byOthers: readonly { readonly object: WaveObject; readonly change: AuditedChange }[];
  readonly ours: number;
  /** Written by our own log at about that time, and not in the platform's audit. */
  readonly notShown: readonly { readonly at: number; readonly object: WaveObject }[];
}

/** Our clock and the platform's need not agree, and a step writes some time after it has noted what was there. */
const SLACK_MS = 5 * 60_000;

/** From the wave's start to a little after its end, or to now. */
export function auditScope(plan: Plan, log: readonly LoggedEvent[], now: number): AuditScope {
  const ended = log.findLast(({ event }) => isEnd(event.type))?.at ?? now;
  return { objects: objectsOf(plan), from: log[0]?.at ?? now, to: Math.min(now, ended + SLACK_MS) };
}

/** The wave's log against what the platform says was changed on the wave's objects. */
export function compareAudits(
  { objects }: AuditScope,
  plan: Plan,
  log: readonly LoggedEvent[],
  changes: readonly AuditedChange[],
): AuditComparison {
  const own = changes.filter(({ ours }) => ours);
  const isShown = ({ at, until, object }: { at: number; until: number; object: WaveObject }): boolean =>
    own.some(
      (change) => object.ids.includes(change.entityId) && change.at >= at - SLACK_MS && change.at <= until + SLACK_MS,
    );
  return {
    byOthers: changes.flatMap((change) => {
      const object = change.ours ? undefined : objects.find(({ ids }) => ids.includes(change.entityId));
      return object ? [{ object, change }] : [];
    }),
    ours: own.length,
    notShown: ownWrites(plan, log, objects).filter((write) => !isShown(write)),
  };
}

function objectsOf({ site }: Plan): readonly WaveObject[] {
  const { platform } = site;
  return [
    ...[...platform.inboundTrunks, ...platform.failoverTrunks].map(({ name, trunkBase }) => ({
      name: `trunk ${name}`,
      ids: [trunkBase],
    })),
    ...platform.outboundRoutes.map(({ name, route }) => ({ name: `outbound route ${name}`, ids: [route] })),
    ...platform.queues.map(({ name, queue }) => ({ name: `queue ${name}`, ids: [queue] })),
    // Which of the two an audit keeps a row under is not published.
    { name: `allocation of ${platform.allocation.row}`, ids: [platform.allocation.table, platform.allocation.row] },
    ...(platform.callRoute ? [{ name: 'the call route', ids: [platform.callRoute] }] : []),
    ...(platform.emergencyGroup ? [{ name: 'the emergency group', ids: [platform.emergencyGroup] }] : []),
  ];
}

/** A step that captured and was applied wrote what its capture shows to have been otherwise. */
function ownWrites(plan: Plan, log: readonly LoggedEvent[], objects: readonly WaveObject[]) {
  return plan.steps.flatMap(({ id, kind }) => {
    const captured = log.find(({ event }) => event.type === 'StateCaptured' && event.step === id);
    const applied = log.findLast(({ event }) => event.type === 'StepApplied' && event.step === id);
    if (captured?.event.type !== 'StateCaptured' || !applied) return [];
    const written = WRITTEN[kind]?.(captured.event.captured, plan) ?? [];
    return objects
      .filter(({ ids }) => ids.some((one) => written.includes(one)))
      .map((object) => ({ at: captured.at, until: applied.at, object }));
  });
}

type Written = (captured: Json, plan: Plan) => readonly string[];
type Fields = { readonly [field: string]: Json };

/** What was off before, of a list that a capture holds. */
const switchedOn =
  (list: string, id: string): Written =>
  (captured) =>
    listIn(captured, list).flatMap((one) => (one.enabled === false ? [String(one[id])] : []));
const row: Written = (_captured, { site }) => [site.platform.allocation.row];

const WRITTEN: Partial<Readonly<Record<StepKind, Written>>> = {
  'provision-standby': (_captured, { site }) => (site.platform.callRoute ? [site.platform.callRoute] : []),
  'shadow-routing': row,
  'activate-inbound': switchedOn('trunks', 'trunkBase'),
  'activate-outbound': switchedOn('routes', 'route'),
  'enable-failover': switchedOn('trunks', 'trunkBase'),
  // A queue in which somebody took calls before may have had all of them.
  'shift-queues': (captured, plan) => [
    ...row(captured, plan),
    ...listIn(captured, 'queues').flatMap(({ queue, joined }) =>
      Array.isArray(joined) && joined.length === 0 ? [String(queue)] : [],
    ),
  ],
};

function listIn(captured: Json, list: string): readonly Fields[] {
  const found = typeof captured === 'object' && captured !== null && list in captured ? (captured as Fields)[list] : [];
  const isFields = (one: Json): one is Fields => typeof one === 'object' && one !== null && !Array.isArray(one);
  return Array.isArray(found) ? (found as readonly Json[]).filter(isFields) : [];
}

function isEnd(type: LoggedEvent['event']['type']): boolean {
  return type === 'WaveCompleted' || type === 'WaveRolledBack' || type === 'WaveAborted';
}
