import { steerVerb } from './steer-verb';
import type { Verb } from './verb';

export const retry: Verb<'retry'> = (room, asker, { site, reason }) =>
  steerVerb(room, asker, site, 'tries again', (actor) => ({ type: 'RetryStep', reason, actor }));
