import { z } from 'zod';
import type { Platform } from '../../../ports/platform';
import { type CxoneApi, noLever } from './api';
import { idText } from './fitted';
import { allRows } from './pages';

const state = z.looseObject({
  agentId: idText,
  agentStateName: z.string(),
  teamId: idText.nullish(),
  stationId: idText.nullish(),
  stationPhoneNumber: z.string().nullish(),
});
export type AgentState = z.infer<typeof state>;

type PhoneMethods = Pick<Platform, 'registeredPhones' | 'restartPhones'>;

/**
 * CXone shows no registrations. An agent of the team who is logged in with a station, or with a phone number, is at the
 * new side: GET /agents/states. The roster's `phone` is that station's id or that number's digits.
 *
 * Nobody is logged out from here (POST /agents/{id}/logout would bring them back at the new station): it ends the session
 * whatever the agent is doing, and a call might be in progress.
 */
export function cxoneAgentStates(api: CxoneApi): PhoneMethods {
  return {
    async registeredPhones(team) {
      const there = (await agentStates(api)).filter((each) => each.teamId === team && isLoggedIn(each));
      return new Set(there.flatMap(phonesOf));
    },
    restartPhones: async () => {
      throw noLever('makes no phones register: agents log in by themselves');
    },
  };
}

export function agentStates(api: CxoneApi): Promise<readonly AgentState[]> {
  return allRows(api, '/agents/states', 'agentStates', state);
}

export function isLoggedIn({ agentStateName }: AgentState): boolean {
  return agentStateName.replace(/\s/g, '').toLowerCase() !== 'loggedout';
}

function phonesOf({ stationId, stationPhoneNumber }: AgentState): readonly string[] {
  const number = (stationPhoneNumber ?? '').replace(/\D/g, '');
  return [...(stationId && stationId !== '0' ? [stationId] : []), ...(number === '' ? [] : [number])];
}
