import { randomUUID } from 'node:crypto';
import { Fault } from '../src/ports/fault';
import { Unreadable } from '../src/ports/library';
import type { Message } from '../src/ports/thread';
import { UnclearAppend } from '../src/ports/wave-log';
import { refusalText } from '../templates/answers';
import { foreign } from '../templates/escape';

/**
 * The edge: whatever goes wrong in a verb or a button becomes a sentence for the person who asked. The world's failures
 * say what happened; our own mistakes say the log id under which the details stand.
 */
export async function answered(
  warn: (about: object, message: string) => void,
  work: () => Promise<Message>,
): Promise<Message> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Unreadable)
      return refusalText(
        `${cause.file} cannot be used, so nothing was done:\n${cause.faults.map((fault) => `• ${fault}`).join('\n')}`,
      );
    if (cause instanceof UnclearAppend)
      return refusalText(
        `${foreign(cause.message)} Whether your request took effect is not known: look at \`/cutover status\` in a minute, and ask again if it did not.`,
      );
    if (cause instanceof Fault)
      return refusalText(
        `${foreign(cause.message)} Nothing was changed by your request; please try again${cause.transient ? ' in a minute' : ' when that is mended'}.`,
      );
    const id = randomUUID().slice(0, 8);
    warn({ id, err: cause }, 'a request failed by our own mistake');
    return refusalText(`The bot itself failed (log id ${id}). \`/cutover status\` shows where the wave stands.`);
  }
}
