/**
 * The site inside a stored plan: everything that steps, cards and runbooks read of it is of its type. What its values may be
 * was asked when the site file was read; here only what does not fit the type is refused.
 */
import { IANAZone } from 'luxon';
import { z } from 'zod';

const text = z.string().max(100_000);
const name = z.string().min(1).max(200);
const time = z.number().min(0);
const texts = z.array(text);

/** Moments are told in it: with a zone that is none no sentence of a step could be written. */
const zone = text.refine((value) => IANAZone.isValidZone(value), { message: 'is not a time zone' });

const gateRule = z.looseObject({
  approvers: texts.optional(),
  quorum: z.int().min(0).optional(),
  reasonRequired: z.boolean().optional(),
});

const record = z.looseObject({
  name: text,
  type: z.enum(['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR']),
  ttl: z.number(),
  legacy: texts,
  target: texts,
});

const gateway = z.looseObject({
  host: text,
  port: z.number(),
  transport: z.enum(['udp', 'tcp', 'tls']),
  expect: z.array(z.number()).optional(),
});

const trunks = z.array(z.looseObject({ name: text, trunkBase: text }));

const platform = z.looseObject({
  kind: z.enum(['genesys-cloud', 'nice-cxone']),
  organisation: text,
  site: text,
  inboundTrunks: trunks,
  failoverTrunks: trunks,
  outboundRoutes: z.array(z.looseObject({ name: text, route: text })),
  queues: z.array(z.looseObject({ name: text, queue: text, groups: texts })),
  allocation: z.looseObject({ table: text, row: text }),
  shadowFlow: text,
  managementUnit: text.nullable(),
  licences: texts,
  emergencyGroup: text.optional(),
  callRoute: text.optional(),
});

export const SITE = z.looseObject({
  site: name,
  name: text,
  timeZone: zone,
  recipe: text,
  after: texts.optional(),
  regulated: z.boolean(),
  agents: z.array(z.looseObject({ agent: text, user: text, phone: text, group: text })),
  window: z.looseObject({ opens: time, closes: time }).nullable(),
  policy: z.looseObject({
    operators: texts,
    approvers: texts,
    quorum: z.int().min(0),
    gates: z.record(z.string(), gateRule),
  }),
  dns: z.looseObject({
    provider: z.enum(['powerdns', 'rfc2136', 'route53', 'cloudflare', 'rest']),
    zone: text,
    zoneId: text.optional(),
    nameServers: texts,
    records: z.array(record),
  }),
  resolvers: z.array(z.looseObject({ name: text, location: text, kind: z.enum(['public', 'enterprise']) })),
  gateways: z.looseObject({ target: gateway, legacy: gateway }),
  sipDomain: text.optional(),
  probes: texts.optional(),
  carrier: z.looseObject({ kind: z.literal('twilio'), trunk: text, legacy: text, target: text }).optional(),
  endpoints: z.looseObject({ retrySeconds: z.number(), registersPerSecond: z.number() }),
  platform,
  mirror: z.looseObject({ dids: texts, callerId: text, codecs: texts, maxConcurrentSessions: z.number() }),
  legacy: z.looseObject({ trunks: texts, queues: texts }),
  crm: z.looseObject({ entry: text, kind: z.enum(['http', 'salesforce']).optional() }),
});
