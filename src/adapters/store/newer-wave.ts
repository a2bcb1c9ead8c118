import type { WaveId } from '../../core/ids';
import { formatOf, STORE_FORMAT } from '../../core/store-format';
import { NewerWave } from '../../ports/wave-log';

/** Whether a wave with this mark is beyond what this version knows. */
export const isNewer = (mark: string | null | undefined): boolean => formatOf(mark) > STORE_FORMAT;

export function newerWave(wave: WaveId, mark: string | null | undefined): NewerWave {
  return new NewerWave(
    `${wave} was written by a newer version of the bot (form ${formatOf(mark)}; this process knows forms up to ${STORE_FORMAT}). It is left alone here and goes on where the newer version runs. Ask again in a moment; if this stays, start that version again.`,
    { system: 'Redis', transient: false },
  );
}
