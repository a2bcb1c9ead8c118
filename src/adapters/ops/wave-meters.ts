import type { Observation } from '../../core/observations';
import type { Instruments } from './instruments';

/** From a check that answers at once to a shadow of four hours and a TTL of three days, s. */
const STEP_BUCKETS = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 172_800, 345_600];
/** People's time: from a glance to the day after which a gate expires, s. */
const GATE_BUCKETS = [10, 30, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400];

/** What has happened to waves by the hand of this process. */
export function waveMeters({ counter, histogram }: Instruments): (seen: Observation) => void {
  const waves = counter('cutover_waves_total', 'Waves that started, ended or got stuck.', ['became']);
  const steps = counter('cutover_steps_total', 'Steps that ended, by kind and outcome.', ['step', 'outcome']);
  const stepSeconds = histogram(
    'cutover_step_seconds',
    'Time from the beginning of a step to its end, waiting included.',
    ['step', 'outcome'],
    STEP_BUCKETS,
  );
  const faults = counter('cutover_step_faults_total', 'Visits of a step that met trouble of the bot.', ['step']);
  const gates = counter('cutover_gates_total', 'Gates that ended, by how.', ['step', 'decision']);
  const gateSeconds = histogram(
    'cutover_gate_seconds',
    'Time from a gate card to its last approval.',
    ['step'],
    GATE_BUCKETS,
  );
  const holds = counter('cutover_holds_total', 'Holds by cause.', ['cause']);
  const rollbacks = counter('cutover_rollbacks_total', 'Rollbacks that began, by who began them.', ['by']);
  // Absent series cannot be alerted on: what matters starts at nought.
  for (const by of ['person', 'bot']) rollbacks.inc({ by }, 0);
  for (const became of ['started', 'completed', 'rolled-back', 'aborted', 'stuck']) waves.inc({ became }, 0);
  return (seen) => {
    switch (seen.about) {
      case 'wave':
        waves.inc({ became: seen.became });
        return;
      case 'step':
        steps.inc({ step: seen.kind, outcome: seen.outcome });
        if (seen.ms !== null) stepSeconds.observe({ step: seen.kind, outcome: seen.outcome }, seen.ms / 1000);
        return;
      case 'fault':
        faults.inc({ step: seen.kind });
        return;
      case 'gate':
        gates.inc({ step: seen.kind, decision: seen.decision });
        if (seen.ms !== null) gateSeconds.observe({ step: seen.kind }, seen.ms / 1000);
        return;
      case 'hold':
        holds.inc({ cause: seen.cause });
        return;
      case 'rollback':
        rollbacks.inc({ by: seen.by });
        return;
    }
  };
}
