import type { RunRecord, WaveRecord } from '../record';
import { type Violation, violation } from './violation';

/** No lock, no lease, nothing owed and nothing untold once all waves are over. */
export function leftovers({ leftovers: left, waves }: RunRecord): readonly Violation[] {
  const ours = (id: string): string | null => (waves.some((wave) => wave.id === id) ? id : null);
  const each = (what: string, ids: readonly string[]) =>
    ids.map((id) => violation('leftovers', ours(id), `${what}: ${id}`));
  return [
    ...each(
      'a lock was not given back',
      Object.entries(left.locks).map(([resource, wave]) => `${resource} by ${wave}`),
    ),
    ...each('still called open', left.open),
    ...each('still owed work', left.due),
    ...each('Slack was not told of all', left.unheard),
    ...each('a lease is still held', left.leases),
  ];
}

/** What a fault costs callers beyond its own time: a carrier tries for half a minute, a new trunk takes time to come up. */
const AFTERMATH_MS = 3 * 60_000;

/** Outside the times in which something was broken, or people had halted the wave, the order of steps loses nobody. */
export function callers({ waves, troubles }: RunRecord): readonly Violation[] {
  return waves.flatMap((wave) => {
    const away = [
      ...troubles.map(
        ({ simFrom, simTo }) => [Math.min(simFrom, simTo), Math.max(simFrom, simTo) + AFTERMATH_MS] as const,
      ),
      ...halts(wave),
    ];
    const lost = wave.lost.filter(
      ({ at, avoidable }) => avoidable && !away.some(([from, to]) => at >= from && at <= to),
    );
    return lost.length === 0
      ? []
      : [
          violation(
            'callers',
            wave.id,
            `${lost.length} calls lost that the order could have saved`,
            lost.slice(0, 5).map(({ at, reason }) => `${new Date(at).toISOString()} ${reason}`),
          ),
        ];
  });
}

function halts({ log }: WaveRecord): readonly (readonly [number, number])[] {
  return log.flatMap(({ event, at }, i): readonly (readonly [number, number])[] => {
    if (event.type === 'WaveAborted') return [[at, Number.POSITIVE_INFINITY]];
    if (event.type !== 'WaveHeld') return [];
    const next = log.slice(i).find((later) => GOES_ON.includes(later.event.type));
    return [[at, (next?.at ?? Number.POSITIVE_INFINITY) + AFTERMATH_MS]];
  });
}

const GOES_ON = ['WaveResumed', 'StepRetried', 'RollbackStarted', 'WaveAborted'];

/** Nobody but the product writes to its store here: whatever it calls damaged, it has damaged itself. */
const DAMAGED = /is not a wave's record|is not a thread's cursor|it is of another kind|own mistake|conflicts in a row/;

export function soundness({ crashes, complaints, whispers }: RunRecord): readonly Violation[] {
  const damaged = [...complaints, ...whispers].filter((text) => DAMAGED.test(text));
  return [
    ...crashes.map((text) => violation('sound', null, 'a process ended by itself', [text.slice(0, 800)])),
    ...(damaged.length > 0
      ? [
          violation(
            'sound',
            null,
            'the product calls its own store damaged, or itself mistaken',
            damaged.slice(0, 3).map((text) => text.slice(0, 700)),
          ),
        ]
      : []),
  ];
}
