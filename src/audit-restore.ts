import { type CommandRoom, personOf } from '../commands/command-room';
import type { UserId } from './core/ids';
import { restoreFrom } from './engine/restore-events';
import { parseExportedLog } from './parse/exported-log';
import { formatFaults } from './parse/parse-fault';

/** Puts lost events back from an exported log: what it is, or why nothing was done. */
export async function restoreFile(
  room: CommandRoom,
  text: string,
  file: string,
  user: UserId,
): Promise<{ readonly ok: boolean; readonly line: string }> {
  const { entries, fault } = parseExportedLog(text, file);
  const wave = entries[0]?.wave;
  if (fault || wave === undefined)
    return { ok: false, line: fault ? formatFaults([fault]).join('\n') : `${file} is empty.` };
  const stored = await room.engine.log.load(wave);
  if (!stored) return { ok: false, line: `Redis does not have ${wave} at all: put Redis itself back from a copy.` };
  const actor = await personOf(room, { user, via: 'cli' }, stored.wave.plan.site.policy);
  const restored = await restoreFrom(room.engine, wave, entries, actor);
  if (restored.kind === 'refusal') return { ok: false, line: restored.sentence };
  return {
    ok: true,
    line: `Events up to ${entries.length} of ${wave} are back, and it is ${restored.wave.status} as it was.`,
  };
}
