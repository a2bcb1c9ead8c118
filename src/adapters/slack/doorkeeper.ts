import type { WebClient } from '@slack/web-api';
import { Fault } from '../../ports/fault';
import { inTime } from './in-time';
import { refusalWord } from './refusal-word';

/** Who is let in: members of the app's own workspace. What Slack does not say about a person is not known, and so no. */
export interface Doorkeeper {
  /** Null when the request may come in; otherwise the sentence for whoever sent it. Never throws. */
  refusal(sender: Sender): Promise<string | null>;
  /** Throws `Fault` when Slack does not let the app look people up at all; any other trouble shows at the first request. */
  check(): Promise<void>;
}

/** As the signed request names them; null where it names none. */
export interface Sender {
  readonly team: string | null;
  readonly user: string | null;
}

const KEPT_MS = 60_000;
/** An acknowledgement is due within three seconds, and a form can be opened no longer than that. */
const ANSWER_MS = 2_000;

type Member = NonNullable<Awaited<ReturnType<WebClient['users']['info']>>['user']>;

/** Asks Slack for the person by id, never by name; what it said is kept for a minute of real time. */
export function createDoorkeeper(client: WebClient): Doorkeeper {
  let home: Promise<string> | null = null;
  const kept = new Map<string, { readonly until: number; readonly member: Promise<Member> }>();

  function ownTeam(): Promise<string> {
    home ??= client.auth
      .test()
      .then(({ team_id }) => team_id ?? unsaid())
      .catch((cause: unknown) => {
        home = null;
        throw cause;
      });
    return home;
  }

  function memberOf(user: string): Promise<Member> {
    const known = kept.get(user);
    if (known && known.until > Date.now()) return known.member;
    for (const [id, { until }] of kept) if (until <= Date.now()) kept.delete(id);
    const member = client.users.info({ user }).then((answer) => answer.user ?? unsaid());
    const asked = { until: Date.now() + KEPT_MS, member };
    kept.set(user, asked);
    member.catch(() => {
      if (kept.get(user) === asked) kept.delete(user);
    });
    return member;
  }

  return {
    async refusal({ team, user }) {
      try {
        const own = await inTime(ANSWER_MS, ownTeam());
        if (team !== own) return REFUSALS.elsewhere;
        if (user === null || !/^[UW][A-Z0-9]{2,30}$/.test(user)) return REFUSALS.unknown;
        return judged(await inTime(ANSWER_MS, memberOf(user)), user, own);
      } catch (cause) {
        if (refusalWord(cause) === 'user_not_found') return REFUSALS.stranger;
        return refusalWord(cause) === 'missing_scope' ? MISSING_SCOPE : REFUSALS.unknown;
      }
    },
    async check() {
      const { user_id: user } = await client.auth.test().catch(() => ({ user_id: undefined }));
      const error = user
        ? await client.users.info({ user }).then(
            () => null,
            (cause: unknown) => refusalWord(cause),
          )
        : null;
      if (error === 'missing_scope') throw new Fault(MISSING_SCOPE, { system: 'Slack', transient: false });
    },
  };
}

const NOTHING = 'Nothing was done.';
const REFUSALS = {
  elsewhere: `This app works for its own workspace alone, and your request came from another one. ${NOTHING}`,
  stranger: `Cutovers are for members of this workspace, and you belong to another organisation. ${NOTHING}`,
  guest: `Cutovers are for full members of this workspace, and you are a guest in it. ${NOTHING} Ask an operator of the site.`,
  gone: `Your account in this workspace is deactivated. ${NOTHING}`,
  bot: `Cutovers are steered by people, not by apps. ${NOTHING}`,
  unknown: `Slack does not say right now who you are, so nothing was done. Try again in a minute.`,
} as const;
const MISSING_SCOPE =
  'Slack does not let the app look people up (missing_scope), so nobody is let in. Add the scope users:read and install the app again, as its manifest has it.';

function judged(member: Member, asked: string, own: string): string | null {
  if (member.id !== asked) return REFUSALS.unknown;
  if (member.deleted) return REFUSALS.gone;
  const { is_stranger: isStranger } = member as { readonly is_stranger?: boolean };
  // In an organisation of several workspaces a person has one home and is a member of many.
  const isMember = member.team_id === own || (member.enterprise_user?.teams ?? []).includes(own);
  if (isStranger || !isMember) return REFUSALS.stranger;
  if (member.is_restricted || member.is_ultra_restricted) return REFUSALS.guest;
  return member.is_bot || asked === 'USLACKBOT' ? REFUSALS.bot : null;
}

function unsaid(): never {
  throw new Error('Slack left out what was asked for');
}
