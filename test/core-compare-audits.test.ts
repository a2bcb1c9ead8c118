import { auditScope, compareAudits } from '../src/core/compare-audits';
import type { LoggedEvent, WaveEvent } from '../src/core/events';
import { stepId } from '../src/core/ids';
import type { Json } from '../src/core/json';
import type { StepKind } from '../src/core/step-kinds';
import { MINUTE, planOf, siteOf, T0, WORKER } from './support/core-waves';

const base = siteOf();
const site = { ...base, platform: { ...base.platform, callRoute: 'ivr-1', emergencyGroup: 'group-1' } };
const plan = planOf({ site });
const { platform } = site;
const trunk = platform.inboundTrunks[0]?.trunkBase ?? '';
const queue = platform.queues[0]?.queue ?? '';
const route = platform.outboundRoutes[0]?.route ?? '';

let seq = 0;
const logged = (minute: number, event: WaveEvent): LoggedEvent => ({
  wave: plan.wave,
  seq: ++seq,
  at: T0 + minute * MINUTE,
  by: WORKER as unknown as LoggedEvent['by'],
  event,
  hash: '',
});
const step = (kind: StepKind, minute: number, captured: Json): readonly LoggedEvent[] => [
  logged(minute, { type: 'StateCaptured', step: stepId(kind), captured }),
  logged(minute + 1, { type: 'StepApplied', step: stepId(kind), summary: '', evidence: [], result: null }),
];
const started = logged(0, { type: 'WaveStarted', plan });
const change = (entityId: string, minute: number, ours = true) => ({
  at: T0 + minute * MINUTE,
  by: ours ? 'the client c' : 'Dana',
  ours,
  entityId,
  action: 'Update',
  fields: [],
});
const compared = (log: readonly LoggedEvent[], changes: readonly ReturnType<typeof change>[]) =>
  compareAudits(auditScope(plan, log, T0 + 600 * MINUTE), plan, log, changes);
const namesOf = (log: readonly LoggedEvent[], changes: readonly ReturnType<typeof change>[] = []) =>
  compared(log, changes).notShown.map(({ object }) => object.name);

it('is asked about every object of the wave on the platform, from its start to a little after its end', () => {
  const open = auditScope(plan, [started], T0 + 60 * MINUTE);
  expect(open.objects.flatMap(({ ids }) => ids)).toEqual([
    ...[...platform.inboundTrunks, ...platform.failoverTrunks].map(({ trunkBase }) => trunkBase),
    ...platform.outboundRoutes.map((one) => one.route),
    ...platform.queues.map((one) => one.queue),
    platform.allocation.table,
    platform.allocation.row,
    'ivr-1',
    'group-1',
  ]);
  expect([open.from, open.to]).toEqual([T0, T0 + 60 * MINUTE]);
  const ended = [started, logged(30, { type: 'WaveCompleted' })];
  expect(auditScope(plan, ended, T0 + 600 * MINUTE).to).toBe(T0 + 35 * MINUTE);
  expect(auditScope(plan, ended, T0 + 32 * MINUTE).to).toBe(T0 + 32 * MINUTE);
});

it('lists what others changed on the objects of the wave, and nothing else', () => {
  const found = compared([started], [change(trunk, 1, false), change('somebody else', 2, false), change(queue, 3)]);
  expect(found.byOthers.map(({ object, change: { by } }) => [object.ids, by])).toEqual([[[trunk], 'Dana']]);
  expect(found.ours).toBe(1);
});

it.each<[StepKind, Json, string]>([
  ['activate-inbound', { trunks: [{ trunkBase: trunk, enabled: false }] }, trunk],
  ['activate-outbound', { routes: [{ route, enabled: false }] }, route],
  ['shadow-routing', { allocationPercent: 0, shadowPercent: 0 }, platform.allocation.table],
  ['provision-standby', { route: 'ivr-1', added: ['+1'] }, 'ivr-1'],
])('what %s wrote and the platform does not show is listed, and not when it does', (kind, captured, id) => {
  const log = [started, ...step(kind, 10, captured)];
  expect(namesOf(log)).toHaveLength(1);
  expect(namesOf(log, [change(id, 11)])).toEqual([]);
  expect(namesOf(log, [change(id, 11, false)])).toHaveLength(1);
});

it('the queues and the row of the shift are each looked for', () => {
  const captured = { queues: [{ queue, joined: [] }], shares: { allocationPercent: 0, shadowPercent: 5 } };
  const log = [started, ...step('shift-queues', 10, captured)];
  expect(namesOf(log, [change(queue, 10)])).toEqual([`allocation of ${platform.allocation.row}`]);
  expect(namesOf(log, [change(queue, 10), change(platform.allocation.row, 11)])).toEqual([]);
});

it.each([
  [5, 4],
  [5, 16],
])('a change counts for a step from five minutes before it to five after, not minute %i too far', (edge, outside) => {
  const log = [started, ...step('activate-inbound', 10, { trunks: [{ trunkBase: trunk, enabled: false }] })];
  expect(namesOf(log, [change(trunk, outside < 10 ? 10 - edge : 11 + edge)])).toEqual([]);
  expect(namesOf(log, [change(trunk, outside < 10 ? outside : outside + 1)])).toHaveLength(1);
});

it.each<[string, readonly LoggedEvent[]]>([
  ['was on before', step('activate-inbound', 10, { trunks: [{ trunkBase: trunk, enabled: true }] })],
  [
    'was captured and never written',
    step('activate-inbound', 10, { trunks: [{ trunkBase: trunk, enabled: false }] }).slice(0, 1),
  ],
  ['had members at work before', step('observe-calls', 10, null)],
  [
    'stands in a capture of another form',
    [...step('shift-queues', 10, 'text').slice(0, 1), ...step('enable-failover', 12, null)],
  ],
])('what %s is not missed', (_, events) => {
  expect(namesOf([started, ...events])).toEqual([]);
});
