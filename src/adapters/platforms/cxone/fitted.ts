import { z } from 'zod';
import { fittedTo } from '../../http/fitted';

/** The platform's name in every sentence. */
export const SYSTEM = 'NICE CXone';

export function fitted<T>(schema: z.ZodType<T>, body: unknown, method: string, path: string): T {
  return fittedTo(schema, body, { system: SYSTEM, method, path });
}

/** A whole number that some versions give as text. */
export const figure = z.union([
  z.number().int().nonnegative(),
  z
    .string()
    .regex(/^\s*\d{1,12}\s*$/, 'expected a whole number')
    .transform(Number),
]);

/** Seconds and the like, with a fraction in some versions. */
export const amount = z.union([
  z.number().nonnegative(),
  z
    .string()
    .regex(/^\s*\d{1,12}(\.\d+)?\s*$/, 'expected a number')
    .transform(Number),
]);

/** True or false that some versions give as text or as 0 and 1. */
export const flag = z.union([
  z.boolean(),
  z.union([z.literal(0), z.literal(1)]).transform(Boolean),
  z
    .string()
    .regex(/^(true|false)$/i, 'expected true or false')
    .transform((text) => text.toLowerCase() === 'true'),
]);

/** An id: a whole number in the ACD's API, a UUID in UserHub's; text on our side. */
export const idText = z.union([z.string().min(1), z.number().int()]).transform(String);
