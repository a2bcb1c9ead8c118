import { spoken } from './attention';
import { escaped } from './escape';
import { byWhom, mentions, stopped, titleOf } from './names';
import { type Teller, telling } from './telling';
import { slackDate } from './times';

const why = (reason: string | null): readonly string[] => (reason?.trim() ? [`*Reason:* ${escaped(reason, 500)}`] : []);

export const gateWaited: Teller<'GateWaited'> = ({ step, summary, evidence, nextAt }, _logged, wave) =>
  telling(
    'hourglass_flowing_sand',
    `The gate before *${titleOf(wave, step)}* stays closed, looks again ${slackDate(nextAt)}`,
    [escaped(stopped(spoken(summary)), 600)],
    evidence,
  );

/** Its post in the thread is the gate card; this is its line in listings. */
export const gateOpened: Teller<'GateOpened'> = ({ step, gate, approvers, quorum }, _logged, wave) =>
  telling(
    'vertical_traffic_light',
    `*Gate ${gate} · ${titleOf(wave, step)}* is open for ${mentions(approvers)}${quorum > 1 ? ` (${quorum} people)` : ''}`,
  );

export const gateApproved: Teller<'GateApproved'> = ({ step, gate, approvals, quorum, reason }, { by }, wave) =>
  approvals >= quorum
    ? telling(
        'unlock',
        `*Gate ${gate} · ${titleOf(wave, step)}* is approved by ${byWhom(by)}${quorum > 1 ? ` (${approvals} of ${quorum})` : ''}; the step runs`,
        why(reason),
      )
    : telling(
        'thumbsup',
        `*Gate ${gate} · ${titleOf(wave, step)}*: ${approvals} of ${quorum} approvals, this one by ${byWhom(by)}`,
        why(reason),
      );

export const gateExpired: Teller<'GateExpired'> = ({ step, gate }, _logged, wave) =>
  telling('hourglass_flowing_sand', `*Gate ${gate} · ${titleOf(wave, step)}* has expired; nothing was changed`);

export const approvalVoided: Teller<'ApprovalVoided'> = ({ step, gate, reason }, { by }, wave) =>
  by.kind === 'person'
    ? telling(
        'raised_hand',
        `*Gate ${gate} · ${titleOf(wave, step)}* is held by ${byWhom(by)}; nothing was changed`,
        why(reason),
      )
    : telling(
        'warning',
        `*Gate ${gate} · ${titleOf(wave, step)}*: the approval is void, what was approved is not what would run`,
        [escaped(stopped(reason), 600)],
      );
