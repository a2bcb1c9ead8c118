import { findWave } from './command-room';
import { steerVerb } from './steer-verb';
import { closeVanished } from './vanished';
import type { Verb } from './verb';

/** In Slack a missing reason has been asked for by a modal before this. A wave that the store has lost is closed by the same word. */
export const abort: Verb<'abort'> = async (room, asker, { site, reason }) => {
  const closed = (await findWave(room, site)) ? null : await closeVanished(room, asker, site, reason ?? '');
  return (
    closed ??
    steerVerb(room, asker, site, 'is aborted', (actor) => ({ type: 'AbortWave', reason: reason ?? '', actor }))
  );
};
