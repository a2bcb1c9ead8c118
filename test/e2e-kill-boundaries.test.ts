import { killBot } from './support/killer';
import { runWave } from './support/wave-run';

jest.setTimeout(400_000);

it('a wave whose bot is killed at every step boundary ends as it would have, with nothing done twice or left out', async () => {
  const passed = new Set<string>();
  let killer: ReturnType<typeof killBot> | null = null;
  const undisturbed = await runWave({ site: 'site-a' });
  const { wrong, judged, seen, end, written } = await runWave({
    site: 'site-a',
    meanwhile: (sandbox) => {
      killer = killBot(sandbox, 'site-a-wave-1', ({ type, step }) => {
        if (type !== 'StepPassed' || step === null || passed.has(step)) return false;
        passed.add(step);
        return true;
      });
      return killer.stop;
    },
  });
  expect(wrong).toEqual([]);
  expect(seen.status).toBe('completed');
  expect(end).toEqual(undisturbed.end);
  expect(written).toEqual(undisturbed.written);
  expect((killer as ReturnType<typeof killBot> | null)?.kills()).toBe(16);
  expect(judged.log.filter(({ event }) => event.type === 'StepPassed').map(({ event }) => event.step)).toEqual([
    ...passed,
  ]);
});
