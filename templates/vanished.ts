import type { WaveId } from '../src/core/ids';
import type { Message } from '../src/ports/thread';
import { header, message, section } from './blocks';
import { sign } from './emoji';
import { code, escaped } from './escape';

/** Slack shows this wave, and the store does not have it. */
export interface Vanished {
  readonly wave: WaveId;
  /** As its card shows it. */
  readonly status: string;
}

const siteOf = (wave: WaveId): string => wave.replace(/-wave-\d+$/, '');

/** For the thread of the wave itself. */
export function vanishedNotice({ wave, status }: Vanished): Message {
  const site = escaped(siteOf(wave), 80);
  return message(
    `vanished.${wave}`,
    `${site}: Redis has lost this wave`,
    [
      header(`${sign('rotating_light')} Redis has lost this wave`),
      section(
        `The bot finds ${code(wave, 160)} in this channel${status === '' ? '' : ` (its card says ${code(status, 40)})`} and not in Redis any more: emptied, or put back from an older backup.`,
        `*Safe now:* the bot does nothing more for this wave, in neither direction, and its buttons have no effect. What it had changed stands as it is. No new wave of ${site} is started.`,
        '*To do:* stop the bot, put Redis back from its newest copy, start the bot: it compares both and goes on, or holds the wave and says what is missing.',
        `If there is no copy: this thread tells what was done. Take it back or finish it by hand, then \`/cutover abort ${escaped(wave, 160)} REASON\` says that it is over, and ${site} may have a new wave.`,
      ),
    ],
    'The bot itself knows nothing more of it.',
  );
}

/** What somebody hears who would start a wave there. */
export function vanishedRefusal(site: string, waves: readonly Vanished[]): string {
  const [first] = waves;
  const names = waves.map(({ wave }) => wave).join(', ');
  return `Nothing was started. Slack shows ${names} of ${site}, which may be in the middle of its cutover, and Redis does not have it any more. Put Redis back from its newest copy, or, once that wave was finished or taken back by hand: \`/cutover abort ${first?.wave ?? site} REASON\` says that it is over.`;
}

export function vanishedClosed(wave: WaveId, by: string, reason: string): Message {
  return message(
    `vanished.closed.${wave}`,
    `${siteOf(wave)}: the lost wave is over`,
    [
      section(
        `${sign('octagonal_sign')} *${escaped(wave, 160)} is over*, says <@${by}>: ${escaped(reason, 500)}`,
        'Redis does not have this wave; nothing was changed by this. Its site may have a new wave.',
      ),
    ],
    'The thread above is what is left of it.',
  );
}
