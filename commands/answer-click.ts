import type { AllMiddlewareArgs, BlockAction, ButtonAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { Message } from '../src/ports/thread';

export type Click = SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs;

/** A private answer beside the card that was clicked: in its thread when it stands in one. */
export async function answerClick({ body, respond }: Click, { text, blocks }: Message): Promise<void> {
  const thread = body.message?.thread_ts as string | undefined;
  await respond({
    response_type: 'ephemeral',
    replace_original: false,
    text,
    blocks: blocks as never,
    ...(thread ? { thread_ts: thread } : {}),
  });
}
