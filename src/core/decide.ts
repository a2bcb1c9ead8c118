import { isAmong, type Person } from './actor';
import { type CommandType, type Decision, decided, refuse, type WaveCommand } from './commands';
import { reportLoss, restoreEvents } from './decide-loss';
import { abort, approveGate, holdGate, pause, resume, retry, rollBack, skip } from './decide-people';
import { beginStep, beginUndo, captureState, reportGate, reportStep, reportUndo, tick } from './decide-reports';
import { waiveLine } from './decide-waivers';
import { isEnded, type OpenWave, type Wave } from './wave';

type Arm<Type extends CommandType> = (
  wave: OpenWave,
  command: Extract<WaveCommand, { type: Type }>,
  now: number,
) => Decision;

const ARMS: { readonly [Type in Exclude<CommandType, 'StartWave'>]: Arm<Type> } = {
  BeginStep: beginStep,
  CaptureState: captureState,
  ReportStep: reportStep,
  ReportGate: reportGate,
  BeginUndo: beginUndo,
  ReportUndo: reportUndo,
  ApproveGate: approveGate,
  HoldGate: holdGate,
  PauseWave: pause,
  ResumeWave: resume,
  RetryStep: retry,
  SkipStep: skip,
  WaiveLine: waiveLine,
  RollBack: rollBack,
  AbortWave: abort,
  ReportLoss: reportLoss,
  RestoreEvents: restoreEvents,
  Tick: tick,
};

/** What a command makes of a wave: events, or a refusal. Pure; `now` in epoch ms. */
export function decide(wave: Wave | null, command: WaveCommand, now: number): Decision {
  if (command.type === 'StartWave') return start(wave, command);
  if (wave === null)
    return refuse('no-wave', 'There is no such wave. `/cutover status` lists the waves that there are.');
  if (isEnded(wave))
    return refuse(
      'ended',
      `Wave ${wave.id} is over (${wave.status}); nothing was changed. A new attempt is a new wave: \`/cutover start ${wave.plan.site.site}\`.`,
    );
  const arm = ARMS[command.type] as Arm<CommandType>;
  return arm(wave, command, now);
}

function start(wave: Wave | null, command: Extract<WaveCommand, { type: 'StartWave' }>): Decision {
  const { plan, actor } = command;
  if (wave !== null)
    return refuse(
      'exists',
      `Wave ${wave.id} has been started already (${wave.status}). \`/cutover status ${plan.site.site}\` shows where it stands.`,
    );
  if (actor.kind !== 'person') return refuse('not-allowed', 'A wave is started by a person.');
  return mayStart(plan.site.policy.operators, actor, plan.site.site) ?? decided({ type: 'WaveStarted', plan });
}

function mayStart(operators: readonly string[], actor: Person, site: string): Decision | null {
  const permission = isAmong(actor, operators);
  if (permission === 'yes') return null;
  return permission === 'no'
    ? refuse(
        'not-allowed',
        `You are not an operator of ${site}; nothing was started. Its operators are listed under \`policy\` in its site file.`,
      )
    : refuse(
        'not-allowed',
        `Slack does not say right now who belongs to the operators of ${site}, so nothing was started. Please try again in a minute.`,
      );
}
