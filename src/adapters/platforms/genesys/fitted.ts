import type { z } from 'zod';
import { Fault } from '../../../ports/fault';

/** The platform's name in every sentence. */
export const SYSTEM = 'Genesys Cloud';

const ISSUES_SHOWN = 3;

/** The answer in the schema's type, or a permanent `Fault` that names endpoint and fields, never their values. */
export function fitted<T>(schema: z.ZodType<T>, body: unknown, method: string, path: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issues = result.error.issues
    .slice(0, ISSUES_SHOWN)
    .map((issue) => `${issue.path.map(String).join('.') || 'the whole answer'}: ${issue.message}`);
  throw new Fault(`${SYSTEM} answered ${method} ${path} with something that does not fit (${issues.join('; ')}).`, {
    system: SYSTEM,
    transient: false,
  });
}
