/**
 * The generic REST DNS of the migration guide: one SRV record per name.
 *
 * `PUT|GET /api/v1/zones/{zone}/records/srv/{name}`, bearer token, body
 * `{name, type, ttl, priority, weight, port, target, comment}`. The zone may be a parent of the zone that we serve,
 * as in the guide's own example.
 */
import { z } from 'zod';
import { type ApiDesk, type ApiReply, type ApiRequest, jsonOf, Refused } from '../http';
import type { World } from '../model/world';
import { writtenShape } from './powerdns';
import { bare, isWithin, parseSrv, type RRset, type Zone } from './zone';

const port = z.number().int().min(0).max(65535);
const srvBody = z.strictObject({
  name: z.string(),
  type: z.literal('SRV'),
  ttl: z.number().int().min(1).max(2147483647),
  priority: port,
  weight: port,
  port,
  target: z.string().min(1),
  comment: z.string().optional(),
});

export function dnsRestDesk(world: World, token: string): ApiDesk {
  const refuse = (status: number, message: string): ApiReply => ({ status, body: { error: message } });
  return {
    refuse,
    before: (request) =>
      request.headers.authorization === `Bearer ${token}`
        ? undefined
        : refuse(401, 'A valid bearer token is required.'),
    routes: {
      'GET /api/v1/zones/{zone}/records/srv/{name}': (request) => {
        const { zone, name } = place(world, request);
        const set = zone.get(name, 'SRV');
        if (!set) throw new Refused(404, `There is no SRV record ${name}.`);
        return { status: 200, body: shown(set) };
      },
      'PUT /api/v1/zones/{zone}/records/srv/{name}': (request) => put(world, request),
    },
  };
}

function put(world: World, request: ApiRequest): ApiReply {
  const { zone, name } = place(world, request);
  const parsed = srvBody.safeParse(jsonOf(request));
  if (!parsed.success) throw new Refused(422, z.prettifyError(parsed.error));
  const { ttl, priority, weight, port: portNumber, target, comment } = parsed.data;
  if (bare(parsed.data.name) !== name)
    throw new Refused(422, 'The name in the body differs from the name in the path.');
  const before = writtenShape(zone.get(name, 'SRV'));
  const comments =
    comment === undefined ? [] : [{ content: comment, account: '', modifiedAt: Math.floor(world.agenda.now / 1000) }];
  const contents = [`${priority} ${weight} ${portNumber} ${bare(target)}.`];
  zone.apply([{ kind: 'replace', rrset: { name, type: 'SRV', ttl, contents, comments } }]);
  const set = zone.get(name, 'SRV');
  world.ledger.write({
    system: 'dns-rest',
    method: request.method,
    path: request.path,
    resource: `record ${name} SRV`,
    before,
    after: writtenShape(set),
  });
  return { status: 200, body: set ? shown(set) : {} };
}

function place(world: World, request: ApiRequest): { zone: Zone; name: string } {
  const name = bare(request.params.name ?? '');
  const asked = bare(request.params.zone ?? '');
  const zone = world.zones.find((candidate) => isWithin(name, candidate.name) && isWithin(candidate.name, asked));
  if (!zone) throw new Refused(404, `The zone ${asked} does not hold ${name}.`);
  return { zone, name };
}

function shown(set: RRset) {
  const targets = set.contents.flatMap((content) => parseSrv(content) ?? []).sort((a, b) => a.priority - b.priority);
  const first = targets[0];
  return { name: set.name, type: 'SRV', ttl: set.ttl, ...first, comment: set.comments[0]?.content ?? '' };
}
