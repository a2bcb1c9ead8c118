import { IANAZone } from 'luxon';
import { z } from 'zod';
import { STEP_KINDS } from '../core/step-kinds';
import { must } from './fit-schema';
import { type Finding, shown } from './parse-fault';
import { LONGEST_LIST } from './site-checks';
import * as field from './site-fields';

const checked = (find: (text: string) => Finding | null) => z.string().superRefine(must(find));
/** DNS and ids do not know capitals: they are kept in small letters, so that equal things compare equal. */
const lower = (find: (text: string) => Finding | null) => z.string().toLowerCase().superRefine(must(find));

const line = checked(field.lineFinding);
const word = checked(field.wordFinding);
const host = lower(field.hostFinding);
/** Their form depends on the platform and is checked in `site-platform.ts`; whole numbers need no quotes. UUIDs do not know capitals. */
const id = z.preprocess(
  (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value),
  z.string().transform((text) => (/^[0-9a-f-]{36}$/i.test(text) ? text.toLowerCase() : text)),
);
const whole = z.int();
const port = whole.min(1).max(65535);

function unique<Item extends z.ZodType>(item: Item, least: number, keyOf: (value: z.output<Item>) => string) {
  return z
    .array(item)
    .min(least)
    .max(LONGEST_LIST)
    .superRefine((values, context) => {
      const seen = new Set<string>();
      for (const [i, value] of values.entries()) {
        const key = keyOf(value);
        const params = { mend: 'Keep one of the two' };
        if (seen.has(key))
          context.addIssue({ code: 'custom', path: [i], message: `${shown(key)} stands there twice`, params });
        seen.add(key);
      }
    });
}

const listOf = (item: z.ZodType<string>, least = 1) => unique(item, least, (text) => text);

const people = listOf(checked(field.slackIdFinding));
const quorum = whole.min(1).max(20);

const policy = z.strictObject({
  operators: people,
  approvers: people,
  quorum,
  gates: z.partialRecord(
    z.enum(STEP_KINDS),
    z.strictObject({
      approvers: people.exactOptional(),
      quorum: quorum.exactOptional(),
      reasonRequired: z.boolean().exactOptional(),
    }),
  ),
});

/** Whole sets are wanted in zone-file form; their values are checked by type in `site-checks.ts`. */
const values = listOf(
  z
    .string()
    .trim()
    .toLowerCase()
    .transform((text) => text.replace(/\s+/g, ' ')),
);

const record = z.strictObject({
  name: lower(field.recordNameFinding),
  type: z.enum(['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR']),
  ttl: whole.max(2 ** 31 - 1).superRefine(must(field.ttlFinding)),
  legacy: values,
  target: values,
});

const gateway = z.strictObject({
  host,
  port,
  transport: z.enum(['udp', 'tcp', 'tls']),
  expect: unique(whole.min(200).max(699).superRefine(must(field.expectedAnswerFinding)), 1, String).exactOptional(),
});
const trunk = z.strictObject({ name: line, trunkBase: id });

const platform = z.strictObject({
  kind: z.enum(['genesys-cloud', 'nice-cxone']),
  organisation: id,
  site: id,
  inboundTrunks: unique(trunk, 1, (each) => each.trunkBase),
  failoverTrunks: unique(trunk, 0, (each) => each.trunkBase),
  outboundRoutes: unique(z.strictObject({ name: line, route: id }), 1, (each) => each.route),
  queues: unique(z.strictObject({ name: line, queue: id, groups: listOf(word) }), 1, (each) => each.queue),
  allocation: z.strictObject({ table: id, row: line }),
  shadowFlow: id,
  managementUnit: id.nullable(),
  licences: listOf(word),
  emergencyGroup: id.exactOptional(),
  callRoute: id.exactOptional(),
});

const carrier = z.strictObject({ kind: z.literal('twilio'), trunk: word, legacy: word, target: word });

const zone = checked((name) => {
  if (/^[A-Za-z]/.test(name) && IANAZone.isValidZone(name)) return null;
  return {
    wrong: `${shown(name)} is not a time zone`,
    mend: 'Write an IANA name like Europe/Berlin or America/Chicago',
  };
});

/** A site file as it is written. */
export const SITE_FILE = z.strictObject({
  site: checked(field.siteNameFinding),
  name: line,
  timeZone: zone,
  recipe: word,
  after: listOf(checked(field.siteNameFinding)).exactOptional(),
  regulated: z.boolean(),
  agentsFile: checked(field.bareFileFinding),
  /** Local wall-clock times; read by `wall-clock.ts`. */
  window: z.strictObject({ opens: z.string(), closes: z.string() }).nullish(),
  policy,
  dns: z.strictObject({
    provider: z.enum(['powerdns', 'rfc2136', 'route53', 'cloudflare', 'rest']),
    zone: host,
    zoneId: word.exactOptional(),
    nameServers: listOf(word),
    records: unique(record, 1, (each) => `${each.name} ${each.type}`),
  }),
  resolvers: unique(
    z.strictObject({ name: word, location: line, kind: z.enum(['public', 'enterprise']) }),
    1,
    (each) => each.name,
  ),
  gateways: z.strictObject({ target: gateway, legacy: gateway }),
  sipDomain: host.exactOptional(),
  probes: listOf(word).exactOptional(),
  carrier: carrier.exactOptional(),
  endpoints: z.strictObject({
    retrySeconds: whole.max(86_400).superRefine(must(field.retryFinding)),
    registersPerSecond: z.number().min(0.1).max(10_000),
  }),
  platform,
  mirror: z.strictObject({
    dids: listOf(checked(field.e164Finding)),
    callerId: checked(field.e164Finding),
    codecs: listOf(checked(codecFinding)),
    maxConcurrentSessions: whole.min(1).max(1_000_000),
  }),
  legacy: z.strictObject({ trunks: listOf(word), queues: listOf(word) }),
  crm: z.strictObject({ entry: word, kind: z.enum(['http', 'salesforce']).exactOptional() }),
});

export type SiteFile = z.output<typeof SITE_FILE>;

function codecFinding(codec: string): Finding | null {
  if (/^(audio\/)?[A-Za-z0-9][A-Za-z0-9.-]{1,30}$/.test(codec)) return null;
  return { wrong: `${shown(codec)} is not a codec`, mend: 'Write it like audio/pcmu' };
}
