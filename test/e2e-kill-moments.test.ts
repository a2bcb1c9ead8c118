import { killBot } from './support/killer';
import { runWave } from './support/wave-run';

jest.setTimeout(400_000);

const KILLS = 20;

/** Park-Miller: the moments are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

it(`a wave whose bot is killed at ${KILLS} random moments ends as it would have, with nothing done twice or left out`, async () => {
  const random = seeded(20_270_325);
  // A wave of site-a has some 190 events; the moments lie among the first 125, at most one an event.
  const moments = new Set<number>();
  while (moments.size < KILLS) moments.add(2 + Math.floor(random() * 124));
  let killer: ReturnType<typeof killBot> | null = null;
  const undisturbed = await runWave({ site: 'site-a' });
  const { wrong, seen, end, written } = await runWave({
    site: 'site-a',
    meanwhile: (sandbox) => {
      killer = killBot(sandbox, 'site-a-wave-1', ({ seq }) => moments.has(seq));
      return killer.stop;
    },
  });
  expect(wrong).toEqual([]);
  expect(seen.status).toBe('completed');
  expect(end).toEqual(undisturbed.end);
  expect(written).toEqual(undisturbed.written);
  expect((killer as ReturnType<typeof killBot> | null)?.kills()).toBe(KILLS);
});
