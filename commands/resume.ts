import { steerVerb } from './steer-verb';
import type { Verb } from './verb';

export const resume: Verb<'resume'> = (room, asker, { site, reason }) =>
  steerVerb(room, asker, site, 'goes on', (actor) => ({ type: 'ResumeWave', reason, actor }));
