import { cxoneSites } from './support/cxone-sites';
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

it('without a carrier that the bot can ask, the hand-over waits for people who have looked at it', async () => {
  const sites = cxoneSites();
  try {
    const { wrong, seen, judged } = await runWave({ site: 'site-d', sitesDir: sites.folder });
    expect([wrong, seen.status]).toEqual([[], 'completed']);
    const opened = judged.log.filter(({ event }) => event.type === 'GateOpened' && event.step === 'drain-legacy');
    expect(opened.length).toBeGreaterThan(0);
    expect(JSON.stringify(opened)).toContain("the carrier's trunk to site-d.voice.example.net:5060 (tcp)");
  } finally {
    sites.remove();
  }
});
