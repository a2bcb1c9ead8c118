import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { Platform } from '../../../ports/platform';
import type { InTurn } from '../in-turn';
import { VOICE } from './active-contacts';
import { type CxoneApi, chunksOf, id, notThere } from './api';
import { figure, fitted, flag, idText, SYSTEM } from './fitted';
import { allRows } from './pages';
import { untilNoConflict } from './read-change-write';

const skill = z.looseObject({
  skillId: idText,
  skillName: z.string(),
  isActive: flag,
  isOutbound: flag.nullish(),
  callerIdOverride: z.string().nullish(),
  outboundTelecomRouteId: idText.nullish(),
});
export type Skill = z.infer<typeof skill>;
/** Some versions wrap the one skill in a list. */
const oneSkill = z.union([
  skill,
  z.looseObject({ skills: z.array(skill).length(1) }).transform(({ skills }) => skills[0] as Skill),
]);

const assignment = z.looseObject({
  agentId: idText,
  isAssigned: flag.nullish(),
  /** Of the assignment. Older versions leave it out and put it into `isActive`. */
  agentSklStatus: z.string().nullish(),
  isActive: flag.nullish(),
  teamId: idText.nullish(),
});

const result = z.looseObject({ agentId: idText.nullish(), success: flag, error: z.string().nullish() });
const results = z.looseObject({ errorCount: figure, agentResults: z.array(result).nullish() });
const bulkAnswer = z.union([z.looseObject({ resultSet: results }).transform(({ resultSet }) => resultSet), results]);

const TRIES = 3;
const WAIT_MS = 1_000;

type QueueMethods = Pick<Platform, 'queue' | 'members' | 'setJoined'>;

/**
 * A queue is a skill: GET /skills/{id}, GET and PUT /skills/{id}/agents. Its members are the agents assigned to it; one
 * has joined whose assignment is active. PUT answers 200 whatever becomes of the single agents: that stands inside, and
 * every one of them is looked at.
 */
export function cxoneQueues(api: CxoneApi, clock: Clock, inTurn: InTurn): QueueMethods {
  async function members(queue: string): Promise<ReadonlyMap<string, boolean>> {
    const rows = await assignments(api, queue);
    return new Map(rows.map((row) => [row.agentId, hasJoined(row)]));
  }

  return {
    async queue(queue) {
      const { skillName } = await skillOf(api, queue);
      const all = await members(queue);
      return { id: queue, name: skillName, members: all.size, joined: [...all.values()].filter(Boolean).length };
    },
    members,
    setJoined(queue, users, joined) {
      return inTurn(agentsOf(queue), async () => {
        let wrote = false;
        let errors: readonly string[] = [];
        for (let attempt = 1; attempt <= TRIES; attempt += 1) {
          const now = await members(queue);
          const differing = [...new Set(users)].filter((user) => now.get(user) === !joined);
          if (differing.length === 0) return wrote;
          if (attempt > 1) await clock.sleep(WAIT_MS * (attempt - 1));
          errors = [];
          for (const some of chunksOf(differing)) {
            const write = () => assign(api, queue, some, joined);
            errors = [...errors, ...(await untilNoConflict(clock, `the agents of skill ${queue}`, write))];
          }
          wrote = true;
          if (errors.length === 0) return true;
        }
        throw notAll(queue, errors);
      });
    },
  };
}

export async function skillOf(api: CxoneApi, skillId: string): Promise<Skill> {
  const found = await api.get(`/skills/${id(skillId)}`, oneSkill);
  if (!found) throw notThere('skill', skillId);
  return found;
}

export function outboundSkills(api: CxoneApi): Promise<readonly Skill[]> {
  return allRows(api, '/skills', 'skills', skill, { mediaTypeId: VOICE, isOutbound: true });
}

/** Teams whose agents are assigned to the skill. */
export async function teamsOf(api: CxoneApi, skillId: string): Promise<ReadonlySet<string>> {
  const rows = await assignments(api, skillId);
  return new Set(rows.flatMap(({ teamId }) => teamId ?? []));
}

async function assignments(api: CxoneApi, skillId: string) {
  const rows = await allRows(api, agentsOf(skillId), 'agentSkillAssignments', assignment);
  return rows.filter(({ isAssigned }) => isAssigned !== false);
}

function agentsOf(skillId: string): string {
  return `/skills/${id(skillId)}/agents`;
}

function hasJoined({ agentSklStatus, isActive }: z.infer<typeof assignment>): boolean {
  return agentSklStatus ? /^active$/i.test(agentSklStatus.trim()) : isActive === true;
}

/** What was refused, one entry an agent. It sets a state: sent twice is sent once. */
async function assign(
  api: CxoneApi,
  queue: string,
  users: readonly string[],
  isActive: boolean,
): Promise<readonly string[]> {
  const path = agentsOf(queue);
  const body = { agents: users.map((agentId) => ({ agentId, isActive })) };
  const reply = await api.request('PUT', path, { body, idempotent: true });
  if (reply.status === 204 || reply.body === null) return [];
  const { errorCount, agentResults } = fitted(bulkAnswer, reply.body, 'PUT', path);
  const refused = (agentResults ?? []).filter(({ success }) => !success);
  const named = refused.map(({ agentId, error }) => `${agentId ?? 'an agent'}: ${error || 'no reason given'}`);
  return named.length > 0 || errorCount === 0 ? named : [`${errorCount} agents, not named`];
}

function notAll(queue: string, errors: readonly string[]): Fault {
  const names = errors.slice(0, 3).join('; ');
  const more = errors.length > 3 ? ` and ${errors.length - 3} more` : '';
  const message = `${SYSTEM} accepted the agents of skill ${queue} but not all of them (${names}${more}).`;
  return new Fault(message, { system: SYSTEM, transient: true });
}
