import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../sandbox/options';
import { runWave } from './support/wave-run';

jest.setTimeout(200_000);

let folder: string;
let sitesDir: string;

/** The guide's document begins where the TTL has been lowered days before: a site whose records are at 300 s already. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-prepared-'));
  sitesDir = join(folder, 'sites');
  cpSync(join(PROJECT, 'sites'), sitesDir, { recursive: true });
  const file = join(sitesDir, 'site-a.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('ttl: 3600', 'ttl: 300'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = '/cutover start site-a from guide-example.json';

it('a wave document in the literal form of the guide runs as it is', async () => {
  const { seen, judged } = await runWave({ site: 'site-a', start, sitesDir });
  expect(seen.status).toBe('completed');
  const passed = judged.log.filter(({ event }) => event.type === 'StepPassed').map(({ event }) => event.step);
  expect(passed).toEqual(['update_dns', 'activate_trunk_inbound', 'shift_queue_traffic']);
});

it('a wave document whose DNS validation never shows the new answer rolls back by itself to what was there', async () => {
  const { seen, judged, wrong } = await runWave({ site: 'site-a', start });
  expect(seen.status).toBe('rolled-back');
  expect(judged.log.find(({ event }) => event.type === 'StepFailed')?.event.step).toBe('update_dns');
  expect(wrong).toEqual(['the wave ended rolled-back (should be completed)', 'no rollback was started']);
});

it('a wave document whose calls fail past its trigger rolls back by itself to what was there', async () => {
  const { seen, judged, wrong } = await runWave({ site: 'site-a', start, sitesDir, faults: ['call-failures'] });
  expect(seen.status).toBe('rolled-back');
  expect(judged.log.some(({ event }) => event.type === 'RollbackStarted')).toBe(true);
  expect(judged.log.find(({ event }) => event.type === 'StepFailed')?.event.step).toBe('shift_queue_traffic');
  expect(wrong).toEqual([]);
});
