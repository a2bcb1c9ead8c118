import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditFile } from './audit-file';
import type { AuditReport } from './audit-thread';
import { type AuditRoom, exportWave, takeThread, verifyWave } from './audit-wave';
import type { WaveId } from './core/ids';
import { isEnded } from './core/wave';
import { Fault } from './ports/fault';

export interface ArchiveOrder {
  /** Waves that ended longer ago than this, ms. */
  readonly olderThanMs: number;
  /** An existing folder for the files. */
  readonly folder: string;
  /** Without it nothing is written and nothing removed. */
  readonly remove: boolean;
  /** Slack has the threads no more: the log alone is kept. */
  readonly withoutThread: boolean;
}

/**
 * Takes ended waves out of Redis: writes the file of each, and its thread, to the disk, reads them back, verifies them
 * against each other and against Redis, and only then removes the wave. What cannot be verified stays where it is.
 */
export async function archiveWaves(
  room: AuditRoom,
  order: ArchiveOrder,
  tell: (line: string) => void,
): Promise<boolean> {
  const due = await dueWaves(room, order.olderThanMs);
  if (due.length === 0) tell('No wave ended that long ago; nothing to do.');
  let good = true;
  for (const { wave, endedAt } of due) {
    const ended = `${wave}, ended ${new Date(endedAt).toISOString()}`;
    if (!order.remove) {
      tell(`${ended}: would be written to ${order.folder} and removed from Redis (--remove does it).`);
      continue;
    }
    const report = await archiveWave(room, wave, order).catch((cause: unknown) => failed(cause));
    tell(`${ended}: ${report.lines.join(' ')}`);
    good = good && report.ok;
  }
  return good;
}

async function dueWaves(
  room: AuditRoom,
  olderThanMs: number,
): Promise<readonly { readonly wave: WaveId; readonly endedAt: number }[]> {
  const due: { wave: WaveId; endedAt: number }[] = [];
  for (const wave of await room.archive.waves(await room.siteNames())) {
    const stored = await room.log.load(wave);
    if (stored && isEnded(stored.wave) && room.now() - stored.wave.endedAt > olderThanMs)
      due.push({ wave, endedAt: stored.wave.endedAt });
  }
  return due.sort((a, b) => a.endedAt - b.endedAt);
}

async function archiveWave(room: AuditRoom, wave: WaveId, order: ArchiveOrder): Promise<AuditReport> {
  const stored = await room.log.load(wave);
  const made = await exportWave(room, wave);
  if (!stored || !made || made.broken !== null) return kept(`its log is not whole (${made?.broken ?? 'it is gone'})`);
  const inPlace = order.withoutThread ? null : await verifyWave(room, wave);
  if (inPlace && !inPlace.ok) return kept(inPlace.lines.join(' '));
  const thread = order.withoutThread ? null : await takeThread(room, wave);
  const file = await written(join(order.folder, `${wave}.jsonl`), `${made.lines.join('\n')}\n`);
  const beside = thread === null ? null : await written(join(order.folder, `${wave}.thread.json`), thread);
  const report = auditFile(file, `${wave}.jsonl`, stored.head, {
    ...(beside === null ? {} : { thread: { text: beside, name: `${wave}.thread.json` } }),
  });
  if (!report.ok) return kept(report.lines.join(' '));
  const removed = await room.archive.remove(wave, stored.head, room.now());
  return removed === 'removed'
    ? { ok: true, lines: ['written, read back, verified, and removed from Redis.'] }
    : kept(WHY[removed]);
}

const WHY = {
  open: 'it is open again',
  unheard: 'its thread has not heard everything yet',
  changed: 'it has changed meanwhile',
} as const;

/** Writes a file to the disk itself and gives back what the disk has. One that is there already is not written over: it is verified like one of ours. */
async function written(path: string, text: string): Promise<string> {
  try {
    const handle = await open(path, 'wx', 0o640);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EEXIST')
      throw new Fault(`${path} cannot be written (${code})`, { system: 'archive', transient: false, cause });
  }
  return readFile(path, 'utf8');
}

const kept = (why: string): AuditReport => ({ ok: false, lines: [`NOT removed: ${why.replace(/\.$/, '')}.`] });

function failed(cause: unknown): AuditReport {
  if (cause instanceof Fault) return kept(cause.message);
  throw cause;
}
