/** A wave's log as it stands in the store, read by the form of the store alone. */
import { inflateRawSync } from 'node:zlib';
import type { Cluster, Redis } from 'ioredis';
import { DICTIONARY, SHORT_CODES, SHORT_WORDS } from './store-words';

export interface Stored {
  readonly wave: string;
  readonly seq: number;
  readonly at: number;
  readonly by: { readonly kind: 'person' | 'bot'; readonly user?: string; readonly worker?: string };
  readonly event: { readonly type: string; readonly [field: string]: unknown };
  readonly hash: string;
}

/** Events from number `from` on, in order. `key` is that of the wave. Throws where the store holds something else. */
export async function storedLog(
  redis: Redis | Cluster,
  key: string,
  wave: string,
  from = 1,
): Promise<readonly Stored[]> {
  const entries = await redis.lrange(`${key}:log`, from - 1, -1);
  const events = entries.map((entry, i) => eventOf(entry, wave, from + i));
  const [first] = events;
  if (first?.event.type !== 'WaveStarted' || 'plan' in first.event) return events;
  const plan: unknown = JSON.parse(textOf((await redis.hget(key, 'plan')) ?? 'null'));
  return [{ ...first, event: { ...first.event, plan } } as Stored, ...events.slice(1)];
}

/** In what is sent to the store: what stands before the kind of an event that is appended, one of these. */
export const KIND_MARKS = ['"type":"', ...SHORT_CODES.filter((_code, i) => SHORT_WORDS[i]?.endsWith('"type":"'))];

/** Throws where the entry is none of a log. */
export function eventOf(entry: string, wave: string, seq: number): Stored {
  if (entry.startsWith('{')) return JSON.parse(entry) as Stored;
  const hash = Buffer.from(entry.slice(0, HASH), 'base64url').toString('hex');
  const { at, by, event } = JSON.parse(`{"at":${textOf(entry.slice(HASH))}}`) as Stored;
  return { wave, seq, at, by, event, hash };
}

const HASH = 43;
const DEFLATED = '\x1e';
const dictionary = Buffer.from(DICTIONARY);
const words = new Map(SHORT_CODES.map((code, i) => [code, SHORT_WORDS[i] ?? '']));

function textOf(kept: string): string {
  const at = kept.indexOf(DEFLATED);
  if (at < 0) return [...kept].map((sign) => words.get(sign) ?? sign).join('');
  return inflateRawSync(Buffer.from(kept.slice(at + 1), 'base64'), { dictionary }).toString();
}
