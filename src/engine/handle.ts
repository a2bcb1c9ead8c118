import { type Actor, byOf } from '../core/actor';
import { type Refusal, refuse, type WaveCommand } from '../core/commands';
import { decide } from '../core/decide';
import { due, dueAt, type Effect } from '../core/due';
import { boundedEvent } from '../core/event-bounds';
import type { LoggedEvent, WaveEvent } from '../core/events';
import type { WaveId } from '../core/ids';
import { canonicalJson } from '../core/json';
import { evolve, type Wave } from '../core/wave';
import type { Clock } from '../ports/clock';
import type { Digest } from '../ports/digest';
import type { Lease, StoredWave, WaveLog, WorkLease } from '../ports/wave-log';
import type { WorkQueue } from '../ports/work-queue';

export interface Engine {
  readonly log: WaveLog;
  readonly queue: WorkQueue;
  readonly lease: WorkLease;
  readonly clock: Clock;
  readonly digest: Digest;
  /** Told of trouble that does not change the answer, for the log at the edge. */
  readonly warn: (about: object, message: string) => void;
}

/** The wave as it is after the command, with the events that the command caused; or the refusal. */
export type Handled =
  | {
      readonly kind: 'handled';
      readonly wave: Wave;
      readonly events: readonly LoggedEvent[];
      /** For whoever goes on with the wave at once. */
      readonly stored: StoredWave;
    }
  | Refusal;

/** What a worker knows and wants, so that a step costs no more trips to the store than it must. */
export interface Shift {
  /** The wave as the worker has just read or written it: decided on first; a conflict reads anew. */
  readonly stored?: StoredWave;
  /** Nothing is appended once this lease is somebody else's. */
  readonly lease?: Lease;
  /**
   * `goes-on`: the worker does itself what is due next, so it is not put on the queue. `ends`: the lease is let go with
   * the append, before what is due next is on the queue, so that whoever takes that up does not find the wave busy.
   */
  readonly after?: 'goes-on' | 'ends';
}

/** Work that was put on the queue is missed only after this; ms of the product's clock. */
const UNDER_WAY_MS = 1_500;

/** When `reconcile` looks at the wave if nothing happens to it any more; null when only people can go on. */
export function missedAt(wave: Wave, now: number): number | null {
  const at = dueAt(wave, now);
  return at === null ? null : at + UNDER_WAY_MS;
}

/** Writers of one wave are few; who loses this often is not unlucky but broken. */
const MAX_CONFLICTS = 50;

/**
 * The one door: every click, verb, report and timer comes through here. Reads the wave, decides, appends, and puts on the
 * queue what is due. A conflict reads and decides again. When the queue cannot be reached after the append, the command
 * has still happened: `reconcile` adds what is missing. Throws `Fault` when the log cannot be read or written.
 */
export async function handle(
  engine: Engine,
  wave: WaveId,
  command: WaveCommand,
  { stored: given, lease, after }: Shift = {},
): Promise<Handled> {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const stored = conflicts === 0 && given ? given : await engine.log.load(wave);
    const now = engine.clock.now();
    const decision = decide(stored?.wave ?? null, command, now);
    if (decision.kind === 'refusal') {
      // What was decided on may be old: nobody is refused for what was true a moment ago.
      if (conflicts === 0 && given) continue;
      return decision;
    }
    if (decision.events.length === 0) {
      const as = known(stored, wave);
      return { kind: 'handled', wave: as.wave, events: [], stored: as };
    }
    const { events, next, head } = entries(engine.digest, stored, wave, decision.events, command.actor, now);
    const appended = await engine.log.append({
      wave,
      expected: stored?.wave.seq ?? 0,
      events,
      next,
      dueAt: missedAt(next, now),
      ...(lease ? { lease: { lease, release: after === 'ends' } } : {}),
    });
    if (appended.kind === 'conflict') continue;
    if (appended.kind === 'fenced') return FENCED;
    if (appended.kind === 'locked') return lockedBy(appended.resource, appended.by);
    await enqueue(engine, next, owed(next, appended.news, after));
    return { kind: 'handled', wave: next, events, stored: { wave: next, head } };
  }
  throw new Error(`wave ${wave}: ${MAX_CONFLICTS} conflicts in a row on ${command.type}`);
}

const FENCED = refuse('stale', 'Another worker has taken this wave over; what was reported here is done there.');

/**
 * Slack's news only where nobody has been told of any yet: one look at the log tells them all. The end of a gate's time,
 * a day ahead, is no job: `reconcile` finds it.
 */
const owed = (next: Wave, news: boolean, after: Shift['after']): readonly Effect[] =>
  due(next).filter(({ kind }) => (kind === 'post' ? news : kind !== 'wake' && after !== 'goes-on'));

/** Puts on the queue what the wave is owed. Asking again is harmless. */
export async function enqueue(
  engine: Pick<Engine, 'queue' | 'warn'>,
  wave: Wave,
  effects: readonly Effect[],
  again = false,
): Promise<void> {
  try {
    await engine.queue.add(wave.id, effects, again);
  } catch (cause) {
    engine.warn({ wave: wave.id, err: cause }, 'the queue did not take what is due; reconcile will add it');
  }
}

/** The hash that an event has in its chain. `previous` is the hash before it, the empty text for the first. */
export function chainHash(digest: Digest, previous: string, entry: Omit<LoggedEvent, 'hash'>): string {
  const { wave, seq, at, by, event } = entry;
  return digest(previous + canonicalJson({ wave, seq, at, by, event }));
}

function entries(
  digest: Digest,
  stored: StoredWave | null,
  id: WaveId,
  happened: readonly WaveEvent[],
  actor: Actor,
  now: number,
) {
  const events: LoggedEvent[] = [];
  let wave = stored?.wave ?? null;
  let head = stored?.head ?? '';
  // A clock that steps back must not make the log run backwards.
  const at = Math.max(now, wave?.lastAt ?? 0);
  for (const event of happened) {
    const entry = { wave: id, seq: (wave?.seq ?? 0) + 1, at, by: byOf(actor), event: boundedEvent(event) };
    head = chainHash(digest, head, entry);
    events.push({ ...entry, hash: head });
    wave = evolve(wave, entry);
  }
  if (wave === null) throw new Error(`no event for wave ${id}`);
  return { events, next: wave, head };
}

function known(stored: StoredWave | null, id: WaveId): StoredWave {
  if (!stored) throw new Error(`wave ${id} was decided on without being there`);
  return stored;
}

function lockedBy(resource: string, by: WaveId): Refusal {
  const [kind, name] = [resource.slice(0, resource.indexOf(':')), resource.slice(resource.indexOf(':') + 1)];
  return refuse(
    'locked',
    `Nothing was started: ${kind} ${name} belongs to the open wave ${by}. Two waves never share a resource; finish or abort ${by} first.`,
  );
}
