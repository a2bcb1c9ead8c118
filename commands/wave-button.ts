import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import { userId } from '../src/core/ids';
import { decodeWaveButton } from '../src/parse/gate-button';
import { faultyText, refusalText } from '../templates/answers';
import { answerClick } from './answer-click';
import type { CommandRoom } from './command-room';
import { answerTo } from './cutover';
import { openForm } from './open-form';

/** The buttons of a wave's root card: the same verbs as the slash command has. */
export function registerWaveButtons(app: App, room: CommandRoom): void {
  for (const verb of ['pause', 'resume', 'retry'] as const) {
    app.action<BlockAction<ButtonAction>>(`wave.${verb}`, async (click) => {
      await click.ack();
      const button = decodeWaveButton(click.action.value ?? '');
      const asker = { user: userId(click.body.user.id), via: 'slack' } as const;
      await answerClick(
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
      if (!button.ok) return answerClick(click, faultyText(button.faults));
      const { wave } = button.value;
      const site = wave.replace(/-wave-\d+$/, '');
      const asked = { kind, site, wave, channel: click.body.channel?.id ?? '' };
      const failed = await openForm(click.client, click.body.trigger_id, asked);
      if (failed) await answerClick(click, refusalText(failed));
    });
  }
}
