import type { AllMiddlewareArgs, App, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import { userId } from '../src/core/ids';
import { decodeWaveButton } from '../src/parse/gate-button';
import type { Message } from '../src/ports/thread';
import { faultyText } from '../templates/answers';
import { reasonModal } from '../templates/modals';
import type { CommandRoom } from './command-room';
import { answerTo } from './cutover';

type Click = SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs;

/** The buttons of a wave's root card: the same verbs as the slash command has. */
export function registerWaveButtons(app: App, room: CommandRoom): void {
  for (const verb of ['pause', 'resume', 'retry'] as const) {
    app.action<BlockAction<ButtonAction>>(`wave.${verb}`, async (click) => {
      await click.ack();
      const button = decodeWaveButton(click.action.value ?? '');
      const asker = { user: userId(click.body.user.id), via: 'slack' } as const;
      await answer(
        click,
        button.ok
          ? await answerTo(room, asker, { verb, site: button.value.wave, reason: null })
          : faultyText(button.faults),
      );
    });
  }
  for (const kind of ['rollback', 'abort'] as const) {
    app.action<BlockAction<ButtonAction>>(`wave.${kind}`, async (click) => {
      await click.ack();
      const button = decodeWaveButton(click.action.value ?? '');
      if (!button.ok) return answer(click, faultyText(button.faults));
      const { wave } = button.value;
      const view = reasonModal({
        kind,
        site: wave.replace(/-wave-\d+$/, ''),
        wave,
        channel: click.body.channel?.id ?? '',
      });
      await click.client.views.open({ trigger_id: click.body.trigger_id, view: view as never });
    });
  }
}

async function answer(click: Click, { text, blocks }: Message): Promise<void> {
  await click.respond({ response_type: 'ephemeral', replace_original: false, text, blocks: blocks as never });
}
