import type { z } from 'zod';
import { fittedTo } from '../http/fitted';

export function fitted<T>(system: string, schema: z.ZodType<T>, body: unknown, path: string): T {
  return fittedTo(schema, body, { system, method: 'GET', path });
}
