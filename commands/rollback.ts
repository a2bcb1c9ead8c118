import { steerVerb } from './steer-verb';
import type { Verb } from './verb';

/** In Slack a missing reason has been asked for by a modal before this. */
export const rollback: Verb<'rollback'> = (room, asker, { site, reason }) =>
  steerVerb(room, asker, site, 'rolls back', (actor) => ({ type: 'RollBack', reason: reason ?? '', actor }));
