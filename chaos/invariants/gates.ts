import { APPROVERS, IVO, MARIA } from '../people';
import type { Logged, RunRecord, WaveRecord } from '../record';
import { QUORUM } from '../sites';
import { eventText } from './ending';
import { type Violation, violation } from './violation';

/** No step behind a gate begins without its approvals: distinct people of the change board who pressed, never the starter. */
export function gates(record: RunRecord): readonly Violation[] {
  return record.waves.flatMap((wave) => [...starters(record, wave), ...approvals(record, wave), ...passages(wave)]);
}

function starters({ schedule }: RunRecord, { id, log }: WaveRecord): readonly Violation[] {
  const starter = schedule.starter === 'ivo' ? IVO : MARIA;
  const first = log[0];
  if (!first || first.by.user === starter) return [];
  return [violation('gates', id, 'it was started by somebody who did not start it', [eventText(first)])];
}

function approvals({ clicks }: RunRecord, { id, log, seenAt }: WaveRecord): readonly Violation[] {
  return log.flatMap((entry, i) => {
    if (entry.event.type !== 'GateApproved') return [];
    const { user } = entry.by;
    const bad = (text: string) => [violation('gates', id, text, [eventText(entry)])];
    if (user === undefined) return bad('a gate was approved by nobody');
    if (user === log[0]?.by.user) return bad(`${user} approved a gate of the wave that they had started`);
    if (!APPROVERS.includes(user)) return bad(`${user} approved a gate and is no approver`);
    const pressed = clicks.some(
      (click) =>
        click.user === user &&
        click.wave === id &&
        click.gate === entry.event.gate &&
        click.at <= (seenAt[i] || Date.now()),
    );
    return pressed ? [] : bad(`${user} is said to have approved a gate and had not pressed`);
  });
}

function passages({ id, log }: WaveRecord): readonly Violation[] {
  const gated = log[0]?.event.plan?.steps.filter((step) => step.gated).map((step) => step.id) ?? [];
  return gated.flatMap((step) => {
    const begun = log.findIndex(({ event }) => event.type === 'StepBegun' && event.step === step);
    if (begun < 0) return [];
    const before = log.slice(0, begun).filter(({ event }) => event.step === step);
    const opened = before.findLastIndex(({ event }) => event.type === 'GateOpened');
    if (opened < 0) return [violation('gates', id, `${step} began without its gate`, before.map(eventText))];
    return passage(id, step, before.slice(opened));
  });
}

/** `since`: what was said of the step from its last gate on. */
function passage(id: string, step: string, since: readonly Logged[]): readonly Violation[] {
  const number = since[0]?.event.gate;
  const voided = since.findLastIndex(({ event }) => event.type === 'ApprovalVoided' || event.type === 'GateExpired');
  const given = since.slice(voided + 1).filter(({ event }) => event.type === 'GateApproved' && event.gate === number);
  const people = new Set(given.map(({ by }) => by.user));
  const quorum = QUORUM[step] ?? 1;
  if (since[0]?.event.quorum !== quorum)
    return [
      violation('gates', id, `the gate of ${step} asks for ${String(since[0]?.event.quorum)} people, not ${quorum}`),
    ];
  if (people.size >= quorum && given.length === people.size) return [];
  return [
    violation(
      'gates',
      id,
      `${step} began with ${people.size} of ${quorum} people in ${given.length} approvals`,
      since.map(eventText),
    ),
  ];
}
