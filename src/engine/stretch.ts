import type { Refusal, WaveCommand } from '../core/commands';
import { due } from '../core/due';
import type { WaveId } from '../core/ids';
import type { Wave } from '../core/wave';
import type { Lease, StoredWave } from '../ports/wave-log';
import { blank, type Draft, drafted } from './draft';
import { type Engine, enqueue, MAX_CONFLICTS, type Shift, write } from './handle';

type After = NonNullable<Shift['after']>;

/**
 * A worker's way along one wave, as long as nothing has to be waited for. What it tells is decided at once and appended
 * with what follows soon after, so that a step costs one trip to the store and not one for each of its events. Nothing may
 * be written to the world before `write` has put the step's beginning into the log.
 */
export interface Stretch {
  readonly id: WaveId;
  readonly lease: Lease;
  /** The wave with everything that was told, whether it stands in the log or not. */
  wave(): Wave;
  /** Decides now; the events stand in the log after `write`, and soon without it. A refusal changes nothing. */
  tell(command: WaveCommand): Promise<Refusal | null>;
  /** Appends what was told. A refusal: the wave has moved on, and what was told does not count any more. */
  write(after: After): Promise<Refusal | null>;
  /** Lets go of what was told and not written. */
  close(): void;
}

/**
 * What is told waits so long for company, real ms: less than anybody notices, more than a store's answer takes. What took
 * longer to find out is written at once: doing it again would cost more than the trip, and another may have the wave by now.
 */
const COMPANY_MS = 250;

export function createStretch(engine: Engine, stored: StoredWave, lease: Lease): Stretch {
  const { id } = stored.wave;
  let draft = blank(id, stored);
  let told: readonly WaveCommand[] = [];
  /** What is due was left to this worker, so nobody else knows of it. */
  let owing = false;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<Refusal | null> = Promise.resolve(null);
  let writtenAt = performance.now();

  const close = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
  };
  const wave = (): Wave => {
    if (!draft.wave) throw new Error(`wave ${id} is not there`);
    return draft.wave;
  };
  const appendAll = async (after: After): Promise<Refusal | null> => {
    for (let conflicts = 0; draft.events.length > 0; conflicts++) {
      if (conflicts > MAX_CONFLICTS) throw new Error(`wave ${id}: ${MAX_CONFLICTS} conflicts in a row`);
      const written = await write(engine, draft, { lease, after });
      if (written === 'appended') {
        writtenAt = performance.now();
        [draft, told, owing] = [blank(id, { wave: wave(), head: draft.head }), [], after === 'goes-on'];
        return null;
      }
      if (written !== 'conflict') return written;
      const again = retold(engine, blank(id, await engine.log.load(id)), told);
      [draft, told] = [again.draft, again.told];
      // What came before the refused one has happened all the same; nothing follows on it here. Who has moved the wave on may
      // be this append itself, sent twice over a lost connection: then nobody has put on the queue what is due.
      if (again.refusal) {
        owing = draft.wave !== null;
        return (await appendAll('ends')) ?? again.refusal;
      }
    }
    if (after === 'goes-on' || !owing) return null;
    owing = false;
    await lease.release();
    await enqueue(engine, wave(), due(wave()));
    return null;
  };
  const append = (after: After): Promise<Refusal | null> => {
    close();
    writing = writing.then((refusal) => refusal ?? appendAll(after));
    // Whoever waits for it is told; the timer's own append must not end the process.
    writing.catch(() => undefined);
    return writing;
  };

  return {
    id,
    lease,
    wave,
    async tell(command) {
      const lost = await writing;
      if (lost) return lost;
      let next = drafted(engine, draft, command);
      if (next.kind === 'refusal' && draft.events.length === 0) {
        // What was decided on may be old: nobody is refused for what was true a moment ago.
        draft = blank(id, await engine.log.load(id));
        next = drafted(engine, draft, command);
      }
      if (next.kind === 'refusal') return next;
      const isNews = next.events.length > draft.events.length;
      draft = next;
      if (!isNews) return null;
      told = [...told, command];
      if (performance.now() - writtenAt > COMPANY_MS) return append('goes-on');
      timer ??= setTimeout(() => void append('goes-on'), COMPANY_MS);
      return null;
    },
    write: append,
    close,
  };
}

/** The wave has moved on: what was told is decided once more, up to the first that does not count any more. */
function retold(engine: Engine, start: Draft, told: readonly WaveCommand[]) {
  let draft = start;
  for (const [i, command] of told.entries()) {
    const next = drafted(engine, draft, command);
    if (next.kind === 'refusal') return { draft, told: told.slice(0, i), refusal: next };
    draft = next;
  }
  return { draft, told, refusal: null };
}
