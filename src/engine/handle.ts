import { type Refusal, refuse, type WaveCommand } from '../core/commands';
import { due, dueAt, type Effect } from '../core/due';
import type { LoggedEvent } from '../core/events';
import type { WaveId } from '../core/ids';
import type { Wave } from '../core/wave';
import type { Clock } from '../ports/clock';
import type { Digest } from '../ports/digest';
import type { Trace } from '../ports/trace';
import type { Lease, StoredWave, WaveLog, WorkLease } from '../ports/wave-log';
import type { WorkQueue } from '../ports/work-queue';
import { blank, type Draft, drafted } from './draft';

export interface Engine {
  readonly log: WaveLog;
  readonly queue: WorkQueue;
  readonly lease: WorkLease;
  readonly clock: Clock;
  readonly digest: Digest;
  /** Told of trouble that does not change the answer, for the log at the edge. */
  readonly warn: (about: object, message: string) => void;
  /** Absent when nobody asked for spans. */
  readonly trace?: Trace;
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

/** What is known already, so that a command costs no more trips to the store than it must. */
export interface Shift {
  /** The wave as it has just been read or written, null when there was none: decided on first; a conflict reads anew. */
  readonly stored?: StoredWave | null;
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
export const MAX_CONFLICTS = 50;

/**
 * The one door: every click, verb, report and timer comes through here. Reads the wave, decides, appends, and puts on the
 * queue what is due. A conflict reads and decides again. When the queue cannot be reached after the append, the command
 * has still happened: `reconcile` adds what is missing. Throws `Fault` when the log cannot be read or written.
 */
export function handle(engine: Engine, wave: WaveId, command: WaveCommand, shift: Shift = {}): Promise<Handled> {
  const carry = (): Promise<Handled> => carryOut(engine, wave, command, shift);
  return engine.trace ? engine.trace.span('handle', { wave, command: command.type }, carry) : carry();
}

async function carryOut(engine: Engine, wave: WaveId, command: WaveCommand, shift: Shift): Promise<Handled> {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const given = conflicts === 0 ? shift.stored : undefined;
    const draft = drafted(engine, blank(wave, given === undefined ? await engine.log.load(wave) : given), command);
    // What was decided on may be old: nobody is refused for what was true a moment ago.
    if (given !== undefined && (draft.kind === 'refusal' || draft.events.length === 0)) continue;
    if (draft.kind === 'refusal') return draft;
    if (draft.events.length === 0) return handled(draft);
    const written = await write(engine, draft, shift);
    if (written !== 'conflict') return written === 'appended' ? handled(draft) : written;
  }
  throw new Error(`wave ${wave}: ${MAX_CONFLICTS} conflicts in a row on ${command.type}`);
}

function handled(draft: Draft): Handled {
  const { wave, head, events } = draft;
  if (!wave) throw new Error(`wave ${draft.id} was decided on without being there`);
  return { kind: 'handled', wave, events, stored: { wave, head } };
}

/** Appends what was decided, and puts on the queue what is due then. */
export async function write(
  engine: Engine,
  { id, base, onto, wave: next, events, texts, visits }: Draft,
  { lease, after }: Pick<Shift, 'lease' | 'after'>,
): Promise<'appended' | 'conflict' | Refusal> {
  if (next === null) throw new Error(`no event for wave ${id}`);
  const appended = await engine.log.append({
    wave: id,
    expected: base,
    onto,
    events,
    texts,
    visits,
    next,
    dueAt: missedAt(next, engine.clock.now()),
    ...(lease ? { lease: { lease, release: after === 'ends' } } : {}),
  });
  switch (appended.kind) {
    case 'conflict':
      return 'conflict';
    case 'fenced':
      return FENCED;
    case 'locked':
      return lockedBy(appended.resource, appended.by);
    case 'appended':
      await enqueue(engine, next, owed(next, appended.news, after));
      return 'appended';
  }
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

function lockedBy(resource: string, by: WaveId): Refusal {
  const [kind, name] = [resource.slice(0, resource.indexOf(':')), resource.slice(resource.indexOf(':') + 1)];
  return refuse(
    'locked',
    `Nothing was started: ${kind} ${name} belongs to the open wave ${by}. Two waves never share a resource; finish or abort ${by} first.`,
  );
}
