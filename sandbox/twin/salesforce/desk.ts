/** Salesforce's login and its query resource, for the two queries that a rehearsal knows; errors are lists. */
import { createHash } from 'node:crypto';
import type { ApiFaults } from '../api-faults';
import { type ApiDesk, type ApiReply, type ApiRequest, Refused } from '../http';
import type { SyncRecord } from '../model/call-records';
import type { SiteWorld, World } from '../model/world';

export interface SalesforceParts {
  readonly world: World;
  readonly faults: ApiFaults;
  readonly client: { readonly id: string; readonly secret: string };
  /** The desk's own address, which the login names as the instance. */
  readonly address: () => string;
}

const VERSION = 'v63.0';
const DATA = `/services/data/${VERSION}/query`;
/** Smaller than the vendor's 2,000, so that a rehearsal turns pages. */
const PAGE_ROWS = 40;
const SESSION_MS = 2 * 3600_000;
const MOST_IDS = 400;
const CODES: Readonly<Record<number, string>> = {
  400: 'MALFORMED_QUERY',
  401: 'INVALID_SESSION_ID',
  404: 'NOT_FOUND',
  429: 'TOO_MANY_REQUESTS',
  500: 'UNKNOWN_EXCEPTION',
  503: 'SERVER_UNAVAILABLE',
};

const refuse = (status: number, message: string): ApiReply => ({
  status,
  body: [{ message, errorCode: CODES[status] ?? 'ERROR' }],
});

export function salesforceDesk({ world, faults, client, address }: SalesforceParts): ApiDesk {
  const sessions = new Map<string, number>();
  const cursors = new Map<string, readonly object[]>();
  const isOpen = (authorization = '') =>
    (sessions.get(authorization.replace(/^Bearer /, '')) ?? Number.NEGATIVE_INFINITY) > world.agenda.now;
  return {
    refuse,
    before: (request) => {
      if (request.path === '/services/oauth2/token') return undefined;
      if (!isOpen(request.headers.authorization)) return refuse(401, 'Session expired or invalid');
      return faults.before(request, refuse);
    },
    delay: () => faults.delay(),
    routes: {
      'POST /services/oauth2/token': (request) => {
        const form = new URLSearchParams(request.body);
        const [id, secret] = [form.get('client_id'), form.get('client_secret')];
        const said = (error: string, error_description: string) => ({
          status: 400,
          body: { error, error_description },
        });
        if (form.get('grant_type') !== 'client_credentials')
          return said('unsupported_grant_type', 'grant type not supported');
        if (id !== client.id || secret !== client.secret) return said('invalid_client', 'invalid client credentials');
        const token = createHash('sha256').update(`${id}:${sessions.size}:${world.agenda.now}`).digest('base64url');
        sessions.set(token, world.agenda.now + SESSION_MS);
        const body = { access_token: token, instance_url: address(), token_type: 'Bearer', scope: 'api' };
        return { status: 200, body: { ...body, issued_at: String(world.agenda.now) } };
      },
      [`GET ${DATA}`]: (request) => {
        const rows = answered(world, request.query.get('q') ?? '');
        return paged(cursors, rows, 0, `01g${String(cursors.size).padStart(15, '0')}`);
      },
      [`GET ${DATA}/{cursor}`]: (request) => next(cursors, request),
    },
  };
}

function next(cursors: Map<string, readonly object[]>, request: ApiRequest): ApiReply {
  const [, id = '', at = ''] = /^(01g\d{15})-(\d+)$/.exec(request.params.cursor ?? '') ?? [];
  const rows = cursors.get(id);
  if (!rows) throw new Refused(400, 'invalid query locator');
  return paged(cursors, rows, Number(at), id);
}

function paged(cursors: Map<string, readonly object[]>, rows: readonly object[], from: number, id: string): ApiReply {
  const records = rows.slice(from, from + PAGE_ROWS);
  const end = from + records.length;
  const done = end >= rows.length;
  if (!done) cursors.set(id, rows);
  const more = done ? {} : { nextRecordsUrl: `${DATA}/${id}-${end}` };
  return { status: 200, body: { totalSize: rows.length, done, ...more, records } };
}

const TEXT = "'((?:[^'\\\\]|\\\\.)*)'";
const CALLS = new RegExp(
  `^SELECT CallObject, CreatedDate FROM Task WHERE CallObject IN \\((${TEXT}(?:, ${TEXT})*)\\)$`,
);
const SITE = new RegExp(`^SELECT Name, Platform__c FROM Cutover_Site__c WHERE Name = ${TEXT} LIMIT 2$`);

function answered(world: World, soql: string): readonly object[] {
  const site = SITE.exec(soql);
  if (site) {
    const name = unquoted(site[1] ?? '');
    return world.sites.filter(({ file }) => file.crm.entry === name).map(siteRow);
  }
  const list = CALLS.exec(soql)?.[1];
  if (list === undefined) throw new Refused(400, `unexpected token: '${soql.slice(0, 40)}'`);
  const ids = [...list.matchAll(new RegExp(TEXT, 'g'))].map(([, text]) => unquoted(text ?? ''));
  if (ids.length > MOST_IDS) throw new Refused(400, 'too many values in the list');
  const wanted = new Set(ids);
  const isThere = (row: SyncRecord) =>
    wanted.has(row.conversation) && row.synced && row.answeredAt + row.latencyMs <= world.agenda.now;
  return world.sites.flatMap(({ records }) => records.sync.filter(isThere).map(callRow));
}

const unquoted = (text: string): string => text.replace(/\\(.)/g, '$1');

function siteRow(site: SiteWorld): object {
  const { entry } = site.file.crm;
  return {
    attributes: { type: 'Cutover_Site__c', url: `/sobjects/Cutover_Site__c/${entry}` },
    Name: entry,
    Platform__c: site.crmPlatform,
  };
}

/** Salesforce keeps whole seconds of a row's creation. */
function callRow({ conversation, answeredAt, latencyMs }: SyncRecord): object {
  const createdAt = Math.floor((answeredAt + latencyMs) / 1000) * 1000;
  return {
    attributes: { type: 'Task', url: `/sobjects/Task/${conversation}` },
    CallObject: conversation,
    CreatedDate: new Date(createdAt).toISOString().replace('Z', '+0000'),
  };
}
