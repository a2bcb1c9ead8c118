/** Appends as the engine would make them, and a log as the product has it, on any Redis. */
import { sha256 } from '../../src/adapters/digest';
import type { Keys } from '../../src/adapters/store/keys';
import { createRedisWaveLog } from '../../src/adapters/store/redis-wave-log';
import type { Store } from '../../src/adapters/store/store';
import type { LoggedEvent, WaveEvent } from '../../src/core/events';
import { evolve, type Wave } from '../../src/core/wave';
import { chainHash } from '../../src/engine/draft';
import { parseStoredEvent, parseStoredWave } from '../../src/parse/stored-wave';
import type { Append, WaveLog } from '../../src/ports/wave-log';
import { MARIA, shortPlan, T0 } from './core-waves';

export const plan = shortPlan();
export const STARTED: WaveEvent = { type: 'WaveStarted', plan };
export const PAUSED: WaveEvent = {
  type: 'WaveHeld',
  step: plan.steps[0]?.id ?? fail('no step'),
  cause: 'person',
  reason: 'lunch',
  evidence: [],
  packet: null,
  progress: null,
};
export const RESUMED: WaveEvent = { type: 'WaveResumed', reason: null };

export function fail(message: string): never {
  throw new Error(message);
}

export function waveLogOn(redis: Store, keys: Keys, minReplicas = 0): WaveLog {
  const first =
    <Value>(
      parse: (value: unknown) => { ok: true; value: Value } | { ok: false; faults: readonly { wrong: string }[] },
    ) =>
    (value: unknown) => {
      const parsed = parse(value);
      return parsed.ok ? parsed : { ok: false as const, wrong: parsed.faults[0]?.wrong ?? '' };
    };
  return createRedisWaveLog({
    redis,
    keys,
    minReplicas,
    parseWave: first(parseStoredWave),
    parseEvent: first(parseStoredEvent),
  });
}

/** `happened` after what is there, as the engine would append it. */
export function appendOf(
  before: { readonly wave: Wave; readonly head: string } | null,
  happened: readonly WaveEvent[],
): Append {
  const id = before?.wave.id ?? plan.wave;
  let [wave, head]: [Wave | null, string] = [before?.wave ?? null, before?.head ?? ''];
  const events: LoggedEvent[] = [];
  for (const event of happened) {
    const entry = {
      wave: id,
      seq: (wave?.seq ?? 0) + 1,
      at: T0,
      by: { kind: 'person', user: MARIA.user, via: 'slack' },
      event,
    } as const;
    head = chainHash(sha256, head, entry);
    events.push({ ...entry, hash: head });
    wave = evolve(wave, entry);
  }
  return {
    wave: id,
    expected: before?.wave.seq ?? 0,
    onto: before?.head ?? '',
    events,
    next: wave ?? fail('nothing happened'),
    dueAt: T0,
  };
}
