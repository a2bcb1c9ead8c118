import { z } from 'zod';

const text = z.string();
const address = z.string().min(1);
const id = z.object({ id: text });

/** What the verbs and buttons read of a request, and no more: Slack may add to it. */
const PARTS: Readonly<Record<'command' | 'block_actions' | 'view_submission', z.ZodType>> = {
  command: z.object({ text, trigger_id: text, response_url: address, channel_id: text }),
  block_actions: z.object({
    trigger_id: text,
    response_url: address,
    actions: z.tuple([z.object({ action_id: text, value: text.optional() })], z.unknown()),
    channel: id.optional(),
    message: z.object({ thread_ts: text.optional() }).optional(),
  }),
  view_submission: z.object({ view: z.object({ callback_id: text }) }),
};

/**
 * Whether a slash command, a click or a form carries what it needs to be carried out and answered; true for all else. What
 * a request is, Bolt tells by these fields, and not by its type alone.
 */
export function isWhole(body: unknown): boolean {
  const { type, command, actions } = (body ?? {}) as Readonly<Record<'type' | 'command' | 'actions', unknown>>;
  if (command !== undefined) return PARTS.command.safeParse(body).success;
  if (actions !== undefined) return PARTS.block_actions.safeParse(body).success;
  return type !== 'view_submission' || PARTS.view_submission.safeParse(body).success;
}

/**
 * Whether a request can be told whose it is. Bolt reads person and actions of whatever it takes for a gesture before anybody
 * else is asked, and falls where there are none. Its clients it keeps in a plain object under the names of workspaces and
 * organisations: one that every object has is no client there.
 */
export function isPlaced(body: unknown): boolean {
  const { team, user, view, enterprise, authorizations, ...rest } = fieldsOf(body);
  if (isGesture(rest)) {
    if (typeof user !== 'object' || ![user ?? 'nobody', team, enterprise].every(isNamed)) return false;
    if (rest.actions !== undefined && !Array.isArray(rest.actions)) return false;
  }
  const [first] = Array.isArray(authorizations) ? (authorizations as readonly unknown[]) : [];
  const named = [rest, team, user, enterprise, view, first]
    .map(fieldsOf)
    .flatMap((part) => PLACES.map((at) => part[at]));
  return [...named, fieldsOf(team).id, fieldsOf(enterprise).id].every(isPlace);
}

/** As Bolt tells it: by a field, where there is one, before the type. */
const isGesture = (body: Fields): boolean =>
  body.event === undefined &&
  body.command === undefined &&
  (body.name !== undefined || body.actions !== undefined || GESTURES.has(body.type));

const GESTURES: ReadonlySet<unknown> = new Set([
  'block_actions',
  'block_suggestion',
  'dialog_submission',
  'interactive_message',
  'message_action',
  'shortcut',
  'view_closed',
  'view_submission',
  'workflow_step_edit',
]);

const isNamed = (part: unknown): boolean => part === undefined || part === null || typeof part === 'object';

const PLACES = ['team_id', 'enterprise_id', 'app_installed_team_id'];

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

const isPlace = (id: unknown): boolean =>
  id === undefined || id === null || (typeof id === 'string' && !(id in Object.prototype));
