import type { WorkspaceUser } from './slack/workspace';

/** The people of the sandbox's workspace. The site files name their groups. */
export const OPERATOR = 'U0MARIA01';
export const APPROVER = 'U0DANIEL1';
export const SECOND_APPROVER = 'U0AISHA01';
export const OUTSIDER = 'U0TOM0001';

export const PEOPLE: readonly WorkspaceUser[] = [
  { id: OPERATOR, name: 'maria', realName: 'Maria Lindqvist', role: 'operator' },
  { id: APPROVER, name: 'daniel', realName: 'Daniel Okafor', role: 'approver' },
  { id: SECOND_APPROVER, name: 'aisha', realName: 'Aisha Rahman', role: 'approver' },
  { id: OUTSIDER, name: 'tom', realName: 'Tom Becker', role: 'outsider' },
];

export const USER_GROUPS = [
  { id: 'S0TELEPHONY', handle: 'telephony', name: 'Telephony engineers', users: [OPERATOR] },
  { id: 'S0CHANGEBRD', handle: 'change-board', name: 'Change board', users: [APPROVER, SECOND_APPROVER] },
] as const;

export const CHANNEL = { id: 'C0CUTOVER', name: 'cutover-bridge' };
