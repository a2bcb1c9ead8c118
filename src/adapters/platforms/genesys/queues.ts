import { z } from 'zod';
import type { Platform } from '../../../ports/platform';
import { chunksOf, type GenesysApi, id } from './api';
import { allPages } from './pages';

const count = z.number().int().nonnegative();
const queueSettings = z.looseObject({
  id: z.string(),
  name: z.string(),
  memberCount: count,
  joinedMemberCount: count,
});
const queueMember = z.looseObject({ id: z.string(), joined: z.boolean() });

type QueueMethods = Pick<Platform, 'queue' | 'members' | 'setJoined'>;

/**
 * GET /api/v2/routing/queues/{queueId} and GET, PATCH .../members. A queue has no switch of its own: it stands by as
 * long as nobody has joined it.
 */
export function genesysQueues(api: GenesysApi): QueueMethods {
  async function members(queue: string): Promise<ReadonlyMap<string, boolean>> {
    const all = await allPages(api, membersOf(queue), queueMember);
    return new Map(all.map((member) => [member.id, member.joined]));
  }

  return {
    async queue(queue) {
      const found = await api.get(`/api/v2/routing/queues/${id(queue)}`, queueSettings);
      return { id: found.id, name: found.name, members: found.memberCount, joined: found.joinedMemberCount };
    },
    members,
    async setJoined(queue, users, joined) {
      const now = await members(queue);
      const differing = [...new Set(users)].filter((user) => now.get(user) === !joined);
      for (const some of chunksOf(differing)) {
        const body = some.map((user) => ({ id: user, joined }));
        // The answer may be stale, and it sets a state: sent twice is sent once.
        await api.request('PATCH', membersOf(queue), { body, idempotent: true });
      }
      return differing.length > 0;
    },
  };
}

function membersOf(queue: string): string {
  return `/api/v2/routing/queues/${id(queue)}/members`;
}
