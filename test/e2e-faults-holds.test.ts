import { runWave } from './support/wave-run';

jest.setTimeout(300_000);

/** Rows of the fault table: what has to be seen is judged in `sandbox/judgement.ts`, from outside. */
it.each([[['missing-permission']], [['propagation-lag']], [['licence-delay']], [['drift']]])(
  'a wave under %j ends as the fault table says',
  async (faults) => {
    const { wrong } = await runWave({ faults });
    expect(wrong).toEqual([]);
  },
);
