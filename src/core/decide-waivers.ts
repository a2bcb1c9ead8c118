/** Who may take a red line of the preflight upon themselves, and when. */
import { isAmong, type Person } from './actor';
import { type Decision, decided, type Refusal, refuse, type WaveCommand } from './commands';
import { mayAct, notAllowed } from './decide-people';
import type { PreflightLine } from './preflight';
import { WAIVER_PEOPLE, type Waiver, waiverOf } from './waivers';
import { type OpenWave, stepAt, waiversOf } from './wave';
import { listed } from './wording';

/** Only while the preflight holds the wave: before that nothing is known to be red, after it the wave is armed. */
export function waiveLine(wave: OpenWave, command: Extract<WaveCommand, { type: 'WaiveLine' }>): Decision {
  const { actor } = command;
  const no = mayAct(wave, actor);
  if (no) return no;
  if (actor.kind !== 'person') return refuse('not-allowed', 'A line is waived by people.');
  // Like an approval: on a command line one person could be two.
  if (actor.via === 'cli')
    return refuse(
      'not-allowed',
      'A line is waived in Slack, where it is known who asks: on a command line one person could be two. Nothing was changed.',
    );
  const lines = heldLines(wave);
  if (lines === undefined) return notNow(wave);
  if (wave.plan.site.regulated)
    return refuse(
      'not-waivable',
      `${wave.plan.site.site} is a regulated site: it has no waivers. Mend the red lines, then \`resume\`.`,
    );
  const line = lines.find(({ id }) => id === command.line);
  if (line?.state !== 'red') return notRed(command.line, lines);
  if (!line.waivable)
    return refuse(
      'not-waivable',
      `Nobody can waive "${line.id}": the wave could not go well. ${line.mend} Then \`resume\`.`,
    );
  if (command.reason.trim() === '')
    return refuse('incomplete', 'A line is waived with a reason: `/cutover waive SITE LINE why it may be so`.');
  return byOneMore(wave, line, actor, command.reason);
}

/** What holds the wave at its preflight; undefined while something else does. */
function heldLines(wave: OpenWave): readonly PreflightLine[] | undefined {
  return wave.status === 'held' && stepAt(wave, wave.at).planned.kind === 'preflight' ? wave.hold.preflight : undefined;
}

function byOneMore(wave: OpenWave, line: PreflightLine, actor: Person, reason: string): Decision {
  const before = waiverOf(waiversOf(wave), line);
  const others = before?.people ?? [];
  if (others.some(({ user }) => user === actor.user))
    return refuse(
      'decided',
      `You have waived "${line.id}" already; it takes ${WAIVER_PEOPLE} different people, one of them an approver. Nothing was changed.`,
    );
  if (others.length >= WAIVER_PEOPLE)
    return refuse(
      'decided',
      `"${line.id}" has been waived already by ${names(before)}. \`resume\` runs the preflight again.`,
    );
  const permission = isAmong(actor, wave.plan.site.policy.approvers);
  const approver = permission === 'yes' && !isStarter(wave, actor);
  if (others.length === WAIVER_PEOPLE - 1 && !approver && !others.some((person) => person.approver)) {
    return permission === 'yes'
      ? refuse(
          'own-wave',
          `You started this wave: the approver among the ${WAIVER_PEOPLE} has to be somebody else. ${names(before)} has waived "${line.id}"; nothing was changed.`,
        )
      : notAllowed(
          permission,
          `the approvers of ${wave.plan.site.site}, and ${names(before)}, who has waived "${line.id}", is none either`,
        );
  }
  return decided({
    type: 'LineWaived',
    line: line.id,
    found: line.found,
    reason,
    approver,
    people: others.length + 1,
    of: WAIVER_PEOPLE,
  });
}

const isStarter = (wave: OpenWave, actor: Person): boolean =>
  wave.startedBy.kind === 'person' && wave.startedBy.user === actor.user;

const names = (waiver: Waiver | null): string =>
  (waiver?.people ?? []).map(({ user }) => `<@${user}>`).join(' and ') || 'nobody';

function notNow(wave: OpenWave): Refusal {
  const armed = wave.plan.steps.some(({ kind }, i) => kind === 'preflight' && wave.steps[i]?.status === 'done');
  return refuse(
    'not-now',
    armed
      ? `Wave ${wave.id} has been armed; lines are waived only while its preflight holds it.`
      : `Wave ${wave.id} is ${wave.status}, and not by its preflight; a line is waived only while the preflight holds the wave.`,
  );
}

function notRed(asked: string, lines: readonly PreflightLine[]): Refusal {
  const known = lines.find(({ id }) => id === asked);
  const red = lines.filter(({ state }) => state === 'red').map(({ id }) => id);
  const which = red.length === 0 ? 'no line is red; `resume` runs the preflight again' : `red are ${listed(red, 12)}`;
  return refuse(
    'not-waivable',
    known
      ? `"${known.id}" is ${known.state}, which blocks nothing, so there is nothing to waive: ${which}.`
      : `No line of this preflight that is not green is called "${asked.slice(0, 80)}": ${which}.`,
  );
}
