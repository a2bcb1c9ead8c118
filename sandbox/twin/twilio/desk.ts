/** Twilio's trunking API, as far as origination URLs go: Basic authentication, forms in, snake_case JSON out, pages by token. */
import type { ApiFaults } from '../api-faults';
import { type ApiDesk, type ApiReply, type ApiRequest, Refused } from '../http';
import type { CarrierDestination, CarrierTrunk } from '../model/carrier';
import type { World } from '../model/world';
import { refusal } from './refusals';

export interface TwilioParts {
  readonly world: World;
  readonly faults: ApiFaults;
  readonly account: string;
  /** User and password pairs that are let in. */
  readonly logins: readonly (readonly [string, string])[];
  /** The desk's own address, which the links to other pages bear. */
  readonly address: () => string;
}

const LIST = '/v1/Trunks/{trunk}/OriginationUrls';
const MOST_PAGE_SIZE = 1000;
const USUAL_PAGE_SIZE = 50;

export function twilioDesk(parts: TwilioParts): ApiDesk {
  const { world, faults, logins } = parts;
  const allowed = new Set(logins.map((pair) => `Basic ${Buffer.from(pair.join(':')).toString('base64')}`));
  return {
    refuse: refusal,
    before: (request) => {
      if (!allowed.has(request.headers.authorization ?? '')) return refusal(401, 'Authenticate');
      return faults.before(request, refusal);
    },
    delay: () => faults.delay(),
    routes: {
      [`GET ${LIST}`]: (request) => listed(parts, trunkOf(world, request), request),
      [`GET ${LIST}/{url}`]: (request) => {
        const trunk = trunkOf(world, request);
        return { status: 200, body: shown(parts, trunk, destinationOf(trunk, request)) };
      },
      [`POST ${LIST}/{url}`]: (request) => {
        const trunk = trunkOf(world, request);
        const found = destinationOf(trunk, request);
        const settings = ({ enabled, priority, weight }: CarrierDestination) => ({ enabled, priority, weight });
        const before = settings(found);
        Object.assign(found, formOf(request), { updatedAt: world.agenda.now });
        const resource = `origination-url ${found.sid}`;
        const write = { system: 'twilio', method: 'POST', path: request.path, resource } as const;
        world.ledger.write({ ...write, before, after: settings(found) });
        return { status: 200, body: shown(parts, trunk, found) };
      },
    },
  };
}

function trunkOf(world: World, request: ApiRequest): CarrierTrunk {
  const found = world.sites.find(({ carrier }) => carrier?.sid === request.params.trunk)?.carrier;
  if (!found) throw new Refused(404, `The requested resource ${request.path} was not found`);
  return found;
}

function destinationOf(trunk: CarrierTrunk, request: ApiRequest): CarrierDestination {
  const found = trunk.destinations.find(({ sid }) => sid === request.params.url);
  if (!found) throw new Refused(404, `The requested resource ${request.path} was not found`);
  return found;
}

function listed(parts: TwilioParts, trunk: CarrierTrunk, request: ApiRequest): ApiReply {
  const size = wholeIn(request.query.get('PageSize') ?? String(USUAL_PAGE_SIZE), 'PageSize', 1, MOST_PAGE_SIZE);
  const page = wholeIn(request.query.get('Page') ?? '0', 'Page', 0, 65_535);
  // As the vendor has it, a page is reached by its token, not by counting.
  if (page > 0 && request.query.get('PageToken') !== `PA${trunk.destinations[page * size - 1]?.sid}`)
    throw new Refused(400, 'Invalid Page Token');
  const rows = trunk.destinations.slice(page * size, (page + 1) * size);
  const at = (number: number, token = '') =>
    `${parts.address()}${request.path}?PageSize=${size}&Page=${number}${token && `&PageToken=${token}`}`;
  const hasNext = trunk.destinations.length > (page + 1) * size;
  const meta = {
    page,
    page_size: size,
    first_page_url: at(0),
    previous_page_url: page > 0 ? at(page - 1) : null,
    url: at(page),
    next_page_url: hasNext ? at(page + 1, `PA${rows.at(-1)?.sid}`) : null,
    key: 'origination_urls',
  };
  return { status: 200, body: { meta, origination_urls: rows.map((each) => shown(parts, trunk, each)) } };
}

function shown({ account, address }: TwilioParts, trunk: CarrierTrunk, found: CarrierDestination) {
  const { sid, sipUrl, friendlyName, enabled, priority, weight, updatedAt } = found;
  return {
    account_sid: account,
    sid,
    trunk_sid: trunk.sid,
    weight,
    enabled,
    sip_url: sipUrl,
    friendly_name: friendlyName,
    priority,
    date_created: isoSeconds(trunk.createdAt),
    date_updated: isoSeconds(updatedAt),
    url: `${address()}/v1/Trunks/${trunk.sid}/OriginationUrls/${sid}`,
  };
}

const isoSeconds = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

/** Only what may be changed here; the vendor ignores strange fields, but a rehearsal should not. */
function formOf(request: ApiRequest): Partial<CarrierDestination> {
  if (!/^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? ''))
    throw new Refused(400, 'The body must be a form');
  const fields = [...new URLSearchParams(request.body)].map(([name, value]) => {
    if (name === 'Enabled' && /^(true|false)$/.test(value)) return { enabled: value === 'true' };
    if (name === 'Priority') return { priority: wholeIn(value, name, 0, 65_535) };
    if (name === 'Weight') return { weight: wholeIn(value, name, 1, 65_535) };
    throw new Refused(400, `Invalid parameter ${name}`);
  });
  return Object.assign({}, ...fields);
}

function wholeIn(text: string, name: string, least: number, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Refused(400, `Invalid ${name}: must be from ${least} to ${most}`);
}
