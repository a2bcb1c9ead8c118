import { Fault } from '../ports/fault';
import type { StoreMark } from '../ports/store-mark';
import type { Append, WaveLog, WorkLease } from '../ports/wave-log';
import type { WaveMemory } from './wave-memory';

export interface GuardOptions {
  readonly mark: StoreMark;
  readonly memory: WaveMemory;
  /** Whether the worker goes on with a wave that could not be compared: `mayGoOnUnseen`. */
  readonly unseen: (wave: Append['wave']) => boolean;
  /** A person waits for the comparison of this wave. Never throws. */
  readonly awaited?: (wave: Append['wave']) => Promise<void>;
}

/** A person waits: a comparison that is soon over is waited for, real ms. */
const SOON_MS = 1_500;
const LOOK_EVERY_MS = 100;
/** Past this a comparison is not merely under way: somebody cannot be asked, and people may go back without it. */
export const LATE_MS = 30_000;

/**
 * The log while it is not sure that the store has all of it: a wave in doubt is read, and nothing is appended to it until it
 * has been compared. A process that finds less than it has written says so at once.
 */
export function guardedLog(inner: WaveLog, options: GuardOptions): WaveLog {
  const { mark, memory, unseen } = options;
  const isAllowed = ({ wave, events }: Append): boolean =>
    unseen(wave) && events.every(({ event }) => event.type !== 'GateOpened');
  return {
    ...inner,
    async load(wave) {
      const written = memory.of(wave);
      const stored = await inner.load(wave);
      if (written === null || (stored !== null && stored.wave.seq >= written.wave.seq)) return stored;
      await (stored ? mark.doubt(wave) : mark.look());
      return stored;
    },
    async append(asked) {
      // The first event of a wave may meet a store that was emptied a moment ago.
      const standing = await (asked.expected === 0 ? mark.look() : mark.standing());
      if (asked.expected === 0 && standing.search !== null) throw SEARCHING;
      if (standing.doubted > 0 && !isAllowed(asked) && !(await isSettled(options, asked))) throw comparing(asked.wave);
      const appended = await inner.append(asked);
      if (appended.kind === 'appended') memory.note({ wave: asked.next, head: asked.events.at(-1)?.hash ?? '' });
      return appended;
    },
  };
}

/** A lease on a wave in doubt counts as lost, so that whoever is at work on it writes nothing more. */
export function guardedLease(inner: WorkLease, { mark, unseen }: Pick<GuardOptions, 'mark' | 'unseen'>): WorkLease {
  return {
    ...inner,
    async take(wave, purpose) {
      const lease = await inner.take(wave, purpose);
      if (!lease || purpose === 'thread') return lease;
      const isSure = async (): Promise<boolean> => unseen(wave) || !(await mark.isDoubted(wave));
      return { ...lease, isHeld: async () => (await isSure()) && (await lease.isHeld()) };
    },
  };
}

async function isSettled({ mark, awaited }: GuardOptions, asked: Append): Promise<boolean> {
  const [first] = asked.events;
  const isPerson = first?.by.kind === 'person';
  for (let left = isPerson ? SOON_MS : 0; ; left -= LOOK_EVERY_MS) {
    if (!(await mark.isDoubted(asked.wave))) return true;
    const { ageMs } = await mark.standing();
    if (isPerson && goesBack(asked) && ageMs > LATE_MS) return true;
    if (left === SOON_MS) await awaited?.(asked.wave);
    if (left <= 0) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** To stop and to go back is possible at any time. */
const goesBack = ({ events }: Append): boolean =>
  ['RollbackStarted', 'WaveAborted', 'WaveHeld'].includes(events[0]?.event.type ?? '');

const comparing = (wave: string): Fault =>
  new Fault(
    `Redis was started anew or has gone back, so the log of ${wave} is being compared with its thread; until then nothing is done with it. This takes seconds while Slack answers.`,
    { system: 'Redis', transient: true },
  );

const SEARCHING = new Fault(
  'Redis was started anew, so the channel is being searched for waves that it may have lost; no wave is started until then. This takes seconds while Slack answers.',
  { system: 'Redis', transient: true },
);
