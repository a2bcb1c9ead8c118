import { Unreadable } from '../src/ports/library';
import { sitesList } from '../templates/answers';
import { findWave } from './command-room';
import type { Verb } from './verb';

export const sites: Verb<'sites'> = async (room) => {
  const names = await room.library.siteNames();
  const rows = await Promise.all(
    names.map(async (name) => {
      const site = await room.library.site(name).catch((cause: unknown) => {
        if (cause instanceof Unreadable) return null;
        throw cause;
      });
      return { name, site, wave: await findWave(room, name) };
    }),
  );
  return sitesList(rows, room.engine.clock.now());
};
