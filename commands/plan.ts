import { planView, refusalText } from '../templates/answers';
import { planWave } from './plan-wave';
import type { Verb } from './verb';

export const plan: Verb<'plan'> = async (room, _asker, { site, from }) => {
  const planned = await planWave(room, site, from);
  if (planned.kind === 'unplannable')
    return refusalText(`No wave can be planned for ${site}: ${planned.faults.join('; ')}.`);
  return planView(planned.plan, planned.notes);
};
