import type { StoreMark } from './ports/store-mark';
import { mayBeOpen, type VanishedWaves } from './ports/vanished-waves';

export interface StoreReport {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** Whether the store may have lost something, and what it has lost altogether. Not well while a wave is missing. */
export async function storeReport(mark: StoreMark, vanished: VanishedWaves): Promise<StoreReport> {
  const { doubted, ageMs, search } = await mark.look();
  const missing = (await vanished.all()).filter(mayBeOpen);
  const doubt =
    doubted === 0
      ? []
      : [
          `  warn   ${doubted} open ${doubted === 1 ? 'wave is' : 'waves are'} to be compared with the thread, since ${Math.round(ageMs / 1000)} s: Redis is another process than before; a worker does so within seconds while Slack answers`,
        ];
  const searching =
    search === null
      ? []
      : [
          '  warn   the channel is still to be searched for waves that Redis may have lost; no wave is started until then',
        ];
  const lost = missing.map(
    ({ wave, status }) =>
      `  RED    ${wave}: Slack shows it open and Redis does not have it (its card says ${status || 'nothing'}); put Redis back from its newest copy, or /cutover abort ${wave} REASON once it was finished or taken back by hand`,
  );
  const lines = [...lost, ...doubt, ...searching];
  return {
    ok: missing.length === 0,
    lines: [lines.length === 0 ? 'Lost by Redis: nothing that is known' : 'Lost by Redis:', ...lines],
  };
}
