import type { StepId } from '../src/core/ids';
import { isEnded, isForward, stepAt, type Wave } from '../src/core/wave';
import {
  actions,
  type BareBlock,
  type Button,
  boundedLines,
  button,
  confirmation,
  context,
  fields,
  header,
  type Message,
  message,
  section,
  sectionsOf,
} from './blocks';
import { WAVE_ACTIONS, waveValue } from './button-value';
import { cacheLines } from './dns-convergence';
import { sign } from './emoji';
import { escaped, oneLine } from './escape';
import { byWhom, chainMark, inRow, mentions, numbered, shortHash, stepLabel, titleOf } from './names';
import { bar, duration, progress, underWay } from './progress';
import { type RunbookBound, runbookText } from './runbook';
import { happening, nextMove, serviceNow, stateOf } from './situation';
import { slackDate } from './times';

/** The one card of a wave, redrawn as it goes: verdict first, then what to do, then where it stands. `head`: hash of its newest event. */
export function rootCard(wave: Wave, now: number, head?: string): Message {
  const { site, name } = wave.plan.site;
  return message(
    `root.${wave.seq}`,
    `${oneLine(name)} (${site}): ${stateOf(wave).words}, ${plainPosition(wave, now)}`,
    [
      ...cardBlocks(wave, now, { lines: 15, chars: 1500 }, head),
      ...(isEnded(wave) ? [] : [actions(...waveButtons(wave))]),
    ],
    `The thread has it all; \`/cutover status ${site}\` too.`,
  );
}

/** The card without its buttons, which stay on the card; `bound` is for the runbook of a stuck wave. */
export function cardBlocks(wave: Wave, now: number, bound: RunbookBound, head?: string): readonly BareBlock[] {
  const { icon, words } = stateOf(wave);
  return [
    header(`${sign(icon)} ${oneLine(wave.plan.site.name).slice(0, 90)}: ${words}`),
    section(...statusLines(wave, now)),
    ...stuckRunbook(wave, bound),
    fields(figures(wave, now)),
    section(...checklist(wave)),
    context(
      `${escaped(wave.id, 80)} · started by ${byWhom(wave.startedBy)} ${slackDate(wave.startedAt)} · plan ${shortHash(wave.plan.hash)} · #${wave.seq}${head ? ` · ${chainMark(head)}` : ''}`,
    ),
  ];
}

/** Bar and position, the present step, what is safe, what to do next. */
function statusLines(wave: Wave, now: number): readonly string[] {
  return [
    positionLine(wave, now),
    happening(wave),
    ...waitLine(wave),
    ...cacheLines(wave, now),
    `*Calls now:* ${serviceNow(wave)}`,
    `*To do:* ${nextMove(wave)}`,
  ];
}

/** Counted by what is undone. */
const GOES_BACK: readonly Wave['status'][] = ['rolling-back', 'stuck', 'rolled-back'];

function positionLine(wave: Wave, now: number): string {
  const { done, of, undone, toUndo } = progress(wave, now);
  if (GOES_BACK.includes(wave.status)) {
    return `${bar(undone, undone + toUndo)}  *${undone} of ${undone + toUndo} undone*${currentStep(wave)}`;
  }
  return `${bar(done, of)}  *${plainPosition(wave, now)}*${currentStep(wave)}`;
}

function plainPosition(wave: Wave, now: number): string {
  const { done, of, position, undone, toUndo } = progress(wave, now);
  if (GOES_BACK.includes(wave.status)) return `${undone} of ${undone + toUndo} undone`;
  return position === null ? `${done} of ${of} steps done` : `step ${position} of ${of}`;
}

function currentStep(wave: Wave): string {
  const step = isForward(wave) ? stepAt(wave, wave.at).planned.id : 'undo' in wave ? wave.undo[0] : undefined;
  if (step === undefined) return '';
  if (isForward(wave)) return ` · *${titleOf(wave, step)}*`;
  return ` · ${wave.status === 'stuck' ? 'stopped at' : 'now undoing'} *${stepLabel(wave, step)}*`;
}

function waitLine(wave: Wave): readonly string[] {
  const current = underWay(wave)?.state;
  if (!current) return [];
  const parts = [
    ...(current.until === null ? [] : [`expected until ${slackDate(current.until)}`]),
    ...(current.nextAt === null ? [] : [`looks again ${slackDate(current.nextAt)}`]),
    ...(current.faults === 0 ? [] : [`${current.faults} failed ${current.faults === 1 ? 'try' : 'tries'} in a row`]),
  ];
  return parts.length === 0 ? [] : [`${sign('hourglass_flowing_sand')} ${parts.join(' · ')}`];
}

function stuckRunbook(wave: Wave, bound: RunbookBound): readonly BareBlock[] {
  if (wave.status !== 'stuck') return [];
  const lines = runbookText(wave.runbook, wave, bound);
  return sectionsOf(`${sign('hammer_and_wrench')} *By hand, in this order:*\n${lines}`);
}

function figures(wave: Wave, now: number): readonly string[] {
  const { elapsedMs, expectedMs, expectedEnd, nextGate } = progress(wave, now);
  const end = isEnded(wave)
    ? `*Ended*\n${slackDate(wave.endedAt)}`
    : `*Expected end*\n${expectedEnd === null ? 'open until people act' : `${slackDate(expectedEnd)}${nextGate ? ' plus decisions' : ''}`}`;
  return [
    `*Elapsed*\n${duration(elapsedMs)} of about ${duration(expectedMs)}`,
    end,
    ...(nextGate
      ? [
          `*${nextGate.open ? 'Open gate' : 'Next gate'}*\nbefore step ${nextGate.position}: ${escaped(nextGate.title, 80)}`,
          `*Who decides*\n${whoDecides(wave, nextGate.step)}`,
        ]
      : []),
  ];
}

function whoDecides(wave: Wave, step: StepId): string {
  const at = wave.plan.steps.findIndex(({ id }) => id === step);
  const { state, planned } = stepAt(wave, at);
  const rule = wave.plan.site.policy.gates[planned.kind];
  const approvers =
    state.gate.state === 'closed' ? (rule?.approvers ?? wave.plan.site.policy.approvers) : state.gate.approvers;
  const quorum = state.gate.state === 'closed' ? (rule?.quorum ?? wave.plan.site.policy.quorum) : state.gate.quorum;
  const given =
    state.gate.state === 'open'
      ? `, ${state.gate.approvals.length} of ${quorum} given`
      : quorum > 1
        ? `, ${quorum} people`
        : '';
  return `${mentions(approvers, 4)}${given}`;
}

/** All steps in a few lines, by what has become of them. */
function checklist(wave: Wave): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const i of inOrder(wave)) {
    const { planned, state } = stepAt(wave, i);
    const group = groupOf(wave, i, state.status);
    const gate = planned.gated && group === 'To come' ? `\u00a0${sign('lock')}` : '';
    groups.set(group, [...(groups.get(group) ?? []), `${numbered(i + 1, titleOf(wave, planned.id))}${gate}`]);
  }
  return GROUPS.flatMap(({ name, icon }) => {
    const steps = groups.get(name);
    if (!steps) return [];
    const more = (left: number): string => `and ${left} more`;
    const listed = inRow(boundedLines(steps, { lines: 20, chars: 700, more }).split('\n'));
    const shown = name === 'Now' ? stateOf(wave).icon : icon;
    return [`${sign(shown)} *${name}${steps.length > 1 ? ` (${steps.length})` : ''}*  ${listed}`];
  });
}

/** As planned; on the way back, what is left to undo comes in the order in which it is undone. */
function inOrder(wave: Wave): readonly number[] {
  const planned = wave.plan.steps.map((_, i) => i);
  if (!('undo' in wave)) return planned;
  const left = wave.undo.map((id) => wave.plan.steps.findIndex((step) => step.id === id));
  return [...left, ...planned.filter((i) => !left.includes(i))];
}

const GROUPS = [
  { name: 'Done', icon: 'white_check_mark' },
  { name: 'Skipped', icon: 'fast_forward' },
  { name: 'Undone', icon: 'leftwards_arrow_with_hook' },
  { name: 'Now', icon: 'arrow_forward' },
  { name: 'To undo', icon: 'white_circle' },
  { name: 'Left as it is', icon: 'octagonal_sign' },
  { name: 'To come', icon: 'white_circle' },
  { name: 'Not begun', icon: 'white_circle' },
] as const;

function groupOf(wave: Wave, i: number, status: Wave['steps'][number]['status']): (typeof GROUPS)[number]['name'] {
  const id = wave.plan.steps[i]?.id;
  if ('undo' in wave && id !== undefined && wave.undo.includes(id)) return wave.undo[0] === id ? 'Now' : 'To undo';
  if (status === 'undone') return 'Undone';
  if (status === 'done') return wave.status === 'aborted' ? 'Left as it is' : 'Done';
  if (status === 'skipped') return 'Skipped';
  if (isForward(wave)) return i === wave.at ? 'Now' : 'To come';
  return status === 'pending' ? 'Not begun' : 'Left as it is';
}

const undoWay = ({ plan }: Wave): string =>
  plan.steps.every(({ kind }) => kind === 'http')
    ? 'newest first'
    : 'queues first, then legacy re-armed, then the new side off, DNS last';

function waveButtons(wave: Wave): readonly Button[] {
  const value = waveValue(wave.id);
  const { site, name } = wave.plan.site;
  const place = `${oneLine(name).slice(0, 60)} (${site})`;
  const pause = button(WAVE_ACTIONS.pause, 'Pause', value);
  const resume = button(WAVE_ACTIONS.resume, 'Resume', value, 'primary');
  const retry = button(WAVE_ACTIONS.retry, 'Retry', value);
  const back = button(
    WAVE_ACTIONS.rollback,
    'Roll back',
    value,
    'danger',
    confirmation(
      'Roll the whole wave back?',
      `${place}: everything that this wave has done is undone, ${undoWay(wave)}.`,
      'Roll back',
      'danger',
    ),
  );
  // One red button is enough: abort asks twice, and for the site's name.
  const abort = button(
    WAVE_ACTIONS.abort,
    'Abort',
    value,
    null,
    confirmation(
      'Abort and leave everything as it is?',
      `${place}: the bot stops and undoes nothing. Roll back is the safe way out.`,
      'Abort',
      'danger',
    ),
  );
  switch (wave.status) {
    case 'running':
    case 'gated':
      return [pause, back, abort];
    case 'held':
      return stepAt(wave, wave.at).state.begun ? [resume, retry, back, abort] : [resume, back, abort];
    case 'stuck':
      return [retry, abort];
    case 'rolling-back':
    case 'completed':
    case 'rolled-back':
    case 'aborted':
      return [abort];
  }
}
