/** Who is in the workspace of a chaos run: the people of the sandbox, and one more. The site files name the groups. */
import { APPROVER, OPERATOR, OUTSIDER, PEOPLE, SECOND_APPROVER, USER_GROUPS } from '../sandbox/people';
import type { WorkspaceUser } from '../sandbox/slack/workspace';

export const MARIA = OPERATOR;
/** Operator and approver: may start a wave, and may then not approve its gates. */
export const IVO = 'U0IVO0001';
export const DANIEL = APPROVER;
export const AISHA = SECOND_APPROVER;
export const TOM = OUTSIDER;

/** In this order: a seed draws from it. */
export const CHAOS_PEOPLE: readonly WorkspaceUser[] = [
  ...PEOPLE.slice(0, 1),
  { id: IVO, name: 'ivo', realName: 'Ivo Horvat', role: 'approver' },
  ...PEOPLE.slice(1),
];

export const OPERATORS: readonly string[] = [MARIA, IVO];
export const APPROVERS: readonly string[] = [DANIEL, AISHA, IVO];

const MEMBERS = { telephony: OPERATORS, 'change-board': APPROVERS } as const;
export const CHAOS_GROUPS = USER_GROUPS.map((group) => ({ ...group, users: MEMBERS[group.handle] }));
