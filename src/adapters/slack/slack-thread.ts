import { createHash } from 'node:crypto';
import { ErrorCode, type KnownBlock, WebClient, type WebClientOptions } from '@slack/web-api';
import { saidWords } from '../../core/said-words';
import { Fault } from '../../ports/fault';
import { type MaySend, type Message, type MessageMark, type Thread, UnclearPost } from '../../ports/thread';
import { fetchWhen, NotSent } from './fetch-when';
import { createPostingTurns, type PostingTurns } from './posting-turns';
import { refusalWord } from './refusal-word';
import { silent } from './silent';

export const EVENT_TYPE = 'cutover_events';
/** Slack's clock and ours may differ by this, seconds. */
const SKEW_SECONDS = 300;

export interface SlackThreadOptions {
  readonly token: string;
  readonly apiUrl: string;
  readonly channel: string;
  /** Real ms for one call. */
  readonly timeoutMs: number;
}

/**
 * A client for posting that never repeats a call by itself: the package's own retries post twice when an answer is lost,
 * and its wait on 429 stops every other call.
 */
export function createSlackThread({ token, apiUrl, channel, timeoutMs }: SlackThreadOptions): Thread {
  const settings: WebClientOptions = {
    slackApiUrl: apiUrl,
    logger: silent,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
  };
  const client = new WebClient(token, settings);
  /** One for each message that is not always to be sent: the package hands `fetch` nothing by which to tell them apart. */
  const at = (maySend?: MaySend): WebClient =>
    maySend ? new WebClient(token, { ...settings, fetch: fetchWhen(maySend) }) : client;
  const turns = createPostingTurns();
  return {
    async postRoot(message, mark, maySend) {
      const answer = await inTurn(turns, mark.wave, () =>
        laidOut(message, (shown) => unclear(() => at(maySend).chat.postMessage({ channel, ...body(shown, mark) }))),
      );
      return { channel: answer.channel ?? channel, ts: answer.ts ?? '' };
    },
    async post(root, message, mark, maySend) {
      const answer = await inTurn(turns, mark.wave, () =>
        laidOut(message, (shown) =>
          unclear(() =>
            at(maySend).chat.postMessage({ channel: root.channel, thread_ts: root.ts, ...body(shown, mark) }),
          ),
        ),
      );
      return { ts: answer.ts ?? '' };
    },
    async update(inChannel, ts, message, mark, maySend) {
      // Writing the same card again is harmless, so an unclear answer is simply a reason to write again.
      try {
        await laidOut(message, (shown) =>
          clear(() => at(maySend).chat.update({ channel: inChannel, ts, ...body(shown, mark) })),
        );
        return 'updated';
      } catch (cause) {
        if (cause instanceof Refused && GONE.includes(cause.error)) return 'gone';
        throw cause;
      }
    },
    async find(root, mark, after) {
      const oldest = String(Math.max(0, after / 1000 - SKEW_SECONDS));
      for (let cursor: string | undefined; ; ) {
        const page = await clear(() =>
          root
            ? client.conversations.replies({
                channel: root.channel,
                ts: root.ts,
                include_all_metadata: true,
                limit: 200,
                ...(cursor ? { cursor } : {}),
              })
            : client.conversations.history({
                channel,
                oldest,
                include_all_metadata: true,
                limit: 200,
                ...(cursor ? { cursor } : {}),
              }),
        );
        const found = (page.messages ?? []).find((each) => isMarked(each.metadata, mark));
        if (found?.ts) return { channel: root?.channel ?? channel, ts: found.ts };
        cursor = page.response_metadata?.next_cursor || undefined;
        if (!cursor) return null;
      }
    },
  };
}

/** A post of this wave once it is its turn; until then nothing is asked of Slack. */
async function inTurn<Answer>(turns: PostingTurns, wave: string, post: () => Promise<Answer>): Promise<Answer> {
  const ms = turns.wait(wave);
  if (ms > 0) throw toWait('Slack takes about one message a second, and others come first: wait', ms);
  try {
    return await post();
  } catch (cause) {
    if (cause instanceof Fault && cause.retryAfterMs !== null) turns.asked(wave, cause.retryAfterMs);
    throw cause;
  }
}

const toWait = (text: string, ms: number, cause?: unknown): Fault =>
  new Fault(`${text} ${Math.ceil(ms / 1000)} s`, { system: 'Slack', transient: true, retryAfterMs: ms, cause });

interface Body {
  readonly text: string;
  readonly blocks: KnownBlock[];
  readonly metadata: { readonly event_type: string; readonly event_payload: Record<string, string | number> };
}

function body(message: Message, mark: MessageMark): Body {
  const { wave, from, to, waitingUntil, status, kinds, steps } = mark;
  const payload = {
    wave,
    from,
    to,
    said: saidOf(message),
    ...(waitingUntil ? { waiting_until: waitingUntil } : {}),
    ...(status ? { status } : {}),
    ...(kinds ? { kinds: kinds.join(' '), steps: (steps ?? []).join(' ') } : {}),
  };
  return {
    text: message.text,
    blocks: message.blocks as KnownBlock[],
    metadata: { event_type: EVENT_TYPE, event_payload: payload },
  };
}

/** The digest of what a post says, beside its numbers: words that are changed afterwards do not fit it. */
const saidOf = (message: Message): string =>
  createHash('sha256').update(saidWords(message), 'utf8').digest('hex').slice(0, 16);

function isMarked(metadata: { event_type?: string; event_payload?: unknown } | undefined, mark: MessageMark): boolean {
  if (metadata?.event_type !== EVENT_TYPE) return false;
  const payload = (metadata.event_payload ?? {}) as { wave?: unknown; from?: unknown; to?: unknown };
  return payload.wave === mark.wave && Number(payload.from) === mark.from && Number(payload.to) === mark.to;
}

/** What people can do about Slack's refusals; all others are named only. */
const REMEDIES: Readonly<Record<string, string>> = {
  not_in_channel: 'Invite the bot to the channel.',
  channel_not_found: 'Check CUTOVER_CHANNEL, and invite the bot if the channel is private.',
  is_archived: 'Unarchive the channel, or name another in CUTOVER_CHANNEL.',
  missing_scope: 'Reinstall the app with the scopes of its manifest.',
  invalid_auth: 'Check SLACK_BOT_TOKEN.',
  token_revoked: 'Check SLACK_BOT_TOKEN.',
  account_inactive: 'Check SLACK_BOT_TOKEN.',
};
/** The card cannot be changed any more, by anybody. */
const GONE: readonly string[] = ['message_not_found', 'cant_update_message', 'edit_window_closed'];
/** The message's form was refused, not what it says. */
const ILL_FORMED: readonly string[] = [
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
  'too_many_attachments',
];
const LONGEST_PLAIN = 2_500;

/** A clear no of Slack: nothing was posted. */
class Refused extends Fault {
  constructor(
    readonly error: string,
    cause: unknown,
  ) {
    super(`Slack refused: ${error}. ${REMEDIES[error] ?? ''}`.trim(), { system: 'Slack', transient: false, cause });
  }
}

/** A message whose form Slack does not take is said plainly, with its buttons: no entry may keep all later ones back. */
async function laidOut<Answer>(message: Message, call: (shown: Message) => Promise<Answer>): Promise<Answer> {
  try {
    return await call(message);
  } catch (cause) {
    if (!(cause instanceof Refused) || !ILL_FORMED.includes(cause.error)) throw cause;
    return call(plainly(message, cause.error));
  }
}

function plainly({ text, blocks }: Message, error: string): Message {
  const said = text.slice(0, LONGEST_PLAIN);
  const section = {
    type: 'section',
    text: { type: 'mrkdwn', text: `${said}\n_Slack did not take the layout of this message (${error})._` },
  };
  const buttons = blocks.filter((block) => (block as Partial<KnownBlock>).type === 'actions').slice(0, 1);
  return { text: said, blocks: [section, ...buttons] };
}

/** A call whose repetition would show: only a clear no is a no. */
async function unclear<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  return clear(call, true);
}

export async function clear<Answer>(call: () => Promise<Answer>, mayHaveHappened = false): Promise<Answer> {
  try {
    return await call();
  } catch (cause) {
    const { code, retryAfter, original } = cause as { code?: string; retryAfter?: number; original?: unknown };
    if (original instanceof NotSent) {
      throw new Fault('Nothing was sent: this process came to it too late', {
        system: 'Slack',
        transient: true,
        cause,
      });
    }
    if (code === ErrorCode.RateLimitedError) {
      throw toWait('Slack asks to wait', (retryAfter ?? 1) * 1000, cause);
    }
    if (code === ErrorCode.PlatformError) {
      const error = refusalWord(cause) ?? 'unknown';
      const passing = [
        'internal_error',
        'fatal_error',
        'service_unavailable',
        'request_timeout',
        'ratelimited',
      ].includes(error);
      if (passing && mayHaveHappened) throw new UnclearPost(`Slack answered ${error}`, cause);
      if (passing) throw new Fault(`Slack refused: ${error}`, { system: 'Slack', transient: true, cause });
      throw new Refused(error, cause);
    }
    const text = `Slack gave no clear answer (${code ?? 'network'})`;
    if (mayHaveHappened) throw new UnclearPost(text, cause);
    throw new Fault(text, { system: 'Slack', transient: true, cause });
  }
}
