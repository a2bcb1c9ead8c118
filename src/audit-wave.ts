import { sha256 } from './adapters/digest';
import { createSlackRecord } from './adapters/slack/slack-record';
import { keysOf } from './adapters/store/keys';
import { createRedisCursors } from './adapters/store/redis-cursors';
import { createRedisWaveArchive } from './adapters/store/redis-wave-archive';
import { auditExport, foldLog, PRODUCT, threadText } from './audit-export';
import { type AuditReport, auditThread } from './audit-thread';
import type { Product } from './compose';
import type { WaveId } from './core/ids';
import { verifyLog } from './engine/verify-log';
import { verifyState } from './engine/verify-manifest';
import type { Settings } from './parse/settings';
import type { ThreadCursors } from './ports/thread';
import type { ThreadRecord } from './ports/thread-record';
import type { WaveArchive } from './ports/wave-archive';
import type { WaveLog } from './ports/wave-log';

/** What the audit of waves needs where they are kept. */
export interface AuditRoom {
  readonly log: WaveLog;
  readonly cursors: ThreadCursors;
  readonly record: ThreadRecord;
  readonly archive: WaveArchive;
  readonly siteNames: () => Promise<readonly string[]>;
  /** Epoch ms of the product's clock. */
  readonly now: () => number;
  readonly signingKey: string | null;
}

const SLACK_CALL_MS = 20_000;

export function auditRoom({ room, redis }: Pick<Product, 'room' | 'redis'>, settings: Settings): AuditRoom {
  const keys = keysOf(settings.redis.prefix);
  const { botToken, apiUrl } = settings.slack;
  return {
    log: room.engine.log,
    cursors: createRedisCursors(redis, keys),
    record: createSlackRecord({ token: botToken, apiUrl, timeoutMs: SLACK_CALL_MS }),
    archive: createRedisWaveArchive(redis, keys),
    siteNames: () => room.library.siteNames(),
    now: () => room.engine.clock.now(),
    signingKey: settings.auditSigningKey,
  };
}

/** The file of a wave, line by line; null when there is no such wave. */
export async function exportWave(
  room: AuditRoom,
  wave: WaveId,
): Promise<{ readonly lines: readonly string[]; readonly broken: string | null } | null> {
  const { root, heard } = await room.cursors.load(wave);
  const log = await room.log.read(wave);
  if (log.length === 0) return null;
  return auditExport(log, root && { ...root, heard }, { at: room.now(), signingKey: room.signingKey });
}

/** The wave's thread as it stands in Slack; null when it has none yet. */
export async function takeThread(room: AuditRoom, wave: WaveId): Promise<string | null> {
  const { root } = await room.cursors.load(wave);
  return root && threadText(wave, root, await room.record.read(root), room.now());
}

/** Log, state and thread of a wave where they are kept, each against the others; null when there is no such wave. */
export async function verifyWave(room: AuditRoom, wave: WaveId): Promise<AuditReport | null> {
  // What grows is read last, so that the log has whatever the others show.
  const cursor = await room.cursors.load(wave);
  const posts = cursor.root && (await room.record.read(cursor.root));
  const stored = await room.log.load(wave);
  const log = await room.log.read(wave);
  if (!stored && log.length === 0) return null;
  const tampering = verifyLog(sha256, log, null);
  if (tampering)
    return bad(`${wave}: the log in Redis is NOT as it was written. Entry ${tampering.entry}: ${tampering.finding}.`);
  if (!stored || log.length === 0)
    return bad(`${wave}: Redis has ${stored ? 'its state without its log' : 'its log without its state'}.`);
  const then = log.slice(0, stored.wave.seq);
  const folded = foldLog(then);
  const wrong = folded
    ? verifyState(stored.wave, stored.head, then, folded)
    : 'its events cannot have followed each other';
  const state: AuditReport = wrong
    ? bad(`${wave}: its state in Redis is NOT what its log says: ${wrong}.`)
    : good(
        `${wave}: whole. ${log.length} entries, last mark ${log.at(-1)?.hash.slice(0, 10)}; its state follows from them.`,
      );
  const thread =
    cursor.root && posts
      ? auditThread(log, {
          name: 'its thread',
          root: cursor.root.ts,
          posts,
          mustTell: cursor.heard,
          rootAt: cursor.rootSeq,
          product: PRODUCT,
        })
      : good('It has no thread yet.');
  return { ok: state.ok && thread.ok, lines: [...state.lines, ...thread.lines] };
}

const good = (...lines: readonly string[]): AuditReport => ({ ok: true, lines });
const bad = (...lines: readonly string[]): AuditReport => ({ ok: false, lines });
