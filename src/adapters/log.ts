import { AsyncLocalStorage } from 'node:async_hooks';
import { pino } from 'pino';

/** Names under which a secret could stand in something that is logged. */
const SECRETS = [
  'token',
  'botToken',
  'appToken',
  'signingSecret',
  'clientSecret',
  'apiKey',
  'authorization',
  'Authorization',
  'password',
  'headers',
  'config',
  'request',
  'response',
];

/** What is being worked on: stands on every line that is written meanwhile, whoever writes it. */
export interface Bound {
  wave?: string;
  step?: string;
  attempt?: number;
  visit?: number;
  job?: string;
  /** One click or command, by a number that only the log knows. */
  click?: string;
}

const present = new AsyncLocalStorage<Bound>();

export function bound<Value>(about: Bound, work: () => Value): Value {
  return present.run({ ...about }, work);
}

/** What is only learnt on the way, for the rest of the work; nothing outside of `bound`. What is known stays. */
export function alsoBound(about: Bound): void {
  const now = present.getStore();
  if (now) Object.assign(now, { ...about, ...now });
}

/** For a line about one visit that is written during another. */
export function boundTo<Value>(visit: Pick<Bound, 'step' | 'attempt' | 'visit'>, work: () => Value): Value {
  return present.run({ ...present.getStore(), ...visit }, work);
}

export type Log = ReturnType<typeof createLog>;

/** The product's log: one JSON line each on standard error, so that standard output stays free for answers, or into a file. */
export function createLog(level: string, to: number | string = 2) {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `err.cause.${name}`]);
  return pino(
    {
      level,
      base: null,
      mixin: () => ({ ...present.getStore() }),
      // A line may call something else `visit`: what is being worked on has its names to itself.
      mixinMergeStrategy: (line, about) => ({ ...line, ...about }),
      redact: { paths, censor: '(redacted)' },
      serializers: { err: (cause: unknown) => shown(cause) },
    },
    pino.destination({ dest: to, sync: true }),
  );
}

/** An error's words and place, and those of its causes: never the request that an HTTP client hangs onto it. */
function shown(cause: unknown, depth = 0): object {
  if (!(cause instanceof Error)) return { message: wordsOf(cause) };
  const { name, message, stack } = cause;
  return {
    name,
    message,
    ...(depth === 0 ? { stack } : {}),
    ...(cause.cause && depth < 3 ? { cause: shown(cause.cause, depth + 1) } : {}),
  };
}

/** Of what was thrown without being an error, only its message. */
function wordsOf(thrown: unknown): string {
  const message = typeof thrown === 'object' && thrown !== null && 'message' in thrown ? thrown.message : thrown;
  return typeof message === 'object' ? 'unknown trouble' : String(message);
}
