import { auditScope, compareAudits } from '../src/core/compare-audits';
import type { LoggedEvent } from '../src/core/events';
import type { Wave } from '../src/core/wave';
import { verifyLog } from '../src/engine/verify-log';
import { Fault } from '../src/ports/fault';
import { auditText, refusalText } from '../templates/answers';
import type { PlatformAudit } from '../templates/platform-audit';
import { type CommandRoom, findWave } from './command-room';
import { noWave, type Verb } from './verb';

export const audit: Verb<'audit'> = async (room, _asker, { site }) => {
  if (site === null) return refusalText('Whose log? `/cutover audit SITE` shows that of its newest wave.');
  const wave = await findWave(room, site);
  if (!wave) return noWave(site);
  const log = await room.engine.log.read(wave.id);
  return auditText(wave, log, verifyLog(room.engine.digest, log, null), await platformAudit(room, wave, log));
};

/** Our own log is not kept back for longer than this by a platform that is slow, real ms. */
const PLATFORM_MS = 30_000;

/** The platform's own word about the wave's objects. Its trouble is told beside our log, and takes nothing from it. */
async function platformAudit(room: CommandRoom, wave: Wave, log: readonly LoggedEvent[]): Promise<PlatformAudit> {
  const { plan } = wave;
  const scope = auditScope(plan, log, room.engine.clock.now());
  try {
    const inspection = room.world.inspections(plan.site.platform.kind);
    const ids = [...new Set(scope.objects.flatMap((object) => object.ids))];
    const changes = await inTime(inspection.changes(ids, scope));
    if (changes === null) return { kind: 'none' };
    return { kind: 'compared', scope, ...compareAudits(scope, plan, log, changes) };
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    return { kind: 'unknown', why: cause.message };
  }
}

async function inTime<T>(asked: Promise<T>): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const message = `its audit has not answered within ${PLATFORM_MS / 1000} s; ask again later.`;
    late = setTimeout(() => reject(new Fault(message, { system: 'platform', transient: true })), PLATFORM_MS);
  });
  asked.catch(() => undefined);
  return Promise.race([asked, silence]).finally(() => clearTimeout(late));
}
