import { ErrorCode, type WebClient } from '@slack/web-api';
import { Fault } from '../../ports/fault';
import type { Home } from '../../ports/home';
import { refusalWord } from './refusal-word';

/** Slack's words for a channel that is there and that the bot may not use. */
const OUTSIDE: Readonly<Record<string, string>> = {
  not_in_channel: 'the bot is not in it',
  channel_not_found: 'there is no such channel, or it is private and the bot is not in it',
  is_archived: 'it is archived',
  missing_scope: 'the app may not read channels',
};

/** What Slack says of the bot's token, its channel and the groups of the policies; with no right that posting does not need. */
export function createSlackHome(client: WebClient, channel: string): Pick<Home, 'workspace' | 'channel' | 'groupSize'> {
  return {
    async workspace() {
      const { team, user } = await told(() => client.auth.test());
      return { team: team ?? '?', bot: user ?? '?' };
    },
    async channel() {
      try {
        await client.conversations.history({ channel, limit: 1 });
        return { channel, member: true, detail: '' };
      } catch (cause) {
        const detail = OUTSIDE[refusalWord(cause) ?? ''];
        if (detail === undefined) throw faultOf(cause);
        return { channel, member: false, detail };
      }
    },
    async groupSize(group) {
      try {
        const { users } = await client.usergroups.users.list({ usergroup: group });
        return users?.length ?? 0;
      } catch (cause) {
        if (['no_such_subteam', 'subteam_not_found'].includes(refusalWord(cause) ?? '')) return null;
        throw faultOf(cause);
      }
    },
  };
}

async function told<Value>(call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (cause) {
    throw faultOf(cause);
  }
}

function faultOf(cause: unknown): Fault {
  const error = refusalWord(cause);
  const { code, retryAfter } = cause as { readonly code?: unknown; readonly retryAfter?: unknown };
  if (code === ErrorCode.RateLimitedError) {
    const seconds = typeof retryAfter === 'number' ? retryAfter : 30;
    const message = 'Slack asks for a pause (429).';
    return new Fault(message, { system: 'Slack', transient: true, retryAfterMs: seconds * 1000, cause });
  }
  return error === null
    ? new Fault('Slack does not answer.', { system: 'Slack', transient: true, cause })
    : new Fault(`Slack refuses the question (${error}).`, { system: 'Slack', transient: false, cause });
}
