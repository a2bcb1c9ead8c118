/**
 * Amazon Route 53 on the wire, after its published rules: XML under 2013-04-01, signatures checked for real, batches that are
 * carried out whole or not at all, DELETE only with exactly the values that are there, CREATE only where nothing is, changes
 * that are PENDING before they are INSYNC. NS and SOA of the zone cannot be deleted.
 */
import type { RecordType } from '../../../src/core/site';
import type { RecordSet } from '../../../src/ports/dns-provider';
import { type AwsKey, signatureFault } from './aws-signature';
import { type DoubleReply, type DoubleRequest, type HttpDouble, httpDouble } from './http-double';
import { childOf, childrenOf, escapeXml, parseXml, type XmlElement } from './xml';

export interface Route53Set {
  readonly name: string;
  readonly type: string;
  readonly ttl: number | null;
  readonly values: readonly string[];
  readonly setIdentifier?: string;
  readonly alias?: string;
}

export interface Route53Double extends HttpDouble {
  readonly zoneId: string;
  put(set: RecordSet): void;
  /** As it is, with what a plain set has not. */
  putRaw(set: Route53Set): void;
  held(name: string, type: RecordType): RecordSet | null;
  /** Of the latest change. */
  comment(): string;
  spread(everywhere: boolean): void;
  /** More zones of the same name, as an account may have them. */
  otherZones: readonly { readonly id: string; readonly private: boolean }[];
}

export const AWS_KEY: AwsKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
  region: 'us-east-1',
  service: 'route53',
};
const XMLNS = 'https://route53.amazonaws.com/doc/2013-04-01/';
const ZONE_ID = 'Z0123456789ABCDEFGHIJ';
const NAME_SERVERS = ['ns-2048.awsdns-64.example', 'ns-2049.awsdns-65.example'];
const TYPES = ['A', 'AAAA', 'CNAME', 'SRV', 'NAPTR', 'NS', 'SOA', 'TXT'];

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export async function route53Double(zone: string, key: AwsKey = AWS_KEY): Promise<Route53Double> {
  let sets: readonly Route53Set[] = [
    { name: zone, type: 'NS', ttl: 172_800, values: NAME_SERVERS },
    {
      name: zone,
      type: 'SOA',
      ttl: 900,
      values: ['ns-2048.awsdns-64.example. hostmaster.example. 1 7200 900 1209600 86400'],
    },
  ];
  let comment = '';
  let everywhere = true;
  let changes = 0;

  function handle(request: DoubleRequest): DoubleReply {
    try {
      const wrong = signatureFault(request, key);
      if (wrong !== null) throw new Refusal(403, wrong, `The request was refused: ${wrong}.`);
      return route(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return errorReply(error.status, error.code, error.message);
    }
  }

  function route({ method, path, query, body }: DoubleRequest): DoubleReply {
    const base = `/2013-04-01/hostedzone/${ZONE_ID}`;
    if (method === 'GET' && path === '/2013-04-01/hostedzonesbyname') return zonesByName(query);
    if (method === 'GET' && path === base) return good('GetHostedZoneResponse', zoneXml() + delegationXml());
    if (method === 'GET' && path === `${base}/rrset`) return list(query);
    if (method === 'POST' && path === `${base}/rrset`) return change(body);
    const asked = /^\/2013-04-01\/change\/(C[A-Z0-9]+)$/.exec(path)?.[1];
    if (method === 'GET' && asked) {
      if (asked !== changeId()) throw new Refusal(404, 'NoSuchChange', `Could not find resource with ID: ${asked}`);
      return good('GetChangeResponse', changeXml());
    }
    if (/^\/2013-04-01\/hostedzone\/[A-Z0-9]+/.test(path))
      throw new Refusal(404, 'NoSuchHostedZone', 'No hosted zone found with that ID.');
    return { status: 404, body: '<UnknownOperationException/>', headers: { 'content-type': 'text/xml' } };
  }

  function zonesByName(query: URLSearchParams): DoubleReply {
    const zones = query.get('dnsname') === `${zone}.` ? [{ id: ZONE_ID, private: false }, ...double.otherZones] : [];
    const inner = zones.map((one) => zoneXml(one.id, one.private)).join('');
    const rest = '<IsTruncated>false</IsTruncated><MaxItems>10</MaxItems>';
    return good('ListHostedZonesByNameResponse', `<HostedZones>${inner}</HostedZones>${rest}`);
  }

  /** In the service's order (labels from the right, then the type), from the asked one on: not only what was asked for. */
  function list(query: URLSearchParams): DoubleReply {
    const from = orderOf(query.get('name') ?? '', query.get('type') ?? '');
    const most = Number(query.get('maxitems') ?? 100);
    const found = [...sets]
      .sort((a, b) => compare(orderOf(a.name, a.type), orderOf(b.name, b.type)))
      .filter((one) => compare(orderOf(one.name, one.type), from) >= 0);
    const inner = found.slice(0, most).map(setXml).join('');
    const rest = `<IsTruncated>${found.length > most}</IsTruncated><MaxItems>${most}</MaxItems>`;
    return good('ListResourceRecordSetsResponse', `<ResourceRecordSets>${inner}</ResourceRecordSets>${rest}`);
  }

  function change(body: string): DoubleReply {
    const root = parseXml(body);
    if (root?.name !== 'ChangeResourceRecordSetsRequest' || !root.attributes.includes(`xmlns="${XMLNS}"`))
      throw new Refusal(400, 'MalformedInput', 'Unexpected root, list element or character data');
    const batch = childOf(root, 'ChangeBatch');
    const list = childOf(batch, 'Changes');
    if (!batch || !list) throw new Refusal(400, 'InvalidInput', 'Invalid XML ; a ChangeBatch needs Changes');
    const wrong: string[] = [];
    let draft = [...sets];
    const touched = new Set<string>();
    for (const each of childrenOf(list, 'Change')) {
      const action = childOf(each, 'Action')?.text ?? '';
      const set = readSet(childOf(each, 'ResourceRecordSet'));
      const about = `[name='${set.name}.', type='${set.type}']`;
      if (touched.has(`${action} ${set.name} ${set.type}`))
        wrong.push(
          `The request contains an invalid set of changes for a resource record set '${set.type} ${set.name}.'`,
        );
      touched.add(`${action} ${set.name} ${set.type}`);
      if (set.name !== zone && !set.name.endsWith(`.${zone}`))
        wrong.push(`RRSet with DNS name ${set.name}. is not permitted in zone ${zone}.`);
      const at = draft.findIndex((one) => one.name === set.name && one.type === set.type);
      const live = draft[at];
      if (action === 'DELETE') {
        if (set.name === zone && (set.type === 'NS' || set.type === 'SOA'))
          wrong.push(`A HostedZone must contain at least one ${set.type} record for the zone itself.`);
        else if (!live) wrong.push(`Tried to delete resource record set ${about} but it was not found`);
        else if (!isSame(live, set))
          wrong.push(
            `Tried to delete resource record set ${about} but the values provided do not match the current values`,
          );
        else draft.splice(at, 1);
      } else if (action === 'CREATE') {
        if (live) wrong.push(`Tried to create resource record set ${about} but it already exists`);
        else if (draft.some((one) => one.name === set.name && (one.type === 'CNAME' || set.type === 'CNAME')))
          wrong.push(
            `RRSet of type ${set.type} with DNS name ${set.name}. is not permitted because a conflicting RRSet exists`,
          );
        else draft = [...draft, set];
      } else throw new Refusal(400, 'InvalidInput', `Invalid XML ; action ${action}`);
    }
    if (wrong.length > 0) throw new Refusal(400, 'InvalidChangeBatch', `[${wrong.join(', ')}]`);
    sets = draft;
    comment = childOf(batch, 'Comment')?.text ?? '';
    changes += 1;
    return good('ChangeResourceRecordSetsResponse', changeXml());
  }

  const changeId = (): string => `C${String(changes).padStart(13, '0')}`;
  const changeXml = (): string =>
    `<ChangeInfo><Id>/change/${changeId()}</Id><Status>${everywhere ? 'INSYNC' : 'PENDING'}</Status><SubmittedAt>2027-03-01T12:00:00.000Z</SubmittedAt><Comment>${escapeXml(comment)}</Comment></ChangeInfo>`;
  const zoneXml = (id = ZONE_ID, isPrivate = false): string =>
    `<HostedZone><Id>/hostedzone/${id}</Id><Name>${zone}.</Name><CallerReference>x</CallerReference><Config><PrivateZone>${isPrivate}</PrivateZone></Config><ResourceRecordSetCount>${sets.length}</ResourceRecordSetCount></HostedZone>`;
  const delegationXml = (): string =>
    `<DelegationSet><NameServers>${NAME_SERVERS.map((name) => `<NameServer>${name}</NameServer>`).join('')}</NameServers></DelegationSet>`;

  const double: Route53Double = Object.assign(await httpDouble(handle), {
    zoneId: ZONE_ID,
    otherZones: [] as Route53Double['otherZones'],
    put({ name, type, ttl, values }: RecordSet) {
      sets = sets.filter((one) => one.name !== name || one.type !== type);
      if (values.length > 0) sets = [...sets, { name, type, ttl, values: values.map((value) => dotted(type, value)) }];
    },
    putRaw(set: Route53Set) {
      sets = [...sets, set];
    },
    held(name: string, type: RecordType): RecordSet | null {
      const found = sets.find((one) => one.name === name && one.type === type);
      return found
        ? { name, type, ttl: found.ttl ?? 0, values: found.values.map((value) => value.replace(/\.$/, '')) }
        : null;
    },
    comment: () => comment,
    spread(now: boolean) {
      everywhere = now;
    },
  });
  return double;
}

export function errorReply(status: number, code: string, message: string): DoubleReply {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  const body = `<?xml version="1.0"?>\n<ErrorResponse xmlns="${XMLNS}">${error}<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>`;
  return { status, body, headers: { 'content-type': 'text/xml' } };
}

function good(name: string, inner: string): DoubleReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${XMLNS}">${inner}</${name}>`;
  return { status: 200, body, headers: { 'content-type': 'text/xml' } };
}

function readSet(element: XmlElement | undefined): Route53Set {
  const malformed = (why: string) => new Refusal(400, 'InvalidInput', `Invalid XML ; ${why}`);
  if (!element) throw malformed('a Change needs a ResourceRecordSet');
  const name = childOf(element, 'Name')?.text.toLowerCase().replace(/\.$/, '') ?? '';
  const type = childOf(element, 'Type')?.text ?? '';
  const ttl = Number(childOf(element, 'TTL')?.text);
  const records = childrenOf(childOf(element, 'ResourceRecords') ?? element, 'ResourceRecord');
  const values = records.map((record) => childOf(record, 'Value')?.text ?? '');
  if (name === '' || !TYPES.includes(type)) throw malformed(`type ${type}`);
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > 2_147_483_647) throw malformed('TTL');
  if (values.length === 0 || values.some((value) => !isValue(type, value)))
    throw new Refusal(
      400,
      'InvalidChangeBatch',
      `[Invalid Resource Record: 'FATAL problem: ${type}RRDATAIllegal encountered with '${values.join()}'']`,
    );
  if (new Set(values).size !== values.length)
    throw new Refusal(400, 'InvalidChangeBatch', `[Duplicate Resource Record: '${values[0]}']`);
  return { name, type, ttl, values };
}

const FORMS: Readonly<Record<string, RegExp>> = {
  A: /^\d{1,3}(\.\d{1,3}){3}$/,
  AAAA: /^[0-9a-f:]+$/,
  CNAME: /^[a-z0-9_.-]+$/,
  SRV: /^\d{1,5} \d{1,5} \d{1,5} [a-z0-9_.-]+$/,
  NAPTR: /^\d{1,5} \d{1,5} "[a-zA-Z]*" "[^"]*" "[^"]*" \S+$/,
};

function isValue(type: string, value: string): boolean {
  return FORMS[type]?.test(value) ?? true;
}

/** The dot at the end of a host name is the only difference that is forgiven. */
function isSame(a: Route53Set, b: Route53Set): boolean {
  const plain = (set: Route53Set) =>
    [...set.values]
      .map((value) => value.replace(/\.$/, ''))
      .sort()
      .join('\n');
  return a.ttl === b.ttl && plain(a) === plain(b);
}

function setXml(set: Route53Set): string {
  const values = set.values
    .map((value) => `<ResourceRecord><Value>${escapeXml(value)}</Value></ResourceRecord>`)
    .join('');
  const identifier = set.setIdentifier ? `<SetIdentifier>${set.setIdentifier}</SetIdentifier><Weight>10</Weight>` : '';
  const content = set.alias
    ? `<AliasTarget><HostedZoneId>Z2</HostedZoneId><DNSName>${set.alias}</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>`
    : `<TTL>${set.ttl}</TTL><ResourceRecords>${values}</ResourceRecords>`;
  return `<ResourceRecordSet><Name>${set.name}.</Name><Type>${set.type}</Type>${identifier}${content}</ResourceRecordSet>`;
}

function orderOf(name: string, type: string): string {
  return `${name.toLowerCase().replace(/\.$/, '').split('.').reverse().join('.')}. ${type}`;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function dotted(type: RecordType, value: string): string {
  return type === 'A' || type === 'AAAA' || value.endsWith('.') ? value : `${value}.`;
}
