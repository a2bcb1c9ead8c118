import { stepAt, stepIndex, type Wave } from '../src/core/wave';
import { spoken } from './attention';
import { escaped } from './escape';
import { byWhom, stepLabel, stopped } from './names';
import { duration } from './progress';
import { type Teller, telling } from './telling';
import { slackDate } from './times';

const said = (summary: string): readonly string[] =>
  summary.trim() === '' ? [] : [escaped(stopped(spoken(summary)), 600)];
const why = (reason: string | null): readonly string[] => (reason?.trim() ? [`*Reason:* ${escaped(reason, 500)}`] : []);

export const stepBegun: Teller<'StepBegun'> = ({ step, attempt }, _logged, wave) =>
  telling('arrow_forward', `*${stepLabel(wave, step)}* has begun${attempt > 1 ? ` (attempt ${attempt})` : ''}`);

export const stateCaptured: Teller<'StateCaptured'> = ({ step }, _logged, wave) =>
  telling('memo', `*${stepLabel(wave, step)}*: what was there before is captured`);

export const stepApplied: Teller<'StepApplied'> = ({ step, summary, evidence }, _logged, wave) =>
  telling('pencil2', `*${stepLabel(wave, step)}* is applied, the check follows`, said(summary), evidence);

export const stepWaited: Teller<'StepWaited'> = ({ step, summary, evidence, nextAt }, _logged, wave) =>
  telling(
    'hourglass_flowing_sand',
    `*${stepLabel(wave, step)}* waits, looks again ${slackDate(nextAt)}`,
    said(summary),
    evidence,
  );

export const stepFaulted: Teller<'StepFaulted'> = ({ step, summary, nextAt }, _logged, wave) =>
  telling('repeat', `*${stepLabel(wave, step)}* is tried again ${slackDate(nextAt)}`, said(summary));

export const stepPassed: Teller<'StepPassed'> = ({ step, summary, evidence }, _logged, wave) =>
  telling('white_check_mark', `*${stepLabel(wave, step)}* has passed${took(wave, step)}`, said(summary), evidence);

export const stepFailed: Teller<'StepFailed'> = ({ step, summary, evidence }, _logged, wave) => ({
  ...telling('x', `*${stepLabel(wave, step)}* has failed`, said(summary), evidence),
  loudEvidence: true,
});

export const stepSkipped: Teller<'StepSkipped'> = ({ step, reason }, { by }, wave) =>
  telling('fast_forward', `*${stepLabel(wave, step)}* is skipped by ${byWhom(by)}`, why(reason));

export const stepRetried: Teller<'StepRetried'> = ({ step, attempt, reason }, { by }, wave) =>
  telling('repeat', `*${stepLabel(wave, step)}* starts afresh, attempt ${attempt}, by ${byWhom(by)}`, why(reason));

export const undoBegun: Teller<'UndoBegun'> = ({ step }, _logged, wave) =>
  telling('rewind', `*${stepLabel(wave, step)}*: its undo has begun`);

export const undoWaited: Teller<'UndoWaited'> = ({ step, summary, evidence, nextAt }, _logged, wave) =>
  telling(
    'hourglass_flowing_sand',
    `*${stepLabel(wave, step)}*: its undo waits, looks again ${slackDate(nextAt)}`,
    said(summary),
    evidence,
  );

export const undoFaulted: Teller<'UndoFaulted'> = ({ step, summary, nextAt }, _logged, wave) =>
  telling('repeat', `*${stepLabel(wave, step)}*: its undo is tried again ${slackDate(nextAt)}`, said(summary));

export const stepUndone: Teller<'StepUndone'> = ({ step, summary, evidence }, _logged, wave) =>
  telling(
    'leftwards_arrow_with_hook',
    `*${stepLabel(wave, step)}* is undone${took(wave, step)}`,
    said(summary),
    evidence,
  );

export const undoRetried: Teller<'UndoRetried'> = ({ step, attempt, reason }, { by }, wave) =>
  telling(
    'repeat',
    `*${stepLabel(wave, step)}*: its undo is tried again by ${byWhom(by)} (attempt ${attempt})`,
    why(reason),
  );

export const undoneByHand: Teller<'UndoneByHand'> = ({ step, reason }, { by }, wave) =>
  telling('hammer_and_wrench', `*${stepLabel(wave, step)}* was undone by hand, says ${byWhom(by)}`, why(reason));

function took(wave: Wave, step: Parameters<typeof stepIndex>[1]): string {
  const { startedAt, finishedAt } = stepAt(wave, stepIndex(wave, step)).state;
  return startedAt === null || finishedAt === null ? '' : ` after ${duration(finishedAt - startedAt)}`;
}
