/** Bodies of the guide's three steps, for a document that lists them without one: taken from the site. */
import type { Json } from '../core/json';
import { DEFAULT_LIMITS } from '../core/limits';
import type { Site } from '../core/site';
import { type Finding, shown } from './parse-fault';

/** What the body of a step is made of. */
export interface BodyInput {
  readonly site: Site;
  /** With its placeholders bound. */
  readonly endpoint: string;
  readonly waveNumber: number;
}

export type Body =
  | { readonly kind: 'body'; readonly body: Json }
  | { readonly kind: 'finding'; readonly finding: Finding };

const body = (value: Json): Body => ({ kind: 'body', body: value });
const none = (wrong: string, mend: string): Body => ({ kind: 'finding', finding: { wrong, mend } });

export const KNOWN_BODIES: Readonly<Record<string, (input: BodyInput) => Body>> = {
  update_dns: updateDns,
  activate_trunk_inbound: activateTrunk,
  shift_queue_traffic: () => body({ allocationPercent: 100 }),
};

/** The record that the endpoint names, pointed at the first of its target values: the generic API holds one value a name. */
function updateDns({ site, endpoint, waveNumber }: BodyInput): Body {
  const name = ((endpoint.split('?')[0] ?? '').split('/').at(-1) ?? '').toLowerCase();
  const records = site.dns.records.filter((record) => record.type === 'SRV');
  const record = records.find((each) => each.name === name);
  if (!record) {
    const known = records.map((each) => each.name).join(', ') || 'none';
    return none(
      `names the record ${shown(name)}, which is no SRV record of ${site.site}`,
      `Give the step a body, or end the endpoint with one of: ${known}`,
    );
  }
  const [priority, weight, port, target] = (record.target[0] ?? '').split(' ');
  return body({
    name: record.name,
    type: 'SRV',
    ttl: DEFAULT_LIMITS.ttlSeconds,
    priority: Number(priority),
    weight: Number(weight),
    port: Number(port),
    target: target ?? '',
    comment: `${siteTitle(site.site)} cutover wave ${waveNumber}`,
  });
}

/** `Site-A`, as the guide writes it. */
function siteTitle(name: string): string {
  return name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('-');
}

function activateTrunk({ site }: BodyInput): Body {
  const { maxConcurrentSessions, codecs, callerId } = site.mirror;
  return body({
    enabled: true,
    status: 'ACTIVE',
    maxConcurrentSessions,
    // The guide's API names codecs without their media type and in capitals: G722.
    codecPreferences: codecs.map((codec) => codec.replace(/^audio\//, '').toUpperCase()),
    callerId,
    siteId: site.platform.site,
  });
}
