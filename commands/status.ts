import { statusText } from '../templates/answers';
import { findWave } from './command-room';
import { sites } from './sites';
import { noWave, type Verb } from './verb';

export const status: Verb<'status'> = async (room, asker, { site }) => {
  if (site === null) return sites(room, asker, { verb: 'sites' });
  const wave = await findWave(room, site);
  return wave ? statusText(wave, room.engine.clock.now()) : noWave(site);
};
