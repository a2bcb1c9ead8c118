/** The contract of the DNS providers against strict doubles; PowerDNS and BIND keep it for real in test/integration. */
import { createCloudflare } from '../src/adapters/dns/cloudflare';
import { createRestDns } from '../src/adapters/dns/rest-dns';
import { createRoute53 } from '../src/adapters/dns/route53';
import { sleepingClock } from './adapters-dns.loopback';
import type { DnsBench } from './support/dns-contract';
import { dnsContract, ZONE } from './support/dns-contract';
import { CLOUDFLARE_TOKEN, cloudflareDouble } from './support/doubles/cloudflare';
import { REST_TOKEN, restDnsDouble } from './support/doubles/rest-dns';
import { AWS_KEY, route53Double } from './support/doubles/route53';
import { httpRelay } from './support/relays';

const TIMEOUT_MS = 2_000;

describe('Cloudflare', () => {
  async function open(): Promise<DnsBench> {
    const double = await cloudflareDouble(ZONE);
    const relay = await httpRelay(double.port);
    const provider = (token: string) =>
      createCloudflare({
        baseUrl: `http://127.0.0.1:${relay.port}/client/v4`,
        token,
        clock: sleepingClock(),
        timeoutMs: TIMEOUT_MS,
      });
    const other = 'token-of-somebody-else';
    return {
      provider: provider(CLOUDFLARE_TOKEN),
      stranger: provider(other),
      zone: { zone: ZONE, zoneId: double.zoneId },
      relay,
      put: async (set) => double.put(set),
      held: async (name, type) => double.held(name, type),
      stamp: async (name, type) =>
        double
          .records()
          .filter((record) => record.name === name && record.type === type)
          .map((record) => record.comment)
          .join(),
      spread: () => undefined,
      nameServers: ['eva.ns.cloudflare.example', 'max.ns.cloudflare.example'],
      secrets: [CLOUDFLARE_TOKEN, other],
      close: async () => {
        await relay.close();
        await double.close();
      },
    };
  }

  dnsContract(
    {
      compareAndSet: false,
      settles: false,
      leastTtlSeconds: 60,
      wholeRecordSet: true,
      types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
      stamps: 'record',
    },
    open,
  );
});

describe('Route 53', () => {
  async function open(): Promise<DnsBench> {
    const double = await route53Double(ZONE);
    const relay = await httpRelay(double.port);
    const provider = (secretAccessKey: string) =>
      createRoute53({
        url: `http://127.0.0.1:${relay.port}`,
        ...AWS_KEY,
        secretAccessKey,
        clock: sleepingClock(),
        timeoutMs: TIMEOUT_MS,
      });
    const other = 'secretOfSomebodyElse/0123456789abcdefghi';
    return {
      provider: provider(AWS_KEY.secretAccessKey),
      stranger: provider(other),
      zone: { zone: ZONE, zoneId: double.zoneId },
      relay,
      put: async (set) => double.put(set),
      held: async (name, type) => double.held(name, type),
      stamp: async () => double.comment(),
      spread: double.spread,
      nameServers: ['ns-2048.awsdns-64.example', 'ns-2049.awsdns-65.example'],
      secrets: [AWS_KEY.secretAccessKey, other],
      close: async () => {
        await relay.close();
        await double.close();
      },
    };
  }

  dnsContract(
    {
      compareAndSet: true,
      settles: true,
      leastTtlSeconds: 0,
      wholeRecordSet: true,
      types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
      stamps: 'change',
    },
    open,
  );
});

describe('the guide’s REST service', () => {
  async function open(): Promise<DnsBench> {
    const double = await restDnsDouble(ZONE);
    const relay = await httpRelay(double.port);
    const provider = (token: string) =>
      createRestDns({
        baseUrl: `http://127.0.0.1:${relay.port}`,
        token,
        clock: sleepingClock(),
        timeoutMs: TIMEOUT_MS,
      });
    const other = 'token-of-somebody-else';
    return {
      provider: provider(REST_TOKEN),
      stranger: provider(other),
      zone: { zone: ZONE },
      relay,
      put: async (set) => double.put(set),
      held: async (name) => double.held(name),
      stamp: async (name) => double.comment(name),
      spread: () => undefined,
      nameServers: null,
      secrets: [REST_TOKEN, other],
      close: async () => {
        await relay.close();
        await double.close();
      },
    };
  }

  dnsContract(
    {
      compareAndSet: false,
      settles: false,
      leastTtlSeconds: 0,
      wholeRecordSet: false,
      types: ['SRV'],
      stamps: 'record',
    },
    open,
  );
});
