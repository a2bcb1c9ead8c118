import { stepAt, stepIndex, type Wave, waiversOf } from '../src/core/wave';
import { spoken } from './attention';
import { boundedLines } from './blocks';
import { sign } from './emoji';
import { code, escaped, preformatted } from './escape';
import { byWhom, count, mention, mentions, shortHash, siteName, stepLabel, stopped, titleOf } from './names';
import { planBrief } from './plan-brief';
import { redLines, waiverHint } from './preflight';
import { duration, wayBackMs } from './progress';
import { hasLeft, runbook, runbookText } from './runbook';
import { HOLD_CAUSES, serviceNow, wayOn } from './situation';
import { type Teller, telling } from './telling';
import { slackDate } from './times';
import { undoList } from './undo-words';

const why = (reason: string | null): readonly string[] => (reason?.trim() ? [`*Reason:* ${escaped(reason, 500)}`] : []);

export const waveStarted: Teller<'WaveStarted'> = ({ plan }, { by }, wave) =>
  telling('clipboard', `*${escaped(wave.id, 80)} has started* at ${siteName(wave)}, by ${byWhom(by)}`, planBrief(plan));

export const waveHeld: Teller<'WaveHeld'> = ({ step, cause, reason, evidence, packet, preflight }, { by }, wave) => {
  const byPerson = cause === 'person';
  const { title } = HOLD_CAUSES[cause];
  const next = wayOn(wave, cause);
  const whom = by.kind === 'bot' ? `${mentions(wave.plan.site.policy.operators, 4)}: ` : '';
  return {
    ...telling(
      byPerson ? 'double_vertical_bar' : 'raised_hand',
      byPerson
        ? `*Paused* by ${byWhom(by)} at ${stepLabel(wave, step)}`
        : `*Held: ${uncapitalised(title)}*, at ${stepLabel(wave, step)}`,
      [
        ...(reason.trim() === '' || (byPerson && reason === 'paused') ? [] : [escaped(stopped(spoken(reason)), 700)]),
        ...(preflight ? [redLines(preflight, waiversOf(wave), { lines: 12, chars: 2300 })] : []),
        `*Calls now:* ${serviceNow(wave)}\n*To do:* ${whom}${next}${preflight ? ` ${waiverHint(wave, preflight)}` : ''}`,
        ...(packet === null ? [] : [`*To hand on to the vendor’s support:*\n${preformatted(packet, 2000)}`]),
      ],
      // The lines above say it all; what is green need not be told one by one.
      preflight ? [] : evidence,
    ),
    loudEvidence: true,
  };
};

export const lineWaived: Teller<'LineWaived'> = ({ line, found, reason, people, of }, { by }, wave) => {
  const { site, policy } = wave.plan.site;
  return telling(
    'warning',
    `${code(line, 120)} *is waived* by ${byWhom(by)}, ${people} of ${of} people, for this wave only`,
    [
      `*Found:* ${escaped(found, 300)}\n*Reason:* ${escaped(reason, 500)}`,
      people < of
        ? `*To do:* ${mentions([...policy.approvers, ...policy.operators], 4)}: one more person, and one of the ${of} an approver other than the starter: \`/cutover waive ${site} ${line} REASON\`.`
        : '*To do:* *Resume* runs the preflight again. If it finds anything else on this line, the waiver is void.',
    ],
  );
};

export const waveResumed: Teller<'WaveResumed'> = ({ reason }, { by }) =>
  telling('arrow_forward', `*Resumed* by ${byWhom(by)}`, why(reason));

export const rollbackStarted: Teller<'RollbackStarted'> = ({ reason, undo }, { by }, wave) => {
  const steps = undo.map((id) => stepAt(wave, stepIndex(wave, id)).planned);
  const { policy } = wave.plan.site;
  const whom = by.kind === 'bot' ? ` For information: ${mentions([...policy.operators, ...policy.approvers], 6)}.` : '';
  const more = (left: number): string => `… and ${left} more`;
  return telling(
    'rewind',
    by.kind === 'bot' ? '*Rolling back*, started by the bot' : `*Rolling back*, asked for by ${byWhom(by)}`,
    [
      `*Reason:* ${escaped(stopped(reason), 600)}`,
      undo.length === 0
        ? 'Nothing had begun, so there is nothing to undo.'
        : `*The way back*, about ${duration(wayBackMs(steps))}:\n${boundedLines(undoList(wave, undo), { lines: 20, chars: 1800, more })}`,
      ...(undo.length === 0 ? [] : [`*To do:* nothing; it runs by itself and stops loudly if an undo fails.${whom}`]),
    ],
  );
};

export const undoFailed: Teller<'UndoFailed'> = ({ step, summary, evidence, runbook }, _logged, wave) => {
  const { site, policy } = wave.plan.site;
  const whom = mentions([...policy.operators, ...policy.approvers], 6);
  return {
    ...telling(
      'rotating_light',
      `*Stuck:* the undo of ${stepLabel(wave, step)} has failed`,
      [
        escaped(stopped(summary), 600),
        `*Calls now:* ${serviceNow(wave)}\n*To do:* ${whom}: follow the list by hand, then \`/cutover retry ${site}\` checks and goes on, or \`/cutover skip ${site} REASON\` records that it was done by hand. The bot does nothing more by itself.`,
        `${sign('hammer_and_wrench')} *By hand, in this order:*\n${runbookText(runbook, wave, { lines: 30, chars: 2300 })}`,
      ],
      evidence,
    ),
    loudEvidence: true,
  };
};

export const waveCompleted: Teller<'WaveCompleted'> = (_event, { at }, wave) =>
  telling(
    'checkered_flag',
    `*${siteName(wave)} is cut over.* ${escaped(wave.id, 80)} is completed after ${duration(at - wave.startedAt)}`,
    [summaryOf(wave), ...skippedLine(wave)],
  );

export const waveRolledBack: Teller<'WaveRolledBack'> = (_event, { at }, wave) =>
  telling(
    'leftwards_arrow_with_hook',
    `*${siteName(wave)} is back as it was before this wave.* ${escaped(wave.id, 80)} ended after ${duration(at - wave.startedAt)}`,
    [`${count(wave.steps.filter(({ status }) => status === 'undone').length, 'step')} undone. ${serviceNow(wave)}`],
  );

export const waveAborted: Teller<'WaveAborted'> = ({ reason }, { by }, wave) => {
  const lines = runbook(wave);
  return telling('octagonal_sign', `*Aborted* by ${byWhom(by)}; nothing was undone`, [
    ...why(reason),
    hasLeft(wave)
      ? `*Left as it is. To take it back by hand, in this order:*\n${runbookText(lines, wave, { lines: 40, chars: 2700 })}`
      : 'Nothing had been changed.',
    `*Calls now:* ${serviceNow(wave)}`,
  ]);
};

const uncapitalised = (title: string): string => title.slice(0, 1).toLowerCase() + title.slice(1);

function summaryOf(wave: Wave): string {
  const gates = wave.plan.steps.flatMap((planned, i) => {
    const { gate } = stepAt(wave, i).state;
    if (gate.state === 'closed') return [];
    const names = gate.approvals.map(({ user, at }) => `${mention(user)} ${slackDate(at)}`).join(' and ');
    return [`• ${titleOf(wave, planned.id)}: ${names}`];
  });
  const approved = gates.length === 0 ? '' : `\n*Approved by*\n${gates.slice(0, 12).join('\n')}`;
  return `${count(wave.plan.steps.length, 'step')}, plan ${shortHash(wave.plan.hash)}. ${serviceNow(wave)}${approved}`;
}

function skippedLine(wave: Wave): readonly string[] {
  const skipped = wave.plan.steps.filter((_, i) => wave.steps[i]?.status === 'skipped');
  return skipped.length === 0 ? [] : [`*Skipped:* ${skipped.map(({ id }) => titleOf(wave, id)).join(', ')}`];
}
