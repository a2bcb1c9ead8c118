/** The migration guide's DNS API: one SRV record a name, under its path, with its fields and a bearer token. */
import { z } from 'zod';
import type { RecordSet } from '../../../src/ports/dns-provider';
import { type DoubleReply, type DoubleRequest, type HttpDouble, httpDouble } from './http-double';

export interface RestDnsDouble extends HttpDouble {
  put(set: RecordSet): void;
  held(name: string): RecordSet | null;
  comment(name: string): string;
}

export const REST_TOKEN = 'token-of-the-dns-service';
const u16 = z.number().int().min(0).max(65_535);
const recordShape = z.strictObject({
  name: z.string(),
  type: z.literal('SRV'),
  ttl: z.number().int().positive(),
  priority: u16,
  weight: u16,
  port: u16,
  target: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/),
  comment: z.string().optional(),
});
type Stored = z.infer<typeof recordShape>;

export async function restDnsDouble(zone: string): Promise<RestDnsDouble> {
  const records = new Map<string, Stored>();

  function handle({ method, path, headers, body }: DoubleRequest): DoubleReply {
    if (headers.authorization !== `Bearer ${REST_TOKEN}`) return { status: 401, body: { error: 'unauthorized' } };
    const [, within, name = ''] = /^\/api\/v1\/zones\/([^/]+)\/records\/srv\/([^/]+)$/.exec(path) ?? [];
    if (within !== zone) return { status: 404, body: { error: 'no such path' } };
    const live = records.get(decodeURIComponent(name));
    if (method === 'GET')
      return live ? { status: 200, body: live } : { status: 404, body: { error: 'no such record' } };
    if (method !== 'PUT') return { status: 405, body: { error: 'method not allowed' } };
    const parsed = recordShape.safeParse(JSON.parse(body));
    if (!parsed.success) return { status: 422, body: { error: z.prettifyError(parsed.error) } };
    if (parsed.data.name !== decodeURIComponent(name)) return { status: 409, body: { error: 'the name differs' } };
    records.set(parsed.data.name, parsed.data);
    return { status: 200, body: parsed.data };
  }

  return Object.assign(await httpDouble(handle), {
    put({ name, ttl, values }: RecordSet) {
      const [value] = values;
      const [priority, weight, port, target = ''] = value?.split(' ') ?? [];
      const parts = { priority: Number(priority), weight: Number(weight), port: Number(port), target };
      if (value === undefined) records.delete(name);
      else records.set(name, { name, type: 'SRV', ttl, ...parts });
    },
    held(name: string): RecordSet | null {
      const found = records.get(name);
      if (!found) return null;
      const { ttl, priority, weight, port, target } = found;
      return { name, type: 'SRV', ttl, values: [`${priority} ${weight} ${port} ${target}`] };
    },
    comment: (name: string) => records.get(name)?.comment ?? '',
  });
}
