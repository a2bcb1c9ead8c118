import type { WebClient } from '@slack/web-api';
import type { People } from '../../ports/people';
import { inTime } from './in-time';

const KEPT_MS = 60_000;
/** Somebody who pauses a wave, or takes it back, at the command line while Slack is silent must not wait for it, real ms. */
const ANSWER_MS = 2_500;

/** Members of user groups from Slack, kept for a minute of real time; what Slack does not say is not known. */
export function createSlackPeople(client: WebClient): People {
  const kept = new Map<string, { readonly until: number; readonly users: Promise<ReadonlySet<string>> }>();
  const members = (group: string): Promise<ReadonlySet<string>> => {
    const known = kept.get(group);
    if (known && known.until > Date.now()) return known.users;
    // Kept while it is asked for: many clicks at once are one call. What failed is asked for again.
    const users = client.usergroups.users.list({ usergroup: group }).then((answer) => new Set(answer.users ?? []));
    const asked = { until: Date.now() + KEPT_MS, users };
    kept.set(group, asked);
    users.catch(() => {
      if (kept.get(group) === asked) kept.delete(group);
    });
    return users;
  };
  return {
    async groupsOf(user, among) {
      try {
        const lists = await inTime(
          ANSWER_MS,
          Promise.all(among.map(async (group) => ({ group, users: await members(group) }))),
        );
        return lists.filter(({ users }) => users.has(user)).map(({ group }) => group);
      } catch {
        // Unknown means no: the caller says so to the person.
        return null;
      }
    },
  };
}
