import { steerVerb } from './steer-verb';
import type { Verb } from './verb';

export const pause: Verb<'pause'> = (room, asker, { site, reason }) =>
  steerVerb(room, asker, site, 'is paused', (actor) => ({ type: 'PauseWave', reason, actor }));
