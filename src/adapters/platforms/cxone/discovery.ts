import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { createVendorClient } from '../../http/vendor-client';
import { fitted, SYSTEM } from './fitted';
import { allowedEndpoint } from './host-rule';

export interface DiscoveryOptions {
  /** `https://cxone.niceincontact.com` */
  readonly discoveryUrl: string;
  readonly tokenUrl: string;
  readonly tenantId: string | null;
  /** In place of what discovery would say. */
  readonly apiUrl: string | null;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

const PATH = '/.well-known/cxone-configuration';
const document = z.looseObject({ api_endpoint: z.string().min(1) });

/**
 * The base URL of the API: the settings' own, else GET {discovery}/.well-known/cxone-configuration?tenantId=, `api_endpoint`.
 * Asked once and kept; a failure is not kept.
 */
export function createDiscovery(options: DiscoveryOptions): () => Promise<string> {
  const { discoveryUrl, tokenUrl, tenantId, apiUrl, clock, timeoutMs } = options;
  if (apiUrl !== null) return async () => apiUrl;
  const client = createVendorClient({
    system: `${SYSTEM} discovery`,
    baseUrl: discoveryUrl,
    headers: () => ({}),
    clock,
    timeoutMs,
  });
  let known: Promise<string> | null = null;
  async function find(): Promise<string> {
    const { body } = await client.request('GET', PATH, tenantId === null ? {} : { query: { tenantId } });
    return allowedEndpoint(fitted(document, body, 'GET', PATH).api_endpoint, [discoveryUrl, tokenUrl]);
  }
  return () => {
    known ??= find().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
}
