/** The store has lost acknowledged events: the wave stands still until people have read what it was. */
import { type Decision, decided, NO_EVIDENCE, refuse, type WaveCommand } from './commands';
import { mayAct } from './decide-people';
import type { WaveEvent } from './events';
import { bounded } from './evidence';
import { type Loss, type LossTells, lostEvents, tellsOf } from './log-loss';
import { isForward, type OpenWave, stepAt } from './wave';

/**
 * Forward it is held, and an approval that nothing has been done with yet is void: it may have been taken back. A way back
 * stops as stuck. What stands still already gets the finding alone.
 */
export function reportLoss(wave: OpenWave, command: Extract<WaveCommand, { type: 'ReportLoss' }>): Decision {
  const { loss, actor, runbook } = command;
  if (actor.kind !== 'bot') return refuse('not-allowed', 'A loss is found by the bot.');
  if (command.seq !== wave.seq) return refuse('stale', 'The log has grown since it was compared.');
  const cut: WaveEvent = { type: 'LogCutBack', ...loss, world: bounded(loss.world) };
  const reason = reasonOf(loss);
  if (wave.status === 'stuck') return decided(cut);
  if (wave.status === 'rolling-back') {
    const [step] = wave.undo;
    if (step === undefined) return decided(cut);
    return decided(cut, { type: 'UndoFailed', step, summary: reason, evidence: NO_EVIDENCE, runbook });
  }
  if (!isForward(wave)) return decided(cut);
  const { planned, state } = stepAt(wave, wave.at);
  const { gate } = state;
  const held: WaveEvent = {
    type: 'WaveHeld',
    step: planned.id,
    cause: 'log-lost',
    reason,
    evidence: NO_EVIDENCE,
    packet: null,
    progress: null,
  };
  if (gate.state === 'closed' || state.begun) return decided(cut, held);
  const why = 'Redis has lost what came after it: it may have been taken back.';
  return decided(cut, { type: 'ApprovalVoided', step: planned.id, gate: gate.number, reason: why }, held);
}

const WAY_ON: Readonly<Record<LossTells, string>> = {
  on: 'Read them in the thread. Where a copy has them, put them back from it; Resume goes on from before them, as far as the world is still as it was then; Roll back is always possible.',
  back: 'The thread tells that the wave was going back: roll back, what is back already is only looked at.',
  ended: 'The thread tells that the wave had ended: abort closes it and changes nothing.',
};

function reasonOf(loss: Loss): string {
  const lost = `Redis has lost ${lostEvents(loss)} of this wave's log.`;
  const unknown = loss.steps.filter(({ known }) => !known).length;
  const hands =
    unknown === 0
      ? ''
      : ` Of ${unknown === 1 ? 'one step' : `${unknown} steps`} that may have written since, what was there before is lost too: the way back of ${unknown === 1 ? 'it' : 'them'} is by hand.`;
  return `${lost} ${WAY_ON[tellsOf(loss)]}${hands}`;
}

/** Events that a copy still has, word by word: whoever calls this has found that they follow the log with their hashes. */
export function restoreEvents(wave: OpenWave, command: Extract<WaveCommand, { type: 'RestoreEvents' }>): Decision {
  const { events, actor } = command;
  const no = mayAct(wave, actor);
  if (no) return no;
  const { lost } = wave;
  const [first, last] = [events[0], events.at(-1)];
  if (!lost?.base || !first || !last)
    return refuse('not-now', `Wave ${wave.id} does not stand still for lost events; nothing was put back.`);
  if (first.seq !== lost.base.seq + 1 || events.some(({ seq }, i) => seq !== first.seq + i))
    return refuse(
      'stale',
      `The log of ${wave.id} goes on after event ${lost.base.seq}; these events do not follow it.`,
    );
  return decided({ type: 'EventsRestored', from: first.seq, to: last.seq, events });
}
