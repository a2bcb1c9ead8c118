/** Who is in the workspace of a chaos run. The site files name the groups. */
import type { WorkspaceUser } from '../sandbox/slack/workspace';

export const MARIA = 'U0MARIA01';
/** Operator and approver: may start a wave, and may then not approve its gates. */
export const IVO = 'U0IVO0001';
export const DANIEL = 'U0DANIEL1';
export const AISHA = 'U0AISHA01';
export const TOM = 'U0TOM0001';

export const CHAOS_PEOPLE: readonly WorkspaceUser[] = [
  { id: MARIA, name: 'maria', realName: 'Maria Lindqvist', role: 'operator' },
  { id: IVO, name: 'ivo', realName: 'Ivo Horvat', role: 'approver' },
  { id: DANIEL, name: 'daniel', realName: 'Daniel Okafor', role: 'approver' },
  { id: AISHA, name: 'aisha', realName: 'Aisha Rahman', role: 'approver' },
  { id: TOM, name: 'tom', realName: 'Tom Becker', role: 'outsider' },
];

export const OPERATORS: readonly string[] = [MARIA, IVO];
export const APPROVERS: readonly string[] = [DANIEL, AISHA, IVO];

export const CHAOS_GROUPS = [
  { id: 'S0TELEPHONY', handle: 'telephony', name: 'Telephony engineers', users: OPERATORS },
  { id: 'S0CHANGEBRD', handle: 'change-board', name: 'Change board', users: APPROVERS },
] as const;
