import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import { userId } from '../src/core/ids';
import { decodeGateButton } from '../src/parse/gate-button';
import { doneText, faultyText, refusalText } from '../templates/answers';
import { answered } from './answer';
import { answerClick, type Click } from './answer-click';
import { type CommandRoom, findStored, steer } from './command-room';
import { openForm } from './open-form';
import { noWave, refusal } from './verb';

/** Approve, Hold and Roll back on a gate's card. What the button carries only says which gate is meant; the log decides. */
export function registerGate(app: App, room: CommandRoom): void {
  app.action<BlockAction<ButtonAction>>('gate.approve', (click) => approve(room, click));
  app.action<BlockAction<ButtonAction>>('gate.hold', (click) => ask(click, 'hold'));
  app.action<BlockAction<ButtonAction>>('gate.rollback', (click) => ask(click, 'rollback'));
}

async function approve(room: CommandRoom, click: Click): Promise<void> {
  await click.ack();
  const button = decodeGateButton(click.action.value ?? '');
  const message = await answered(room.engine.warn, async () => {
    if (!button.ok) return faultyText(button.faults);
    const { wave: id, step, gate, hash } = button.value;
    const stored = await findStored(room, id);
    if (!stored) return noWave(id);
    const { wave } = stored;
    const opened = wave.steps.find((state) => state.gate.state === 'open' && state.gate.number === gate)?.gate;
    if (opened?.state === 'open' && opened.reasonRequired) {
      await openModal(click, 'approve', button.value);
      return doneText(wave, 'waits for the reason of your approval');
    }
    const handled = await steer(room, { user: userId(click.body.user.id), via: 'slack' }, stored, (actor) => ({
      type: 'ApproveGate',
      step,
      gate,
      hash,
      reason: null,
      actor,
    }));
    return handled.kind === 'refusal' ? refusal(handled) : doneText(handled.wave, `has your approval of gate ${gate}`);
  });
  await answerClick(click, message);
}

/** The modal first: its trigger is valid for three seconds only. Whether the person may is asked when it comes back. */
async function ask(click: Click, kind: 'hold' | 'rollback'): Promise<void> {
  await click.ack();
  const button = decodeGateButton(click.action.value ?? '');
  if (button.ok) return openModal(click, kind, button.value);
  await answerClick(click, faultyText(button.faults));
}

async function openModal(
  click: Click,
  kind: 'approve' | 'hold' | 'rollback',
  button: { wave: string; step: string; gate: number; hash: string },
): Promise<void> {
  const site = button.wave.replace(/-wave-\d+$/, '');
  const channel = click.body.channel?.id ?? '';
  const thread = click.body.message?.thread_ts as string | undefined;
  const { wave, step, gate, hash } = button;
  const failed = await openForm(click.client, click.body.trigger_id, {
    kind,
    site,
    wave,
    step,
    gate,
    hash,
    channel,
    thread,
  });
  if (failed) await answerClick(click, refusalText(failed));
}
