/** Call routes, emergency groups and the data table of the inbound flow: /api/v2/architect/..., /api/v2/flows/datatables. */
import { z } from 'zod';
import { type ApiReply, type ApiRequest, Refused, type Routes } from '../http';
import { MOST_PERCENT } from '../model/calls';
import type { AllocationRow, EmergencyGroup, Ivr, World } from '../model/world';
import { bodyOf, listing, unknownId } from './refusals';
import { Versions } from './versions';

const IVRS = '/api/v2/architect/ivrs';
const GROUPS = '/api/v2/architect/emergencygroups';
/** More new numbers in one write are refused here: the vendor's own tooling sends no more. */
const MAX_NEW_NUMBERS = 50;
const TABLES = '/api/v2/flows/datatables';

const flow = z.looseObject({ id: z.string() });
const ivrBody = z.strictObject({
  id: z.string().optional(),
  name: z.string().min(1),
  version: z.number().int(),
  state: z.string().optional(),
  division: z.unknown().optional(),
  dnis: z.array(z.string().regex(/^\+\d{6,15}$/, 'must be an E.164 number')),
  openHoursFlow: flow,
  closedHoursFlow: flow.optional(),
  scheduleGroup: flow.optional(),
  selfUri: z.string().optional(),
});
const reference = z.looseObject({ id: z.string() });
const groupBody = z.strictObject({
  id: z.string().optional(),
  name: z.string().min(1),
  version: z.number().int(),
  state: z.string().optional(),
  division: z.unknown().optional(),
  description: z.string().optional(),
  enabled: z.boolean(),
  emergencyCallFlows: z.array(z.strictObject({ emergencyFlow: reference, ivrs: z.array(reference) })),
  selfUri: z.string().optional(),
});
const percent = z.number().min(0).max(100);
const rowBody = z.strictObject({ KEY: z.string(), allocationPercent: percent, shadowPercent: percent });

export function architectRoutes(world: World): Routes {
  const versions = new Versions(world);
  const ivrs = world.sites.map((site) => site.ivr);
  const ivrOf = (request: ApiRequest): Ivr => {
    const ivr = ivrs.find((candidate) => candidate.id === request.params.ivr);
    if (!ivr) throw unknownId('ivr', request.params.ivr ?? '');
    return ivr;
  };
  const tableOf = (request: ApiRequest): Map<string, AllocationRow> => {
    const table = world.tables.get(request.params.table ?? '');
    if (!table) throw unknownId('datatable', request.params.table ?? '');
    return table;
  };
  const rowOf = (request: ApiRequest): AllocationRow => {
    const row = tableOf(request).get(request.params.row ?? '');
    if (!row) throw unknownId('datatable row', request.params.row ?? '');
    return row;
  };
  const shown = (request: ApiRequest, row: AllocationRow) =>
    request.query.get('showbrief') === 'false' ? { ...row } : { key: row.KEY };
  const peaks = new Map<AllocationRow, number>();

  return {
    [`GET ${IVRS}`]: (request) => {
      const dnis = request.query.get('dnis');
      const name = request.query.get('name');
      const wanted = ivrs.filter(
        (ivr) => (dnis === null || ivr.body.dnis.includes(dnis)) && (name === null || ivr.body.name === name),
      );
      return { status: 200, body: listing(request, wanted.map(shownIvr)) };
    },
    [`GET ${IVRS}/{ivr}`]: (request) => ({ status: 200, body: shownIvr(ivrOf(request)) }),
    [`PUT ${IVRS}/{ivr}`]: (request) => putIvr(world, versions, ivrs, ivrOf(request), request),
    [`GET ${GROUPS}`]: (request) => ({
      status: 200,
      body: listing(
        request,
        world.sites.map((site) => shownGroup(site.emergencyGroup)),
      ),
    }),
    [`GET ${GROUPS}/{group}`]: (request) => ({ status: 200, body: shownGroup(groupOf(world, request)) }),
    [`PUT ${GROUPS}/{group}`]: (request) => putGroup(world, versions, groupOf(world, request), request),
    'GET /api/v2/telephony/providers/edges/dids': (request) => {
      const dids = ivrs.flatMap((ivr) =>
        ivr.body.dnis.map((phoneNumber) => ({
          phoneNumber,
          owner: { id: ivr.id, name: ivr.body.name },
          ownerType: 'IVR_CONFIG',
        })),
      );
      return { status: 200, body: listing(request, dids) };
    },
    [`GET ${TABLES}`]: (request) => ({ status: 200, body: listing(request, [...world.tables.keys()].map(shownTable)) }),
    [`GET ${TABLES}/{table}`]: (request) => {
      tableOf(request);
      return { status: 200, body: shownTable(request.params.table ?? '') };
    },
    [`GET ${TABLES}/{table}/rows`]: (request) => ({
      status: 200,
      body: listing(
        request,
        [...tableOf(request).values()].map((row) => shown(request, row)),
      ),
    }),
    [`GET ${TABLES}/{table}/rows/{row}`]: (request) => {
      const row = rowOf(request);
      return { status: 200, body: request.query.get('showbrief') === 'true' ? { key: row.KEY } : shown(request, row) };
    },
    [`PUT ${TABLES}/{table}/rows/{row}`]: (request) => putRow(world, peaks, rowOf(request), request),
  };
}

function putRow(world: World, peaks: Map<AllocationRow, number>, row: AllocationRow, request: ApiRequest): ApiReply {
  const body = bodyOf(rowBody, request);
  if (body.KEY !== row.KEY) throw new Refused(400, 'KEY must be the row id of the path.');
  const peak = Math.max(peaks.get(row) ?? 0, row.allocationPercent);
  peaks.set(row, peak);
  if (world.faults.has('undo-fails') && peak > MOST_PERCENT && body.allocationPercent < peak) {
    throw new Refused(500, 'The data table service could not store the row.');
  }
  const before = { ...row };
  Object.assign(row, body);
  world.ledger.write({
    system: 'genesys',
    method: 'PUT',
    path: request.path,
    resource: `allocation ${row.KEY}`,
    before,
    after: { ...row },
  });
  return { status: 200, body: { ...row } };
}

function putIvr(world: World, versions: Versions, ivrs: readonly Ivr[], ivr: Ivr, request: ApiRequest): ApiReply {
  const body = bodyOf(ivrBody, request);
  const clash = body.dnis.find((did) => ivrs.some((other) => other !== ivr && other.body.dnis.includes(did)));
  if (clash !== undefined) throw new Refused(400, `The number ${clash} is assigned to another owner.`);
  const added = body.dnis.filter((did) => !ivr.body.dnis.includes(did));
  if (added.length > MAX_NEW_NUMBERS) throw new Refused(400, `At most ${MAX_NEW_NUMBERS} new numbers in one request.`);
  versions.advance(ivr, body.version);
  const before = { ...ivr.body };
  ivr.body = { name: body.name, dnis: body.dnis, openHoursFlow: { id: body.openHoursFlow.id } };
  world.ledger.write({
    system: 'genesys',
    method: 'PUT',
    path: request.path,
    resource: `ivr ${ivr.id}`,
    before,
    after: { ...ivr.body },
  });
  return { status: 200, body: shownIvr(ivr) };
}

function groupOf(world: World, request: ApiRequest): EmergencyGroup {
  const found = world.sites.find((site) => site.emergencyGroup.id === request.params.group);
  if (!found) throw unknownId('emergencyGroup', request.params.group ?? '');
  return found.emergencyGroup;
}

function putGroup(world: World, versions: Versions, group: EmergencyGroup, request: ApiRequest): ApiReply {
  const body = bodyOf(groupBody, request);
  versions.advance(group, body.version);
  const before = { ...group.body };
  group.body = {
    name: body.name,
    enabled: body.enabled,
    emergencyCallFlows: body.emergencyCallFlows.map(({ emergencyFlow, ivrs }) => ({
      emergencyFlow: { id: emergencyFlow.id },
      ivrs: ivrs.map(({ id }) => ({ id })),
    })),
  };
  world.ledger.write({
    system: 'genesys',
    method: 'PUT',
    path: request.path,
    resource: `emergency-group ${group.id}`,
    before,
    after: { ...group.body },
  });
  return { status: 200, body: shownGroup(group) };
}

function shownGroup(group: EmergencyGroup) {
  return { id: group.id, version: group.version, state: 'active', ...group.body, selfUri: `${GROUPS}/${group.id}` };
}

function shownIvr(ivr: Ivr) {
  return { id: ivr.id, version: ivr.version, state: 'active', ...ivr.body, selfUri: `${IVRS}/${ivr.id}` };
}

function shownTable(id: string) {
  return { id, name: 'Site allocation', description: 'Share of calls per site', selfUri: `${TABLES}/${id}` };
}
