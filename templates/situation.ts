/** Where a wave stands, in three sentences: what is the matter, what is safe now, what to do next. mrkdwn. */
import { isBetweenTrunks } from '../src/core/hand-over';
import type { HoldCause } from '../src/core/outcome';
import type { StepKind } from '../src/core/step-kinds';
import { isForward, type StepState, stepAt, type Wave } from '../src/core/wave';
import { isAttention, spoken } from './attention';
import { type Emoji, sign } from './emoji';
import { escaped } from './escape';
import { byWhom, stopped } from './names';

export interface State {
  readonly icon: Emoji;
  /** Three or four words for headers. */
  readonly words: string;
}

export function stateOf(wave: Wave): State {
  switch (wave.status) {
    case 'running':
      return callsTouched(wave)
        ? { icon: 'arrow_forward', words: 'cutting over' }
        : { icon: 'arrow_forward', words: 'preparing' };
    case 'gated':
      return { icon: 'lock', words: 'waiting for approval' };
    case 'held':
      return wave.hold.cause === 'person'
        ? { icon: 'double_vertical_bar', words: 'paused' }
        : { icon: 'raised_hand', words: 'held' };
    case 'rolling-back':
      return { icon: 'rewind', words: 'rolling back' };
    case 'stuck':
      return { icon: 'rotating_light', words: 'stuck, needs hands' };
    case 'completed':
      return { icon: 'checkered_flag', words: 'cut over' };
    case 'rolled-back':
      return { icon: 'leftwards_arrow_with_hook', words: 'back as it was before this wave' };
    case 'aborted':
      return { icon: 'octagonal_sign', words: 'aborted, left as it is' };
  }
}

interface Cause {
  readonly title: string;
  readonly next: string;
}

/** Every cause of a hold, with the way on. */
export const HOLD_CAUSES: Readonly<Record<HoldCause, Cause>> = {
  person: { title: 'Paused by a person', next: '*Resume* goes on where it stopped.' },
  'gate-held': {
    title: 'Not now, decided at the gate',
    next: '*Resume* runs the gate’s checks again and opens a new gate; the old card stays closed.',
  },
  'gate-expired': {
    title: 'The gate was not decided in time',
    next: '*Resume* runs the gate’s checks again and opens a new gate.',
  },
  'not-ready': {
    title: 'Not ready',
    next: 'Put right what is listed, then *Resume*: the check looks again.',
  },
  'no-data': {
    title: 'Not enough data to judge',
    next: '*Resume* starts the measurement again; without data it is never called green.',
  },
  lag: {
    title: 'Resolvers lag behind',
    next: 'Ask the owners of the named resolvers to flush the old answer, then *Resume*. The low-TTL window has been extended.',
  },
  licences: {
    title: 'Licences are late',
    next: 'Send the support packet to the vendor; *Resume* once the licences have arrived.',
  },
  drift: {
    title: 'The world is not what was planned',
    next: 'Put it back (find out first who changed it), then *Resume*. To keep the change, *Roll back* and start a new wave.',
  },
  window: {
    title: 'Outside the cutover window',
    next: '*Resume* inside the window. Going back is allowed at any time.',
  },
  deadline: {
    title: 'Taking longer than allowed',
    next: '*Resume* gives the step its time again, *Retry* starts the step afresh.',
  },
  fault: {
    title: 'The bot cannot reach what it needs',
    next: 'Nothing is wrong with the calls as far as is known. See to the connection, then *Retry*.',
  },
  'split-brain': {
    title: 'More than one side takes inbound calls, or none',
    next: 'Look at the legacy and the new trunks now. *Roll back* restores one path; *Resume* checks again.',
  },
  'log-lost': {
    title: 'Redis has lost a part of this wave’s log',
    next: 'Read in the thread what was lost. *Resume* goes on from before it: every step looks before it writes, and gates are asked again. *Roll back* goes back; *Abort* if the thread tells that the wave had ended.',
  },
};

/** Who takes the callers at this point: the sentence that lets somebody sleep or not. */
export function serviceNow(wave: Wave): string {
  const { steps } = wave.plan;
  if (steps.every(({ kind }) => kind === 'http')) return 'What the steps so far have done stays as it is.';
  if (wave.status === 'rolled-back') return 'Callers reach the legacy system as before the wave.';
  if ('undo' in wave && isInState(wave, 'drain-legacy', 'undone')) {
    return 'Legacy takes calls again; what is left is taking the new side back.';
  }
  if (isBetweenTrunks(wave)) {
    return '*Legacy takes no new calls and the new trunk may not be on yet: do not stay here.* Go on or go back.';
  }
  if (isInState(wave, 'retire-legacy', 'done')) return 'Callers are on the new side; legacy is off.';
  if (touched(wave, 'retire-legacy')) return 'Callers are on the new side; legacy is being switched off.';
  if (touched(wave, 'shift-queues'))
    return 'Callers are on the new side; legacy stands by and can be re-armed in one call.';
  if (touched(wave, 'activate-inbound')) {
    return 'The new inbound trunk takes calls; legacy stands by and can be re-armed in one call.';
  }
  if (touched(wave, 'switch-dns')) return dnsNow(wave);
  return 'Callers reach the legacy system as before; nothing on their path has been changed.';
}

/** Only an SRV record can name legacy as the second target. */
function dnsNow(wave: Wave): string {
  const alone = wave.plan.site.dns.records
    .filter(({ type }) => type !== 'SRV')
    .map(({ name, type }) => `${name} ${type}`);
  return alone.length === 0
    ? 'DNS names the new gateway first; legacy still takes the calls as the second target.'
    : `DNS names the new gateway; legacy is the second target of SRV records only. *Whoever uses ${escaped(alone.join(', '), 200)} reaches the new gateway, whose trunk is not on yet.*`;
}

/** How a held wave is moved on: where callers may stand outside, nothing else counts. */
export function wayOn(wave: Wave, cause: HoldCause): string {
  return isBetweenTrunks(wave)
    ? `${sign('warning')} *Now:* *Resume* switches the new trunk on, *Roll back* re-arms legacy; either takes seconds. Until one of them is done callers may find no way in.`
    : HOLD_CAUSES[cause].next;
}

/** What to do now, in one or two sentences. */
export function nextMove(wave: Wave): string {
  switch (wave.status) {
    case 'running':
      return isAttention(stepAt(wave, wave.at).state.summary)
        ? 'Look at the calls. A person may *Roll back* now; the bot does so by itself only once there is enough to judge.'
        : 'Nothing; the bot goes on by itself.';
    case 'gated':
      return 'An approver decides on the gate card in the thread.';
    case 'held':
      return wayOn(wave, wave.hold.cause);
    case 'rolling-back':
      return 'Nothing; the way back runs by itself. A failed undo stops it and says so.';
    case 'stuck':
      return 'Follow the runbook by hand, then *Retry* (checks and goes on), or `skip` with a reason once it is done by hand.';
    case 'completed':
      return 'Nothing.';
    case 'rolled-back':
      return 'Read the thread for the reason. A new attempt is a new wave.';
    case 'aborted':
      return 'What was changed stays changed: the list with the values from before is in the thread and in `/cutover status`.';
  }
}

/** The verdict of the moment, with what the machine said last. */
export function happening(wave: Wave): string {
  switch (wave.status) {
    case 'running': {
      const { state } = stepAt(wave, wave.at);
      const alarm = isAttention(state.summary) ? `${sign('warning')} ` : '';
      return `${alarm}${escaped(stopped(spoken(state.summary) || (state.begun ? 'Under way.' : 'About to begin.')), 500)}`;
    }
    case 'gated':
      return escaped(stopped(spoken(stepAt(wave, wave.at).state.summary)), 500);
    case 'held':
      return `*${HOLD_CAUSES[wave.hold.cause].title}* (by ${byWhom(wave.hold.by)}): ${escaped(stopped(spoken(wave.hold.reason)), 600)}`;
    case 'rolling-back':
      return `*Reason:* ${escaped(stopped(wave.reason), 600)}`;
    case 'stuck':
      return `*An undo has failed:* ${escaped(stopped(wave.reason), 600)}`;
    case 'completed':
      return 'Every step is done.';
    case 'rolled-back':
      return 'Every step that had begun has been undone.';
    case 'aborted':
      return 'Stopped where it was; nothing was undone.';
  }
}

function callsTouched(wave: Wave): boolean {
  return isForward(wave) && touched(wave, 'switch-dns');
}

function isInState(wave: Wave, kind: StepKind, status: StepState['status']): boolean {
  return wave.plan.steps.some((planned, i) => planned.kind === kind && wave.steps[i]?.status === status);
}

/** A step captures before its first write, so until then nothing is different; undone, nothing is different again. */
function touched(wave: Wave, kind: StepKind): boolean {
  return wave.plan.steps.some((planned, i) => {
    const state = wave.steps[i];
    return planned.kind === kind && state !== undefined && state.captured !== null && state.status !== 'undone';
  });
}
