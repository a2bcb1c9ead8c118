import type { Clock } from '../ports/clock';
import { Fault } from '../ports/fault';
import type { StoreMark } from '../ports/store-mark';
import {
  mayBeOpen,
  type ShownWave,
  type VanishedWave,
  type VanishedWaves,
  type WaveCards,
} from '../ports/vanished-waves';

export interface SearchRoom {
  readonly mark: StoreMark;
  readonly cards: WaveCards;
  readonly vanished: VanishedWaves;
  readonly clock: Clock;
  readonly alarm: (about: object, message: string) => void;
  /** Says so in the thread of a wave that may be under way and that the store does not have. */
  readonly tell: (vanished: VanishedWave) => Promise<void>;
}

/** Looks through the channel for waves that the store does not have, where that is due. Gives the cards that it has seen. */
export type SearchChannel = () => Promise<readonly ShownWave[]>;

/** Throws `Fault` while Slack cannot be asked; what it refuses for good is told and not asked again. */
export function searchChannel(room: SearchRoom): SearchChannel {
  let searching: Promise<readonly ShownWave[]> | null = null;
  const search = async (): Promise<readonly ShownWave[]> => {
    // A start looks before its first event: a search that falls due by that is better done now than refused for.
    const { search: number } = await room.mark.look();
    if (number === null) return [];
    const shown = await shownBy(room);
    for (const found of await room.vanished.note(shown, room.clock.now()))
      if (mayBeOpen(found)) await report(room, found);
    await room.mark.searched(number);
    return shown;
  };
  return () => {
    searching ??= search().finally(() => {
      searching = null;
    });
    return searching;
  };
}

async function shownBy({ cards, alarm }: SearchRoom): Promise<readonly ShownWave[]> {
  try {
    const { waves, whole } = await cards.shown();
    if (!whole)
      alarm({ waves: waves.length }, 'the channel is longer than what was searched for waves that Redis may have lost');
    return waves;
  } catch (cause) {
    if (!(cause instanceof Fault) || cause.transient) throw cause;
    alarm({ err: cause }, 'the channel cannot be searched for waves that Redis may have lost: nobody knows of them');
    return [];
  }
}

async function report({ alarm, tell }: SearchRoom, found: VanishedWave): Promise<void> {
  const { wave, status, ts } = found;
  alarm({ wave, status, ts }, 'REDIS HAS LOST A WAVE: Slack shows it open and the store does not have it');
  await tell(found).catch((err: unknown) => alarm({ wave, err }, 'the thread of a lost wave could not be told'));
}
