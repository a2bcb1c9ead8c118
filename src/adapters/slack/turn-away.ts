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
  const { type, view } = (body ?? {}) as { readonly type?: unknown; readonly view?: unknown };
  if (type === 'view_submission') {
    const field = fieldOf(view);
    return field ? ack({ response_action: 'errors', errors: { [field]: sentence } }) : ack();
  }
  await ack();
  if (respond) await respond({ response_type: 'ephemeral', replace_original: false, text: sentence });
}

/** The block of a form at which a sentence can be shown: the first that is filled in, else the first. */
function fieldOf(view: unknown): string | null {
  const { blocks } = (view ?? {}) as { readonly blocks?: unknown };
  const named = (Array.isArray(blocks) ? blocks : []).flatMap((block: unknown) => {
    const { type, block_id: id } = (block ?? {}) as { readonly type?: unknown; readonly block_id?: unknown };
    return typeof id === 'string' ? [{ type, id }] : [];
  });
  return (named.find(({ type }) => type === 'input') ?? named[0])?.id ?? null;
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
