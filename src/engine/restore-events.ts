import type { Person } from '../core/actor';
import { type Refusal, refuse } from '../core/commands';
import type { LoggedEvent } from '../core/events';
import type { WaveId } from '../core/ids';
import { type Engine, type Handled, handle } from './handle';
import { verifyLog } from './verify-log';
import { unvouched } from './vouched-decisions';

/**
 * Puts lost events back from a log that a copy still has. They count only where they follow what the store has by their
 * hashes, fit every mark of them that the thread shows, and leave none out that anybody knows of. Decisions of people count
 * only as far as those marks reach.
 */
export async function restoreFrom(
  engine: Engine,
  wave: WaveId,
  copy: readonly LoggedEvent[],
  actor: Person,
): Promise<Handled> {
  const stored = await engine.log.load(wave);
  const log = await engine.log.read(wave);
  const base = stored?.wave.lost?.base;
  const cut = log.findLast(({ event }) => event.type === 'LogCutBack');
  if (!base || cut?.event.type !== 'LogCutBack')
    return refuse('not-now', `Wave ${wave} does not stand still for lost events, so nothing was put back.`);
  const events = copy.slice(base.seq);
  const whole = [...log.slice(0, base.seq), ...events];
  const { to: known, posts } = cut.event;
  const no =
    unfit(engine, whole) ??
    tooShort(copy.length, known) ??
    notAsTold(copy, posts) ??
    unvouched({ whole, base: base.seq, known, posts });
  return no ?? handle(engine, wave, { type: 'RestoreEvents', events, actor });
}

function unfit(engine: Engine, whole: readonly LoggedEvent[]): Refusal | null {
  const found = verifyLog(engine.digest, whole, null);
  return (
    found &&
    refuse('stale', `Nothing was put back: entry ${found.entry} of the file does not follow the log: ${found.finding}.`)
  );
}

function tooShort(last: number, known: number | null): Refusal | null {
  if (known === null || last >= known) return null;
  return refuse(
    'incomplete',
    `Nothing was put back: the file ends at event ${last}, and event ${known} is known to have happened. Take it from a newer copy.`,
  );
}

function notAsTold(
  copy: readonly LoggedEvent[],
  posts: readonly { readonly to: number; readonly mark: string | null }[],
): Refusal | null {
  const other = posts.find(({ to, mark }) => mark !== null && copy[to - 1]?.hash.startsWith(mark) !== true);
  return other
    ? refuse(
        'stale',
        `Nothing was put back: the thread shows the mark ${other.mark} for event ${other.to}, and the file has another one there.`,
      )
    : null;
}
