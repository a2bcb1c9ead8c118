import { handle } from '../src/engine/handle';
import { mayBeOpen } from '../src/ports/vanished-waves';
import { refusalText, startedText } from '../templates/answers';
import { vanishedRefusal } from '../templates/vanished';
import { personOf } from './command-room';
import { planWave } from './plan-wave';
import { vanishedOf } from './vanished';
import { refusal, type Verb } from './verb';

export const start: Verb<'start'> = async (room, asker, { site, from }) => {
  const lost = await vanishedOf(room, site);
  if (lost.some(mayBeOpen)) return refusalText(vanishedRefusal(site, lost.filter(mayBeOpen)));
  const planned = await planWave(room, site, from);
  if (planned.kind === 'unplannable')
    return refusalText(`Nothing was started. No wave can be planned for ${site}: ${planned.faults.join('; ')}.`);
  const { plan } = planned;
  const actor = await personOf(room, asker, plan.site.policy);
  const handled = await handle(room.engine, plan.wave, { type: 'StartWave', plan, actor }, { stored: null });
  return handled.kind === 'refusal' ? refusal(handled) : startedText(handled.wave);
};
