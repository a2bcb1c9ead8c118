import { Fault } from '../src/ports/fault';
import { planView, refusalText, unplannedView } from '../templates/answers';
import { lookAtSite } from './look-at-site';
import { planWave } from './plan-wave';
import type { Verb } from './verb';

/** The plan with what is missing beside it; without an answer from some system there is no plan, but still the list. */
export const plan: Verb<'plan'> = async (room, _asker, { site, from }) => {
  const [planned, lines] = await Promise.all([
    planWave(room, site, from).catch((cause: unknown) => {
      if (cause instanceof Fault) return cause;
      throw cause;
    }),
    lookAtSite(room, site, from),
  ]);
  if (planned instanceof Fault) {
    if (lines === null) throw planned;
    return unplannedView(site, planned.message, lines);
  }
  if (planned.kind === 'unplannable') {
    const why = `No wave can be planned for ${site}: ${planned.faults.join('; ')}.`;
    return lines === null ? refusalText(why) : unplannedView(site, why, lines);
  }
  return planView(planned.plan, planned.notes, lines);
};
