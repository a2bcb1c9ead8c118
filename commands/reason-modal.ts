import type { AllMiddlewareArgs, App, SlackViewMiddlewareArgs } from '@slack/bolt';
import type { Person } from '../src/core/actor';
import type { WaveCommand } from '../src/core/commands';
import { userId } from '../src/core/ids';
import { parseReasonModal, type ReasonModal } from '../src/parse/gate-button';
import type { Message } from '../src/ports/thread';
import { doneText } from '../templates/answers';
import { answered } from './answer';
import { type CommandRoom, findStored, steer } from './command-room';
import { closeVanished } from './vanished';
import { noWave, refusal } from './verb';

type Submitted = SlackViewMiddlewareArgs & AllMiddlewareArgs;

/** A reason was given: hold, roll back, abort, skip, or approve where the policy asks for one. */
export function registerReasonModal(app: App, room: CommandRoom): void {
  app.view('cutover.reason', async (submitted: Submitted) => {
    const parsed = parseReasonModal(submitted.view);
    if (!parsed.ok)
      return submitted.ack({
        response_action: 'errors',
        errors: {
          reason: parsed.faults
            .map((fault) => `${fault.wrong}. ${fault.mend}`)
            .join(' ')
            .slice(0, 300),
        },
      });
    const { kind, site, confirmed } = parsed.value;
    if (kind === 'abort' && confirmed !== site) {
      return submitted.ack({
        response_action: 'errors',
        errors: { confirm: `Type ${site} to abort its wave; nothing has been changed.` },
      });
    }
    await submitted.ack();
    const user = submitted.body.user.id;
    const message = await answered(room.engine.warn, () => carryOut(room, user, parsed.value));
    await submitted.client.chat.postEphemeral({
      channel: parsed.value.channel,
      ...(parsed.value.thread ? { thread_ts: parsed.value.thread } : {}),
      user,
      text: message.text,
      blocks: message.blocks as never,
    });
  });
}

async function carryOut(room: CommandRoom, user: string, asked: ReasonModal): Promise<Message> {
  const stored = await findStored(room, asked.wave ?? asked.site);
  if (!stored) {
    const asker = { user: userId(user), via: 'slack' } as const;
    const closed =
      asked.kind === 'abort' ? await closeVanished(room, asker, asked.wave ?? asked.site, asked.reason) : null;
    return closed ?? noWave(asked.site);
  }
  const handled = await steer(room, { user: userId(user), via: 'slack' }, stored, (actor) => commandOf(asked, actor));
  return handled.kind === 'refusal' ? refusal(handled) : doneText(handled.wave, DONE[asked.kind]);
}

const DONE: Readonly<Record<ReasonModal['kind'], string>> = {
  approve: 'has your approval',
  hold: 'is held at its gate',
  rollback: 'rolls back',
  abort: 'is aborted',
  skip: 'goes on without the step',
};

function commandOf(asked: ReasonModal, actor: Person): WaveCommand {
  const { reason } = asked;
  switch (asked.kind) {
    case 'approve':
      return { type: 'ApproveGate', step: asked.step, gate: asked.gate, hash: asked.hash, reason, actor };
    case 'hold':
      return { type: 'HoldGate', step: asked.step, gate: asked.gate, reason, actor };
    case 'rollback':
      return { type: 'RollBack', reason, gate: asked.gate, actor };
    case 'abort':
      return { type: 'AbortWave', reason, actor };
    case 'skip':
      return { type: 'SkipStep', reason, actor };
  }
}
