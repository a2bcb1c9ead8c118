import { steerVerb } from './steer-verb';
import type { Verb } from './verb';

/** In Slack a missing reason has been asked for by a modal before this. */
export const skip: Verb<'skip'> = (room, asker, { site, reason }) =>
  steerVerb(room, asker, site, 'goes on without the step', (actor) => ({
    type: 'SkipStep',
    reason: reason ?? '',
    actor,
  }));
