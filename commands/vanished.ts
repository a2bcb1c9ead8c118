import { isAmong } from '../src/core/actor';
import type { Message } from '../src/ports/thread';
import { mayBeOpen, type VanishedWave } from '../src/ports/vanished-waves';
import { refusalText } from '../templates/answers';
import { vanishedClosed } from '../templates/vanished';
import { type Asker, type CommandRoom, personOf } from './command-room';

export const siteOf = (wave: string): string => wave.replace(/-wave-\d+$/, '');
export const numberOf = (wave: string): number => Number(wave.slice(wave.lastIndexOf('-') + 1));

/** Waves of a site that Slack shows and the store does not have. Throws `Fault` while the channel could not be searched. */
export async function vanishedOf({ lost }: CommandRoom, site: string): Promise<readonly VanishedWave[]> {
  if (!lost) return [];
  await lost.search();
  return (await lost.vanished.all()).filter(({ wave }) => siteOf(wave) === site);
}

/** Somebody takes it upon themselves that a lost wave is over; null when it is none. Its log is lost, so its site's file says who may. */
export async function closeVanished(
  room: CommandRoom,
  asker: Asker,
  designation: string,
  reason: string,
): Promise<Message | null> {
  const { lost } = room;
  const site = siteOf(designation);
  const open = (await vanishedOf(room, site)).filter(mayBeOpen);
  const found =
    open.find(({ wave }) => wave === designation) ?? (open.length === 1 && site === designation ? open[0] : undefined);
  if (!lost || !found) return null;
  const { policy } = await room.library.site(site);
  const person = await personOf(room, asker, policy);
  if (isAmong(person, [...policy.operators, ...policy.approvers]) !== 'yes')
    return refusalText(
      `You are not among the operators or approvers of ${site}, as far as Slack says. Nothing was changed.`,
    );
  if (reason.trim() === '') return refusalText('A lost wave is closed with a reason. Nothing was changed.');
  await lost.vanished.close(found.wave, { by: asker.user, reason, at: room.engine.clock.now() });
  const message = vanishedClosed(found.wave, asker.user, reason);
  await lost
    .tell(found, message)
    .catch((err: unknown) => room.engine.warn({ wave: found.wave, err }, 'its thread was not told'));
  return message;
}
