import { z } from 'zod';
import type { ThreadPost } from '../core/thread-post';
import { isDeep, readJson } from './json-text';

const LONGEST = 64 * 1024 * 1024;

/** A thread as `audit thread` writes it down. */
export interface ThreadFile {
  readonly thread: {
    readonly format: 1;
    readonly wave: string;
    readonly channel: string;
    /** Of the root card. */
    readonly ts: string;
    /** ISO 8601. */
    readonly takenAt: string;
    readonly product: string;
  };
  readonly posts: readonly ThreadPost[];
}

const number = z.int().min(0);
const ThreadFileShape = z.strictObject({
  thread: z.strictObject({
    format: z.literal(1),
    wave: z.string(),
    channel: z.string(),
    ts: z.string(),
    takenAt: z.iso.datetime(),
    product: z.string(),
  }),
  posts: z.array(
    z.strictObject({
      ts: z.string().regex(/^\d{1,10}\.\d{6}$/),
      author: z.string().nullable(),
      text: z.string(),
      blocks: z.array(z.unknown()),
      mark: z
        .strictObject({
          wave: z.string(),
          from: number,
          to: number,
          said: z.string().optional(),
          kinds: z.array(z.string()).optional(),
          steps: z.array(z.string()).optional(),
        })
        .nullable(),
      edited: z.strictObject({ user: z.string(), ts: z.string() }).nullable(),
    }),
  ),
});

/** The thread, or null for a text that is none. */
export function parseThreadFile(text: string): ThreadFile | null {
  const value = readJson(text, LONGEST);
  if (value === undefined || isDeep(value)) return null;
  return ThreadFileShape.safeParse(value).success ? (value as ThreadFile) : null;
}
