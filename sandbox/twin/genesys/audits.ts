/** The organisation's audit, made of the ledger: /api/v2/audits/query, asynchronous and by cursor as at the vendor. */
import { z } from 'zod';
import { type ApiRequest, Refused, type Routes } from '../http';
import type { LedgerWrite } from '../model/ledger';
import { idOf } from '../model/random';
import type { World } from '../model/world';
import { bodyOf, unknownId } from './refusals';

const AUDITS = '/api/v2/audits/query';
const RUN_MS = 1_500;
const MAX_PAGE = 500;
const LONGEST_MS = 30 * 24 * 3600_000;
const MANY = new Set(['queue-members', 'licence', 'phone']);

const queryBody = z.strictObject({
  interval: z.string(),
  serviceName: z.string().optional(),
  filters: z
    .array(
      z.strictObject({
        property: z.enum(['UserId', 'TrusteeOrganizationId', 'ClientId', 'Action', 'EntityType', 'EntityId']),
        value: z.string(),
      }),
    )
    .optional(),
  sort: z
    .array(z.strictObject({ name: z.literal('Timestamp'), sortOrder: z.enum(['ascending', 'descending']) }))
    .optional(),
});
type Query = z.infer<typeof queryBody>;

/** How the ledger's names of things are called in the audit. */
const ENTITY_TYPES: Readonly<Record<string, string>> = {
  'trunk-base': 'TrunkBase',
  'outbound-route': 'OutboundRoute',
  'queue-members': 'Queue',
  queue: 'Queue',
  ivr: 'IVR',
  'emergency-group': 'EmergencyGroup',
  allocation: 'DatatableRow',
  phone: 'Phone',
  licence: 'License',
};

interface Running {
  readonly query: Query;
  readonly startedAt: number;
}

/** Which client made a write, by its number in the ledger. */
export class AuditBook {
  private readonly clients = new Map<number, string>();

  constructor(private readonly world: World) {}

  /** Runs a route and notes its writes as made by this client. */
  noted<T>(client: string, route: () => T): T {
    const before = this.world.ledger.writes.length;
    const result = route();
    for (const { n } of this.world.ledger.writes.slice(before)) this.clients.set(n, client);
    return result;
  }

  messages({ interval, filters = [], sort }: Query): object[] {
    const [from = 0, to = 0] = interval.split('/').map((text) => Date.parse(text));
    const found = this.world.ledger.writes
      .filter(({ system, at }) => system === 'genesys' && Date.parse(at) >= from && Date.parse(at) < to)
      .map((write) => this.message(write))
      .filter((one) =>
        filters.every(({ property, value }) => {
          const has = {
            ClientId: one.client.id,
            Action: one.action,
            EntityType: one.entityType,
            EntityId: one.entity.id,
          };
          return has[property as keyof typeof has] === value;
        }),
      );
    return sort?.[0]?.sortOrder === 'descending' ? found.reverse() : found;
  }

  private message({ n, at, resource, before, after, effect }: LedgerWrite) {
    const [kind = '', id = ''] = resource.split(' ');
    const fields =
      MANY.has(kind) || typeof after !== 'object' || after === null || Array.isArray(after)
        ? []
        : Object.entries(after).filter(
            ([key, value]) => JSON.stringify(value) !== JSON.stringify(fieldOf(before, key)),
          );
    const shown = (value: unknown): string[] =>
      value === undefined ? [] : [typeof value === 'string' ? value : JSON.stringify(value)];
    return {
      id: idOf('audit', String(n)),
      userHomeOrgId: this.world.sites[0]?.file.platform.organisation ?? '',
      client: { id: this.clients.get(n) ?? 'unknown-client' },
      remoteIp: ['127.0.0.1'],
      serviceName: kind === 'queue' || kind === 'queue-members' ? 'ContactCenter' : 'Telephony',
      level: 'USER',
      eventDate: at,
      action: kind === 'phone' ? 'Reboot' : effect ? 'Update' : 'Touch',
      entity: { id },
      entityType: ENTITY_TYPES[kind] ?? kind,
      status: 'SUCCESS',
      application: '',
      propertyChanges: fields.map(([property, value]) => ({
        property,
        oldValues: shown(fieldOf(before, property)),
        newValues: shown(value),
      })),
      context: {},
    };
  }
}

export function auditRoutes(world: World, book: AuditBook): Routes {
  const queries = new Map<string, Running>();
  const found = (request: ApiRequest): Running & { id: string } => {
    const id = request.params.query ?? '';
    const query = queries.get(id);
    if (!query) throw unknownId('audit query', id);
    return { id, ...query };
  };
  const status = (id: string, { query, startedAt }: Running) => ({
    id,
    state: world.agenda.now - startedAt >= RUN_MS ? 'Succeeded' : 'Running',
    startDate: new Date(startedAt).toISOString(),
    interval: query.interval,
    filters: query.filters ?? [],
    sort: query.sort ?? [],
  });
  return {
    [`GET ${AUDITS}/servicemapping`]: () => ({
      status: 200,
      body: { services: [{ name: 'Telephony', entities: [] }] },
    }),
    [`POST ${AUDITS}`]: (request) => {
      const query = bodyOf(queryBody, request);
      const [from = Number.NaN, to = Number.NaN] = query.interval.split('/').map((text) => Date.parse(text));
      if (!(from < to)) throw new Refused(400, 'interval must be two ISO-8601 times with a slash between them');
      if (to - from > LONGEST_MS) throw new Refused(400, 'interval must be at most 30 days');
      const id = idOf('audit-query', String(queries.size + 1));
      const running = { query, startedAt: world.agenda.now };
      queries.set(id, running);
      return { status: 202, body: { ...status(id, running), state: 'Queued' } };
    },
    [`GET ${AUDITS}/{query}`]: (request) => {
      const { id, ...running } = found(request);
      return { status: 200, body: status(id, running) };
    },
    [`GET ${AUDITS}/{query}/results`]: (request) => {
      const { id, ...running } = found(request);
      if (status(id, running).state !== 'Succeeded') throw new Refused(404, 'The results are not ready.');
      const size = Number(request.query.get('pageSize') ?? '25');
      if (!(size >= 1 && size <= MAX_PAGE)) throw new Refused(400, `pageSize must be at most ${MAX_PAGE}`);
      const from = Number(request.query.get('cursor') ?? '0');
      if (!Number.isInteger(from) || from < 0) throw new Refused(400, 'cursor is not one of this query');
      const all = book.messages(running.query);
      const entities = all.slice(from, from + size);
      const cursor = from + size < all.length ? { cursor: String(from + size) } : {};
      return { status: 200, body: { id, pageSize: size, ...cursor, entities } };
    },
  };
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
