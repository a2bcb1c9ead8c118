import { handle } from '../src/engine/handle';
import { refusalText, startedText } from '../templates/answers';
import { personOf } from './command-room';
import { planWave } from './plan-wave';
import { refusal, type Verb } from './verb';

export const start: Verb<'start'> = async (room, asker, { site, from }) => {
  const planned = await planWave(room, site, from);
  if (planned.kind === 'unplannable')
    return refusalText(`Nothing was started. No wave can be planned for ${site}: ${planned.faults.join('; ')}.`);
  const { plan } = planned;
  const actor = await personOf(room, asker, plan.site.policy);
  const handled = await handle(room.engine, plan.wave, { type: 'StartWave', plan, actor }, { stored: null });
  return handled.kind === 'refusal' ? refusal(handled) : startedText(handled.wave);
};
