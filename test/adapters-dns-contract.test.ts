/** The contract of the DNS providers against strict doubles; PowerDNS and BIND keep it for real in test/integration. */
import { createCloudflare } from '../src/adapters/dns/cloudflare';
import { sleepingClock } from './adapters-dns.loopback';
import type { DnsBench } from './support/dns-contract';
import { dnsContract, ZONE } from './support/dns-contract';
import { CLOUDFLARE_TOKEN, cloudflareDouble } from './support/doubles/cloudflare';
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
