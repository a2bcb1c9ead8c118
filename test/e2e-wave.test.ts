import { runWave } from './support/wave-run';

jest.setTimeout(300_000);

it.each([
  ['site-a', 'HTTP', false],
  ['site-b', 'Socket Mode', true],
  ['site-c', 'HTTP', false],
])(
  'a wave of %s over %s completes and loses no call that the order of steps could have saved',
  async (site, _mode, socketMode) => {
    const { wrong, seen } = await runWave({ site, socketMode });
    expect(wrong).toEqual([]);
    expect(seen.holds).toEqual([]);
  },
);
