/** A twin on a clock that only the test moves, and the clients with which a test looks at it over the wire. */
import { createSocket } from 'node:dgram';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import * as dns from 'dns-packet';
import { type AgentRow, readSites } from '../sandbox/twin/model/site-file';
import { startTwin, type Twin, type TwinOptions } from '../sandbox/twin/twin';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const START = Date.parse('2027-03-25T09:00:00Z');

const SECRETS = {
  genesysClientId: 'client',
  genesysClientSecret: 'secret',
  powerDnsKey: 'dns-key',
  dnsRestToken: 'dns-token',
  legacyToken: 'legacy-token',
  crmToken: 'crm-token',
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text. */
  readonly body: Body;
}
/** Replies are read by path in tests; what is missing reads as undefined. */
export interface Body {
  readonly [key: string]: Body;
}

/** The list that a reply, or a part of it, is. */
export const items = (body: Body | undefined): readonly Body[] => (body ?? []) as unknown as readonly Body[];

export const SITES = join(__dirname, '..', 'sites');

export function agentsOf(site: string): readonly AgentRow[] {
  return readSites(SITES).find(({ file }) => file.site === site)?.agents ?? [];
}

export interface TestWorld {
  readonly twin: Twin;
  now(): number;
  /** Moves the clock and the world. */
  go(ms: number): void;
  setSpeed(speed: number): void;
  genesys(method: string, path: string, body?: unknown): Promise<Answer>;
  call(
    setting: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  token(): Promise<string>;
  ask(where: string, name: string, type: dns.RecordType, how?: AskHow): Promise<dns.DecodedPacket>;
}

export interface AskHow {
  readonly tcp?: boolean;
  readonly recursion?: boolean;
  readonly edns?: boolean;
}

export async function openWorld(options: Partial<TwinOptions> & { readonly start?: number } = {}): Promise<TestWorld> {
  let now = options.start ?? START;
  let speed = 60;
  const clock = { now: () => now, speed: () => speed, realMsUntil: (sim: number) => Math.max(0, (sim - now) / speed) };
  const { start: _start, ...rest } = options;
  const twin = await startTwin({ clock, sitesDir: SITES, seed: 11, secrets: SECRETS, ...rest });
  let token = '';
  let tokenFrom = Number.NEGATIVE_INFINITY;
  const call: TestWorld['call'] = async (setting, method, path, body, headers = {}) => {
    const response = await fetch(`${twin.settings[setting]}${path}`, {
      method,
      // A wave is simulated in one stretch: a connection kept meanwhile may have been closed by the other side.
      headers: { 'content-type': 'application/json', connection: 'close', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
  };
  const world: TestWorld = {
    twin,
    now: () => now,
    go: (ms) => {
      now += ms;
      twin.advance();
    },
    setSpeed: (next) => {
      speed = next;
    },
    call,
    token: async () => {
      const basic = Buffer.from(`${SECRETS.genesysClientId}:${SECRETS.genesysClientSecret}`).toString('base64');
      const reply = await call('GENESYS_LOGIN_URL', 'POST', '/oauth/token', 'grant_type=client_credentials', {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
      });
      return String(reply.body.access_token);
    },
    genesys: async (method, path, body) => {
      if (now - tokenFrom > 23 * HOUR) {
        token = await world.token();
        tokenFrom = now;
      }
      return call('GENESYS_API_URL', method, path, body, { authorization: `Bearer ${token}` });
    },
    ask: (where, name, type, how = {}) => ask(portOf(twin.settings, where), query(name, type, how), how.tcp === true),
  };
  return world;
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return text as unknown as Body;
  }
}

/** The loopback port of a resolver, a name server or a gateway (`host:port`), as the settings give it. */
export function portOf(settings: Readonly<Record<string, string>>, name: string): number {
  const all = [settings.RESOLVERS, settings.NAME_SERVERS, settings.CONNECT_TO].join(',').split(',');
  const entry = all.find((one) => one.startsWith(`${name}=`));
  if (!entry) throw new Error(`the settings do not name ${name}`);
  return Number(entry.split(':').at(-1));
}

export function query(name: string, type: dns.RecordType, { recursion = true, edns = true }: AskHow = {}): Buffer {
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as unknown as dns.Answer;
  return dns.encode({
    type: 'query',
    id: 4711,
    flags: recursion ? dns.RECURSION_DESIRED : 0,
    questions: [{ name, type }],
    additionals: edns ? [opt] : [],
  });
}

async function ask(port: number, packet: Buffer, tcp: boolean): Promise<dns.DecodedPacket> {
  return dns.decode(tcp ? await overTcp(port, packet) : await overUdp(port, packet));
}

export function overUdp(port: number, packet: Buffer | string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => finish(() => reject(new Error('no answer over UDP'))), 1500);
    const finish = (then: () => void) => {
      clearTimeout(timer);
      socket.close(then);
    };
    socket.on('message', (message) => finish(() => resolve(message)));
    socket.bind(0, '127.0.0.1', () => socket.send(packet, port, '127.0.0.1'));
  });
}

function overTcp(port: number, packet: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1');
    const prefix = Buffer.alloc(2);
    prefix.writeUInt16BE(packet.length);
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      socket.destroy();
      resolve(received.subarray(2));
    });
    socket.write(Buffer.concat([prefix, packet]));
  });
}

/** The target of the first SRV record in the answer, else its data as it is. */
export function targetOf(packet: dns.DecodedPacket): string | null {
  const [first] = [...(packet.answers ?? [])].sort((a, b) => priorityOf(a) - priorityOf(b));
  if (!first) return null;
  return first.type === 'SRV' ? first.data.target : 'data' in first ? String(first.data) : null;
}

function priorityOf(answer: dns.Answer): number {
  return answer.type === 'SRV' ? (answer.data.priority ?? 0) : 0;
}

export function ttlOf(packet: dns.DecodedPacket): number {
  const first = packet.answers?.[0];
  return first && 'ttl' in first ? Number(first.ttl) : -1;
}

export const rcodeOf = (packet: dns.DecodedPacket): string => (packet as unknown as { rcode: string }).rcode;

/** Replaces a record set through the PowerDNS API. Values as the site files write them. */
export async function setRecord(
  world: TestWorld,
  zone: string,
  name: string,
  ttl: number,
  values: readonly string[],
  type = 'SRV',
) {
  const rrset = {
    name: `${name}.`,
    type,
    ttl,
    changetype: 'REPLACE',
    records: values.map((value) => ({ content: `${value}.`, disabled: false })),
  };
  const path = `/api/v1/servers/localhost/zones/${zone}.`;
  return world.call('POWERDNS_URL', 'PATCH', path, { rrsets: [rrset] }, { 'x-api-key': SECRETS.powerDnsKey });
}

export const legacy = (world: TestWorld, method: string, path: string, body?: unknown) =>
  world.call('LEGACY_URL', method, path, body, { authorization: `Bearer ${SECRETS.legacyToken}` });

export const crm = (world: TestWorld, method: string, path: string, body?: unknown) =>
  world.call('CRM_URL', method, path, body, { authorization: `Bearer ${SECRETS.crmToken}` });
