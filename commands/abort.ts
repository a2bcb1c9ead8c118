import { steerVerb } from './steer-verb';
import type { Verb } from './verb';

/** In Slack a missing reason has been asked for by a modal before this. */
export const abort: Verb<'abort'> = (room, asker, { site, reason }) =>
  steerVerb(room, asker, site, 'is aborted', (actor) => ({ type: 'AbortWave', reason: reason ?? '', actor }));
