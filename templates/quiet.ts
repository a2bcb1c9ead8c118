import type { StepId } from '../src/core/ids';
import { spoken } from './attention';
import { escaped } from './escape';
import { count, times, titleOf } from './names';
import type { Told } from './thread';

/** What went on unreported, one line per step: "7 checks, last: 4 of 5 resolvers agree; retried twice after 429 …". The step `known` is not named. */
export function quietLines(told: readonly Told[], known: StepId | null): readonly string[] {
  const groups: { step: StepId; told: Told[] }[] = [];
  for (const one of told) {
    const { event } = one.logged;
    if (!('step' in event)) continue;
    const last = groups.at(-1);
    if (last?.step === event.step) last.told.push(one);
    else groups.push({ step: event.step, told: [one] });
  }
  return groups.map((group) => groupLine(group.step, group.told, group.step === known)).filter((line) => line !== '');
}

function groupLine(step: StepId, told: readonly Told[], isKnown: boolean): string {
  const of = (type: string) => told.map(({ logged }) => logged.event).filter((event) => event.type === type);
  const parts: string[] = [];
  if (of('UndoBegun').length > 0) parts.push('undo begun');
  else if (of('StepBegun').length > 0)
    parts.push(of('StateCaptured').length > 0 ? 'begun, what was there is captured' : 'begun');
  else if (of('StateCaptured').length > 0) parts.push('what was there is captured');
  const looks = told.flatMap(({ logged: { event } }) =>
    event.type === 'StepWaited' || event.type === 'GateWaited' || event.type === 'UndoWaited' ? [event] : [],
  );
  const last = looks.at(-1);
  if (last)
    parts.push(
      `${count(looks.length, last.type === 'GateWaited' ? 'look before the gate' : 'check', last.type === 'GateWaited' ? 'looks before the gate' : 'checks')}, last: ${bare(last.summary)}`,
    );
  const faults = told.flatMap(({ logged: { event } }) =>
    event.type === 'StepFaulted' || event.type === 'UndoFaulted' ? [event] : [],
  );
  const fault = faults.at(-1);
  if (fault) parts.push(`retried ${times(faults.length)} after: ${bare(fault.summary)}`);
  const wave = told.at(-1)?.wave;
  const line = parts.join('; ');
  return wave && !isKnown && line !== '' ? `${titleOf(wave, step)}: ${line}` : line;
}

const bare = (summary: string): string => escaped(spoken(summary).replace(/[.\s]+$/, ''), 160);
