import type { Refusal } from '../src/core/commands';
import type { CutoverText } from '../src/parse/cutover-text';
import type { Message } from '../src/ports/thread';
import { refusalText } from '../templates/answers';
import type { Asker, CommandRoom } from './command-room';

/** One verb of `/cutover`. What it answers is for the eyes of the asker; what everybody should know goes through the log. */
export type Verb<Name extends CutoverText['verb']> = (
  room: CommandRoom,
  asker: Asker,
  asked: Extract<CutoverText, { verb: Name }>,
) => Promise<Message>;

export const refusal = (refused: Refusal): Message => refusalText(refused.sentence);

export const noWave = (site: string): Message =>
  refusalText(
    `There is no wave of ${site} yet. \`/cutover plan ${site}\` shows what one would do, \`/cutover start ${site}\` starts it.`,
  );
