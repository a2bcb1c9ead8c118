import type { AnyMiddlewareArgs } from '@slack/bolt';
import type { Sender } from './doorkeeper';

/** Who sent a request of any kind, as its signed body says. */
export function senderOf(body: unknown): Sender {
  const { team_id, team, user_id, user } = (body ?? {}) as Readonly<Record<string, unknown>>;
  return { team: idOf(team_id) ?? idOf(team), user: idOf(user_id) ?? idOf(user) };
}

/** Acknowledges, and tells the sender why nothing was done: a form says it in itself, everything else in an answer of its own. */
export async function turnAway(args: AnyMiddlewareArgs, sentence: string): Promise<void> {
  const { ack, respond, body } = args as Partial<Answering>;
  if (!ack) return;
  const { type, view } = (body ?? {}) as { readonly type?: string; readonly view?: View };
  if (type === 'view_submission') {
    const field = view?.blocks?.find((block) => block.type === 'input')?.block_id ?? view?.blocks?.[0]?.block_id;
    return field ? ack({ response_action: 'errors', errors: { [field]: sentence } }) : ack();
  }
  await ack();
  if (respond) await respond({ response_type: 'ephemeral', replace_original: false, text: sentence });
}

interface View {
  readonly blocks?: readonly { readonly type?: string; readonly block_id?: string }[];
}

interface Answering {
  readonly ack: (answer?: object) => Promise<void>;
  readonly respond: (message: object) => Promise<unknown>;
  readonly body: unknown;
}

function idOf(value: unknown): string | null {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
  return typeof id === 'string' && id !== '' ? id : null;
}
