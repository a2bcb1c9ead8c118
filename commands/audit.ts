import { verifyLog } from '../src/engine/verify-log';
import { auditText, refusalText } from '../templates/answers';
import { findWave } from './command-room';
import { noWave, type Verb } from './verb';

export const audit: Verb<'audit'> = async (room, _asker, { site }) => {
  if (site === null) return refusalText('Whose log? `/cutover audit SITE` shows that of its newest wave.');
  const wave = await findWave(room, site);
  if (!wave) return noWave(site);
  const log = await room.engine.log.read(wave.id);
  return auditText(wave, log, verifyLog(room.engine.digest, log, null));
};
