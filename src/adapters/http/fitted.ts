import type { z } from 'zod';
import { Fault } from '../../ports/fault';

const ISSUES_SHOWN = 3;

export interface Asked {
  readonly system: string;
  readonly method: string;
  readonly path: string;
}

/** The answer in the schema's type, or a permanent `Fault` that names endpoint and fields, never their values. */
export function fittedTo<T>(schema: z.ZodType<T>, body: unknown, { system, method, path }: Asked): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issues = result.error.issues
    .slice(0, ISSUES_SHOWN)
    .map((issue) => `${issue.path.map(String).join('.') || 'the whole answer'}: ${issue.message}`);
  throw new Fault(`${system} answered ${method} ${path} with something that does not fit (${issues.join('; ')}).`, {
    system,
    transient: false,
  });
}
