import type { z } from 'zod';
import { fittedTo } from '../../http/fitted';

/** The platform's name in every sentence. */
export const SYSTEM = 'Genesys Cloud';

export function fitted<T>(schema: z.ZodType<T>, body: unknown, method: string, path: string): T {
  return fittedTo(schema, body, { system: SYSTEM, method, path });
}
