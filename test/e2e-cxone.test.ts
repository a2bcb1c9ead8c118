import { runWave } from './support/wave-run';

jest.setTimeout(300_000);

it('a wave of a CXone site completes and loses no call that the order of steps could have saved', async () => {
  const { wrong, seen, written } = await runWave({ site: 'site-d' });
  expect(wrong).toEqual([]);
  expect(seen.holds).toEqual([]);
  const own = written.filter((write) => write.startsWith('cxone '));
  expect(own.length).toBeGreaterThan(5);
  // Licences are people's, and nobody is logged out.
  expect(own.filter((write) => /licen|logout/i.test(write))).toEqual([]);
});

it('a wave of a CXone site goes back by itself when its calls fail, and leaves everything as it was', async () => {
  const { wrong, seen } = await runWave({ site: 'site-d', faults: ['call-failures'] });
  expect(wrong).toEqual([]);
  expect(seen.status).toBe('rolled-back');
});
