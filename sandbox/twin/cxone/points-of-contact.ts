/** Points of contact: a number, the skill and the script that it leads to, and whether it takes calls. */
import { z } from 'zod';
import { shape } from '../genesys/trunks';
import { type ApiReply, type ApiRequest, Refused, type Routes } from '../http';
import { followTrunkBase } from '../model/by-hand';
import type { Json } from '../model/ledger';
import { isTrunkEnabled, type SiteWorld, type TrunkBase, type World } from '../model/world';
import type { Conflicts } from './conflicts';
import { letAgentsLogIn } from './logins';
import { bodyOf, filteredBy, unknown } from './refusals';
import { ACD } from './versions';

const VOICE = 4;

const putBody = z.strictObject({
  pointOfContactName: z.string().min(1),
  skillId: z.number().int(),
  scriptName: z.string().min(1),
  isActive: z.boolean().optional(),
  ivrReportingEnabled: z.boolean().optional(),
  chatProfileId: z.number().int().optional(),
});

interface Placed {
  readonly site: SiteWorld;
  readonly base: TrunkBase;
}

/** A trunk base of the model, made a point of contact: what its settings hold is what CXone shows. */
export function asPointsOfContact(world: World): void {
  for (const site of world.sites) {
    const skill = Number(site.queues[0]?.id);
    for (const base of site.trunkBases) {
      const script = `${site.file.name.replaceAll(' ', '')}\\Inbound`;
      const values: Record<string, Json> = {
        trunk_enabled: false,
        skillId: skill,
        scriptName: script,
        notes: 'main number',
      };
      const properties = Object.fromEntries(
        Object.entries(values).map(([name, instance]) => [name, { value: { instance } }]),
      );
      base.body = { ...base.body, properties };
    }
  }
}

export function pointOfContactRoutes(world: World, businessUnitId: number, conflicts: Conflicts): Routes {
  const all = (): readonly Placed[] => world.sites.flatMap((site) => site.trunkBases.map((base) => ({ site, base })));
  const placed = (request: ApiRequest): Placed => {
    const found = all().find(({ base }) => base.id === request.params.id);
    if (!found) throw unknown('Point of contact', request.params.id ?? '');
    return found;
  };
  const envelope = (pointsOfContact: readonly unknown[]): ApiReply => ({
    status: 200,
    body: { businessUnitId, lastPollTime: new Date(world.agenda.now).toISOString(), pointsOfContact },
  });
  return {
    [`GET ${ACD}/points-of-contact`]: (request) => {
      const rows = filteredBy(
        request,
        'mediaTypeId',
        all().map((one) => shown(businessUnitId, one)),
        (row) => row.mediaTypeId,
      );
      const skip = Number(request.query.get('skip') ?? 0);
      const top = Number(request.query.get('top') ?? 50);
      const page = rows.slice(skip, skip + Math.min(top, 100));
      return page.length === 0 ? { status: 204 } : envelope(page);
    },
    [`GET ${ACD}/points-of-contact/{id}`]: (request) => envelope([shown(businessUnitId, placed(request))]),
    [`PUT ${ACD}/points-of-contact/{id}`]: (request) => {
      const { site, base } = placed(request);
      const body = bodyOf(putBody, request);
      conflicts.meet(`point-of-contact ${base.id}`, 'The point of contact is being changed');
      return put(world, site, base, body, request);
    },
  };
}

function put(
  world: World,
  site: SiteWorld,
  base: TrunkBase,
  body: z.infer<typeof putBody>,
  request: ApiRequest,
): ApiReply {
  if (!site.queues.some(({ id }) => Number(id) === body.skillId))
    throw new Refused(400, `skillId ${body.skillId} is not valid`);
  const before = shape(base);
  const isActive = body.isActive ?? isTrunkEnabled(base);
  const property = (instance: Json) => ({ value: { instance } });
  base.body = {
    ...base.body,
    name: body.pointOfContactName,
    properties: {
      ...base.body.properties,
      trunk_enabled: property(isActive),
      skillId: property(body.skillId),
      scriptName: property(body.scriptName),
    },
  };
  followTrunkBase(world, site, base);
  if (isActive) letAgentsLogIn(world, site);
  const resource = `point-of-contact ${base.id}`;
  world.ledger.write({ system: 'cxone', method: 'PUT', path: request.path, resource, before, after: shape(base) });
  return { status: 200, body: {} };
}

function shown(businessUnitId: number, { site, base }: Placed) {
  const of = (name: string) => base.body.properties[name]?.value.instance ?? null;
  const index = site.trunkBases.indexOf(base);
  return {
    businessUnitId,
    contactCode: Number(base.id),
    // As the vendor keeps numbers: without the plus.
    contactAddress: (site.file.mirror.dids[index] ?? '').replace('+', ''),
    contactDescription: base.body.name,
    defaultSkillId: of('skillId'),
    isActive: isTrunkEnabled(base),
    mediaTypeId: VOICE,
    mediaTypeName: 'Phone Call',
    notes: of('notes'),
    outboundSkill: false,
    scriptName: of('scriptName'),
  };
}
