import { lineId } from '../core/preflight';
import type { WaveInFlight } from '../ports/home';
import { type Answer, type Asking, answer, type Look, question } from './preflight-question';

/** What other sites have to do with this one: how many are under way, and which have to be done. */
export function programmeLook({ world, site }: Asking): Look {
  const { home } = world;
  return {
    system: 'Programme',
    reach: null,
    questions: [
      question(IN_FLIGHT, IN_FLIGHT_WHAT, 'not too many', async () => [inFlightLine(await home.inFlight(site.site))]),
      ...(site.after ?? []).map((other) =>
        question(lineId('after', other), `the wave of ${other}, which comes first`, 'completed', async () => {
          const newest = await home.newestWave(other);
          const status = newest?.status?.replace('-', ' ') ?? 'ended, and how was not kept';
          const found = newest === null ? 'there was none yet' : `${newest.wave}: ${status}`;
          const good = newest?.status === 'completed';
          return [
            answer(
              lineId('after', other),
              `the wave of ${other}, which comes first`,
              { found, wanted: 'completed', good },
              { mend: `Bring ${other} to its end first, or take it out of \`after\` in the site file.` },
            ),
          ];
        }),
      ),
    ],
  };
}

const IN_FLIGHT = 'sites-in-flight';
const IN_FLIGHT_WHAT = 'waves under way, this one included';
const NAMED = 5;

/**
 * Waves whose preflight is behind them count, and of those in theirs the ones that were started earlier: of two that
 * begin at once one waits for the other, and never each for the other.
 */
function inFlightLine({ most, waves }: { readonly most: number; readonly waves: readonly WaveInFlight[] }): Answer {
  const own = waves.findIndex((wave) => wave.own);
  const others = waves.filter((wave, i) => !wave.own && (wave.armed || own < 0 || i < own));
  const names = others.slice(0, NAMED).map(({ wave }) => wave);
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  const found = `${others.length + 1}${names.length > 0 ? ` (${names.join(', ')}${more})` : ''}`;
  return answer(
    IN_FLIGHT,
    IN_FLIGHT_WHAT,
    { found, wanted: `at most ${most}`, good: others.length < most },
    { mend: 'Wait until one of them has ended, or abort one; SITES_IN_FLIGHT says how many may be under way.' },
  );
}
