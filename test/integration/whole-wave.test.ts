/** Whole waves with real DNS and SIP servers: what real-wave.ts says about time and callers holds for all of it. */
import { leftRunning } from '../lab/left-running';
import { said } from '../support/wave-run';
import { LEGACY, NEW, RECORD, RESOLVERS, type RealWave, runRealWave } from './real-wave';

jest.setTimeout(200_000);

/** Within the lag limit of 15 minutes, which are nine real seconds here; and beyond it. */
const FLOOR_IN_TIME = 4;
const FLOOR_TOO_LONG = 20;
const SERVERS = ['ns1', 'ns2', ...Object.keys(RESOLVERS)];

const everywhere = (values: readonly string[]) =>
  Object.fromEntries(Object.keys(RESOLVERS).map((name) => [name, [...values]]));
interface Line {
  readonly asked: string;
  readonly answered: string;
  readonly good: boolean | null;
}
const linesOf = ({ log }: RealWave, type: string, step?: string): readonly Line[] =>
  log.flatMap(({ event }) =>
    event.type === type && (step === undefined || event.step === step) ? ((event.evidence ?? []) as Line[]) : [],
  );
const holds = ({ log }: RealWave) => log.flatMap(({ event }) => (event.type === 'WaveHeld' ? [event] : []));

afterEach(async () => {
  said.length = 0;
  expect(await leftRunning(process.pid)).toEqual([]);
});

describe('a wave whose DNS is PowerDNS, BIND and four caching resolvers, and whose gateways are Kamailio', () => {
  test('is completed, with every name server and resolver seen to follow', async () => {
    const wave = await runRealWave({ floorSeconds: FLOOR_IN_TIME });
    expect({ status: wave.seen.status, wrong: wave.wrong, holds: holds(wave) }).toEqual({
      status: 'completed',
      wrong: [],
      holds: [],
    });
    expect(wave.record).toEqual({ ttl: 900, values: NEW });
    // Lowered, switched, restored.
    expect(wave.writes).toBe(3);
    expect(wave.resolved).toEqual(everywhere(NEW));
    const confirmed = linesOf(wave, 'StepPassed', 'confirm-propagation');
    for (const server of SERVERS)
      expect(confirmed).toContainEqual(
        expect.objectContaining({ asked: expect.stringContaining(`@${server} ${RECORD}`), good: true }),
      );
    expect(linesOf(wave, 'GateOpened', 'switch-dns')).toContainEqual(
      expect.objectContaining({
        asked: expect.stringContaining('OPTIONS sip:site-b.byoc'),
        answered: expect.stringMatching(/^200 /),
      }),
    );
  });

  test('is held for lag when one resolver keeps records for longer, which is named, and completed once that is emptied', async () => {
    const wave = await runRealWave({ floorSeconds: FLOOR_TOO_LONG });
    expect({ status: wave.seen.status, record: wave.record }).toEqual({
      status: 'completed',
      record: { ttl: 900, values: NEW },
    });
    expect(holds(wave)[0]).toMatchObject({ cause: 'lag', step: 'confirm-propagation' });
    expect(String(holds(wave)[0]?.reason)).toContain('site-b-router');
    expect(String(holds(wave)[0]?.reason)).not.toContain('quad9');
  });

  test('is rolled back, with every name server and resolver seen to have the old records again', async () => {
    const wave = await runRealWave({ floorSeconds: FLOOR_IN_TIME, rollBackAt: 3, standbyAtFirst: true });
    expect(wave.seen.status).toBe('rolled-back');
    // Before that: a gateway that refuses everything stops the wave before DNS is touched.
    expect(holds(wave)[0]).toMatchObject({ cause: 'not-ready' });
    expect(linesOf(wave, 'WaveHeld')).toContainEqual(
      expect.objectContaining({ answered: expect.stringContaining('503 Service Unavailable'), good: false }),
    );
    expect(wave.record).toEqual({ ttl: 900, values: LEGACY });
    expect(wave.resolved).toEqual(everywhere(LEGACY));
    expect(JSON.stringify(wave.log)).toMatch(/as before, at every name server and every resolver/);
  });
});
