/**
 * Membership of Slack user groups, for authorisation at click time. Null means that it cannot be known right now:
 * callers then refuse. May be cached for a minute.
 */
export interface People {
  groupsOf(user: string, among: readonly string[]): Promise<readonly string[] | null>;
}
