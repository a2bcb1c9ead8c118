import { keysOf } from '../../src/adapters/store/keys';
import { createRedisWaveLog } from '../../src/adapters/store/redis-wave-log';
import type { Store } from '../../src/adapters/store/store';
import { waveId } from '../../src/core/ids';

/** A wave's events from `from` on as its log says them, whatever they are; in order. */
export async function storedLog<Entry>(
  redis: Store,
  wave: string,
  { from = 1, prefix = 'cutover' }: { readonly from?: number; readonly prefix?: string } = {},
): Promise<readonly Entry[]> {
  const log = createRedisWaveLog({
    redis,
    keys: keysOf(prefix),
    minReplicas: 0,
    parseWave: () => ({ ok: false, wrong: 'only the log is read' }),
    parseEvent: (value) => ({ ok: true, value: value as never }),
  });
  return (await log.read(waveId(wave), from)) as unknown as readonly Entry[];
}
