import type { Person } from '../src/core/actor';
import type { WaveCommand } from '../src/core/commands';
import type { Wave } from '../src/core/wave';
import type { Message } from '../src/ports/thread';
import { doneText } from '../templates/answers';
import { type Asker, type CommandRoom, findStored, steer } from './command-room';
import { noWave, refusal } from './verb';

/** What all verbs that steer a running wave have in common: find it, ask it, say what came of it. */
export async function steerVerb(
  room: CommandRoom,
  asker: Asker,
  site: string,
  done: string | ((wave: Wave) => string),
  command: (actor: Person) => WaveCommand,
): Promise<Message> {
  const stored = await findStored(room, site);
  if (!stored) return noWave(site);
  const handled = await steer(room, asker, stored, command);
  return handled.kind === 'refusal'
    ? refusal(handled)
    : doneText(handled.wave, typeof done === 'string' ? done : done(handled.wave));
}
