/** Who and what exists in the workspace, in the shapes in which the Web API tells it. */
import type { Json, UserGroup, WorkspaceOptions, WorkspaceUser } from './wire';

export const SLACKBOT = 'USLACKBOT';

export class Directory {
  readonly teamId: string;
  readonly teamName: string;
  readonly teamDomain: string;
  readonly appId = 'A0CUTOVER1';
  readonly botId = 'B0CUTOVER1';
  readonly botUserId = 'U0CUTOVER1';
  readonly botName: string;
  readonly channel: { readonly id: string; readonly name: string };
  people: readonly WorkspaceUser[];
  groups: readonly UserGroup[];

  constructor(options: WorkspaceOptions) {
    this.teamId = options.teamId ?? 'T0SANDBOX1';
    this.teamName = options.teamName ?? 'Northwind Contact';
    this.teamDomain = this.teamName.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    this.botName = options.botName ?? 'Cutover';
    this.channel = options.channel;
    this.people = options.users;
    this.groups = options.userGroups;
  }

  person(id: string): WorkspaceUser | undefined {
    return this.people.find((user) => user.id === id);
  }

  /** The person, or an error that names who is there: only callers inside the sandbox can get this wrong. */
  personOrThrow(id: string): WorkspaceUser {
    const user = this.person(id);
    if (!user) throw new Error(`no user ${id} here; there are ${this.people.map((known) => known.id).join(', ')}`);
    return user;
  }

  change(id: string, change: Partial<Omit<WorkspaceUser, 'id'>>): void {
    this.personOrThrow(id);
    this.people = this.people.map((user) => (user.id === id ? { ...user, ...change } : user));
  }

  regroup(id: string, users: readonly string[]): void {
    if (!this.groups.some((group) => group.id === id)) throw new Error(`no group ${id} here`);
    this.groups = this.groups.map((group) => (group.id === id ? { ...group, users } : group));
  }

  isChannel(reference: unknown): boolean {
    return reference === this.channel.id || reference === `#${this.channel.name}` || reference === this.channel.name;
  }

  channelJson(): Json {
    return {
      id: this.channel.id,
      name: this.channel.name,
      name_normalized: this.channel.name,
      is_channel: true,
      is_group: false,
      is_im: false,
      is_mpim: false,
      is_private: false,
      is_archived: false,
      is_general: false,
      is_member: true,
      context_team_id: this.teamId,
      topic: { value: 'Site cutovers, one thread per wave', creator: SLACKBOT, last_set: 0 },
      purpose: { value: '', creator: '', last_set: 0 },
      num_members: this.people.length + 1,
    };
  }

  userJson(id: string): Json | undefined {
    if (id === this.botUserId) return this.memberJson(id, this.botName.toLowerCase(), this.botName, true);
    const user = this.person(id);
    if (!user) return undefined;
    const home = user.teamId === undefined ? {} : { team_id: user.teamId, is_stranger: true };
    return { ...this.memberJson(id, user.name, user.realName, false), ...home, ...user.marks };
  }

  usersJson(): readonly Json[] {
    return [...this.people.map((user) => user.id), this.botUserId].flatMap((id): Json[] => {
      const user = this.userJson(id);
      return user ? [user] : [];
    });
  }

  groupJson(group: UserGroup, includeUsers: boolean): Json {
    return {
      id: group.id,
      team_id: this.teamId,
      is_usergroup: true,
      name: group.name,
      handle: group.handle,
      description: '',
      is_external: false,
      date_create: 0,
      date_update: 0,
      date_delete: 0,
      user_count: group.users.length,
      ...(includeUsers ? { users: group.users } : {}),
    };
  }

  private memberJson(id: string, name: string, realName: string, isBot: boolean): Json {
    return {
      id,
      team_id: this.teamId,
      name,
      real_name: realName,
      deleted: false,
      is_bot: isBot,
      is_app_user: false,
      is_admin: false,
      is_restricted: false,
      is_ultra_restricted: false,
      tz: 'Etc/UTC',
      tz_offset: 0,
      profile: {
        real_name: realName,
        display_name: name,
        ...(isBot ? { api_app_id: this.appId, bot_id: this.botId } : {}),
      },
    };
  }
}
