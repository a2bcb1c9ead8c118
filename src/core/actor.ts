import type { UserId } from './ids';
import type { GateRule, SitePolicy } from './site';

/** Who acts. `groups` are the Slack user groups, of those that the policy names, in which the person is now; null when that could not be learnt. */
export interface Person {
  readonly kind: 'person';
  readonly user: UserId;
  readonly groups: readonly string[] | null;
  readonly via: 'slack' | 'cli';
}

export interface Bot {
  readonly kind: 'bot';
  readonly worker: string;
}

export type Actor = Person | Bot;

/** What of an actor is kept in the log. */
export type By =
  | { readonly kind: 'person'; readonly user: UserId; readonly via: 'slack' | 'cli' }
  | { readonly kind: 'bot'; readonly worker: string };

export function byOf(actor: Actor): By {
  return actor.kind === 'person'
    ? { kind: 'person', user: actor.user, via: actor.via }
    : { kind: 'bot', worker: actor.worker };
}

export type Permission = 'yes' | 'no' | 'unknown';

/** Slack's user groups begin with S, its people with U or W. */
const isGroup = (entry: string): boolean => entry.startsWith('S');

/** Unknown means no to every caller; it is kept apart only so that the sentence can say why. */
export function isAmong(person: Person, listed: readonly string[]): Permission {
  const groups = listed.filter(isGroup);
  // The id of a group is nobody: who gives it for his own has all of the group's rights otherwise.
  if (!isGroup(person.user) && listed.includes(person.user)) return 'yes';
  if (groups.length === 0) return 'no';
  if (person.groups === null) return 'unknown';
  return groups.some((group) => person.groups?.includes(group)) ? 'yes' : 'no';
}

/** The rule of one gate: what the gate leaves out is the site's. */
export function gateRule(policy: SitePolicy, stepKind: string): Required<GateRule> {
  const rule = policy.gates[stepKind] ?? {};
  return {
    approvers: rule.approvers ?? policy.approvers,
    quorum: rule.quorum ?? policy.quorum,
    reasonRequired: rule.reasonRequired ?? false,
  };
}

/** Every user group that the policy names: what has to be asked of Slack before a person can be judged. */
export function groupsNamedIn(policy: SitePolicy): readonly string[] {
  const entries = [
    ...policy.operators,
    ...policy.approvers,
    ...Object.values(policy.gates).flatMap((rule) => rule.approvers ?? []),
  ];
  return [...new Set(entries.filter(isGroup))];
}
