/** The contract of the DNS providers against the real servers: PowerDNS by its API, BIND by signed updates. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createPowerDns } from '../../src/adapters/dns/power-dns';
import { canonicalValues } from '../../src/adapters/dns/record-values';
import { createRfc2136, type Rfc2136Options } from '../../src/adapters/dns/rfc2136';
import type { RecordType } from '../../src/core/site';
import type { RecordSet } from '../../src/ports/dns-provider';
import { Fault } from '../../src/ports/fault';
import { sleepingClock, thrownBy } from '../adapters-dns.loopback';
import { BIND_PACKAGES, type BindPrimary, startBindPrimary } from '../lab/bind';
import { type UnpackedPackages, unpackedPackages } from '../lab/debian-packages';
import { lookAt } from '../lab/dns-look';
import { POWER_DNS_PACKAGES, type PowerDns, startPowerDns } from '../lab/power-dns';
import { openServerRoom, type ServerRoom } from '../lab/server-room';
import { apexOf, zoneFileValue } from '../lab/zone';
import { type DnsBench, dnsContract, ZONE } from '../support/dns-contract';
import { dnsRelay, httpRelay } from '../support/relays';

const TIMEOUT_MS = 5_000;
const NAME_SERVERS = [`ns1.${ZONE}`, `ns2.${ZONE}`];

let packages: UnpackedPackages;
let room: ServerRoom;
let powerDns: PowerDns;
let bind: BindPrimary;

beforeAll(async () => {
  packages = await unpackedPackages([...new Set([...POWER_DNS_PACKAGES, ...BIND_PACKAGES, 'bind9-dnsutils'])]);
  room = await openServerRoom('dns-providers');
  [powerDns, bind] = await Promise.all([
    startPowerDns(room, packages),
    startBindPrimary(room, packages, ZONE, apexOf(ZONE)),
  ]);
  await powerDns.createZone(ZONE, apexOf(ZONE), []);
});
afterAll(() => room?.close());

/** Names that the contract writes. */
const USED: readonly (readonly [string, RecordType])[] = [
  [`_sip._tcp.${ZONE}`, 'SRV'],
  [`sip.${ZONE}`, 'CNAME'],
  [`sbc.${ZONE}`, 'A'],
  [`sbc.${ZONE}`, 'AAAA'],
  [`x.sbc.${ZONE}`, 'A'],
  [ZONE, 'NAPTR'],
];

async function emptied(bench: DnsBench): Promise<DnsBench> {
  for (const [name, type] of USED) await bench.put({ name, type, ttl: 60, values: [] });
  return bench;
}

/** As any client sees it, by a question to the server itself. */
async function served(port: number, name: string, type: RecordType): Promise<RecordSet | null> {
  const { values, ttl } = await lookAt({ address: '127.0.0.1', port }, name, type, false);
  return ttl === null ? null : { name, type, ttl, values };
}

describe('PowerDNS', () => {
  /** Without the notification that the lab sends: nobody follows this zone. */
  async function put(set: RecordSet): Promise<void> {
    const { name, type, ttl } = set;
    const records = set.values.map((content) => ({ content: zoneFileValue(set, content) }));
    const changetype = records.length > 0 ? 'REPLACE' : 'DELETE';
    await powerDns.api('PATCH', `/zones/${ZONE}.`, { rrsets: [{ name: `${name}.`, type, ttl, records, changetype }] });
  }

  async function open(): Promise<DnsBench> {
    const relay = await httpRelay(Number(new URL(powerDns.apiUrl).port));
    const provider = (apiKey: string) =>
      createPowerDns({
        baseUrl: `http://127.0.0.1:${relay.port}`,
        apiKey,
        serverId: 'localhost',
        clock: sleepingClock(),
        timeoutMs: TIMEOUT_MS,
      });
    return emptied({
      provider: provider(powerDns.apiKey),
      stranger: provider('no-such-key'),
      zone: { zone: ZONE },
      relay,
      put,
      held: (name, type) => served(powerDns.address.port, name, type),
      stamp: async (name, type) => {
        const body = await powerDns.api('GET', `/zones/${ZONE}.?rrset_name=${name}.&rrset_type=${type}`);
        const { rrsets } = body as { rrsets: { comments: { content: string; account: string }[] }[] };
        return JSON.stringify(rrsets[0]?.comments);
      },
      spread: () => undefined,
      nameServers: NAME_SERVERS,
      secrets: [powerDns.apiKey, 'no-such-key'],
      close: relay.close,
    });
  }

  dnsContract(
    {
      compareAndSet: false,
      settles: false,
      leastTtlSeconds: 0,
      wholeRecordSet: true,
      types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
      stamps: 'record',
    },
    open,
  );
});

describe('BIND by signed updates', () => {
  const options = (port: number, more: Partial<Rfc2136Options> = {}): Rfc2136Options => ({
    server: { address: '127.0.0.1', port },
    key: bind.key,
    realNow: Date.now,
    timeoutMs: TIMEOUT_MS,
    ...more,
  });
  const otherSecret = Buffer.alloc(32, 7).toString('base64');

  async function open(): Promise<DnsBench> {
    const relay = await dnsRelay(bind.address.port);
    return emptied({
      provider: createRfc2136(options(relay.port)),
      stranger: createRfc2136(options(relay.port, { key: { ...bind.key, secret: otherSecret } })),
      zone: { zone: ZONE },
      relay,
      put: nsupdate,
      held: (name, type) => served(bind.address.port, name, type),
      stamp: async () => '',
      spread: () => undefined,
      nameServers: NAME_SERVERS,
      secrets: [bind.key.secret, otherSecret],
      close: relay.close,
    });
  }

  /** The vendor's own client makes the changes of somebody else. */
  async function nsupdate({ name, type, ttl, values }: RecordSet): Promise<void> {
    const { algorithm, secret, name: key } = bind.key;
    const dotted = (value: string) => (type === 'A' || type === 'AAAA' || value.endsWith('.') ? value : `${value}.`);
    const lines = [
      `server 127.0.0.1 ${bind.address.port}`,
      `zone ${ZONE}`,
      `update delete ${name} ${type}`,
      ...values.map((value) => `update add ${name} ${ttl} ${type} ${dotted(value)}`),
      'send',
      '',
    ];
    const run = promisify(execFile)(packages.program('nsupdate'), ['-y', `${algorithm}:${key}:${secret}`], {
      env: { ...process.env, ...packages.env },
    });
    run.child.stdin?.end(lines.join('\n'));
    await run;
  }

  dnsContract(
    {
      compareAndSet: true,
      settles: false,
      leastTtlSeconds: 0,
      wholeRecordSet: true,
      types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
      stamps: 'none',
    },
    open,
  );

  describe('says what is wrong', () => {
    const name = `_sip._tcp.${ZONE}`;
    const faultOf = async (more: Partial<Rfc2136Options>, zone = ZONE, at = name): Promise<Fault> => {
      const thrown = await thrownBy(createRfc2136(options(bind.address.port, more)).read({ zone }, at, 'SRV'));
      if (!(thrown instanceof Fault)) throw thrown;
      return thrown;
    };

    test.each([
      ['a secret that does not fit', () => ({ key: { ...bind.key, secret: otherSecret } }), 'BADSIG'],
      ['a key that is not known', () => ({ key: { ...bind.key, name: 'nobody' } }), 'BADKEY'],
      ['another algorithm', () => ({ key: { ...bind.key, algorithm: 'hmac-sha512' as const } }), 'BADKEY'],
      ['a clock that is ten minutes fast', () => ({ realNow: () => Date.now() + 600_000 }), 'BADTIME'],
    ])('with %s', async (_what, more, word) => {
      const fault = await faultOf(more());
      expect([fault.transient, fault.message]).toEqual([false, expect.stringContaining(word)]);
    });

    test('with a clock that is four minutes slow there is nothing wrong', async () => {
      const provider = createRfc2136(options(bind.address.port, { realNow: () => Date.now() - 240_000 }));
      expect(await provider.authoritativeServers({ zone: ZONE })).toEqual(NAME_SERVERS);
    });

    test('with a zone that the server does not have', async () => {
      const fault = await faultOf({}, 'elsewhere.example', '_sip._tcp.elsewhere.example');
      expect([fault.transient, fault.message]).toEqual([false, expect.stringContaining('REFUSED')]);
    });
  });

  test('believes no answer that was changed on its way', async () => {
    await nsupdate({ name: `_sip._tcp.${ZONE}`, type: 'SRV', ttl: 300, values: [`10 0 5060 sbc.${ZONE}`] });
    const relay = await dnsRelay(bind.address.port);
    const read = () => createRfc2136(options(relay.port)).read({ zone: ZONE }, `_sip._tcp.${ZONE}`, 'SRV');
    expect((await read())?.values).toEqual([`10 0 5060 sbc.${ZONE}`]);
    relay.changeAnswers((answer) => Buffer.from(answer.toString('latin1').replace('sbc', 'bad'), 'latin1'));
    const thrown = await thrownBy(read());
    if (!(thrown instanceof Fault)) throw thrown;
    expect([thrown.transient, thrown.message]).toEqual([false, expect.stringContaining('without a valid signature')]);
    await relay.close();
  });

  test('keeps the letters of a NAPTR’s regular expression and finds them again', async () => {
    const provider = createRfc2136(options(bind.address.port));
    const value = '100 10 "u" "e2u+sip" "!^(.*)$!sip:Info\\\\1@Example.com!i" .';
    const before: RecordSet = { name: ZONE, type: 'NAPTR', ttl: 300, values: [value] };
    await nsupdate({ ...before, values: [value.replace('"u" "e2u+sip"', '"U" "E2U+sip"')] });
    const read = await provider.read({ zone: ZONE }, ZONE, 'NAPTR');
    expect(read).toEqual(before);
    const next = { ...before, ttl: 600 };
    const stamp = { site: 'site-a', wave: 'site-a-wave-1' };
    expect((await provider.write({ zone: ZONE }, next, before, stamp)).kind).toBe('written');
    expect((await provider.read({ zone: ZONE }, ZONE, 'NAPTR'))?.values).toEqual(canonicalValues('NAPTR', [value]));
  });
});
