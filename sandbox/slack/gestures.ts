/** What people do: type a slash command, press a button, submit or close a modal. Each becomes one signed request. */
import { refuseView } from './block-rules';
import { readThread } from './chat-methods';
import { findControl, pressed } from './controls';
import type { Road } from './delivery';
import { SLACKBOT } from './directory';
import { answerAt } from './responses';
import { ApiRefusal, messageJson, type Room } from './room';
import { clientErrors, stateOf } from './view-state';
import { viewJson } from './views';
import {
  asText,
  type CommandReply,
  isJson,
  type Json,
  type StoredMessage,
  type StoredView,
  type WorkspaceUser,
} from './wire';

const SETTLE_MS = 2000;

export class Gestures {
  constructor(
    private readonly room: Room,
    private readonly slashCommand: string,
    private readonly road: () => Road,
  ) {}

  /** Sends a slash command and waits for what the person gets to see of it. */
  async command(userId: string, line: string, settleMs = SETTLE_MS): Promise<CommandReply> {
    const { room } = this;
    const user = room.directory.personOrThrow(userId);
    const match = /^(\/\S+)(?:\s+([\s\S]*))?$/.exec(line.trim());
    if (!match) throw new Error(`a slash command starts with "/", not with ${JSON.stringify(line.slice(0, 40))}`);
    const command = match[1] ?? '';
    if (command !== this.slashCommand) {
      return this.complain(
        userId,
        'unknown_command',
        `\`${command}\` is not a valid command. In Slack, all messages that start with the "/" character are interpreted as commands.`,
      );
    }
    const token = room.responseUrls.issue({ user: userId, original: null });
    const watch = this.watch(userId, token);
    try {
      const answer = await this.road().send('slash_commands', this.slashPayload(user, command, match[2] ?? '', token));
      if (!answer.ok) {
        return this.complain(userId, answer.error, `\`${command}\` failed with the error "${answer.error}"`);
      }
      const refused = this.showAck(userId, answer.body, token);
      if (refused) return this.complain(userId, refused, `\`${command}\` failed with the error "${refused}"`);
      if (watch.seen.length === 0) await watch.first(settleMs);
      return reply(null, answer.body, watch.seen);
    } finally {
      watch.stop();
    }
  }

  /** Presses a control of a message, an ephemeral or a modal. */
  async click(userId: string, where: string, action: string, value?: string): Promise<void> {
    const { room } = this;
    const user = room.directory.personOrThrow(userId);
    const view = room.views.stack(userId).find(({ id }) => id === where);
    const payload = view ? this.viewAction(user, view, action, value) : this.messageAction(user, where, action, value);
    const answer = await this.road().send('interactive', payload);
    if (!answer.ok) throw new Error(`the app did not take the click on ${action}: ${answer.error}`);
  }

  /** Fills in and submits a modal; follows the app's response_action. */
  async submit(
    userId: string,
    viewId: string,
    values: Readonly<Record<string, string>>,
  ): Promise<{ errors?: Record<string, string> }> {
    const user = this.room.directory.personOrThrow(userId);
    const view = this.viewOrThrow(userId, viewId);
    const errors = clientErrors(view, values);
    if (Object.keys(errors).length > 0) return { errors };
    const answer = await this.road().send('interactive', {
      ...this.envelope(user, 'view_submission'),
      view: viewJson(view, this.room.directory, stateOf(view, values)),
      response_urls: [],
    });
    if (!answer.ok) return { errors: { [view.blocks.at(-1)?.block_id ?? '']: trouble(answer.error) } };
    return this.followUp(view, answer.body);
  }

  /** Closes a modal by its cross; the app hears of it when it asked to. */
  async closeView(userId: string, viewId: string): Promise<void> {
    const user = this.room.directory.personOrThrow(userId);
    const view = this.viewOrThrow(userId, viewId);
    this.room.views.close(userId, view.clear_on_close ? null : viewId);
    if (!view.notify_on_close) return;
    const payload = {
      ...this.envelope(user, 'view_closed'),
      view: viewJson(view, this.room.directory),
      is_cleared: false,
    };
    await this.road().send('interactive', payload);
  }

  /** Writes as a person, into the channel or a thread. */
  say(userId: string, text: string, threadTs?: string): StoredMessage {
    this.room.directory.personOrThrow(userId);
    const line = text.trim();
    if (line === '') throw new Error('there is nothing to say');
    if (line.startsWith('/')) {
      const command = line.split(/\s/)[0];
      const where = threadTs === undefined ? {} : { thread_ts: threadTs };
      return this.room.log.whisper(userId, {
        user: SLACKBOT,
        text: `${command} is not supported in threads. Sorry!`,
        ...where,
      });
    }
    return this.room.log.post({ user: userId, text: escapeText(line), thread_ts: readThread(this.room, threadTs) });
  }

  private complain(userId: string, error: string, text: string): CommandReply {
    const message = this.room.log.whisper(userId, { user: SLACKBOT, text });
    return reply(error, null, [message]);
  }

  /** Shows the body of an acknowledgement; the refusal's name when Slack would not show it. */
  private showAck(userId: string, body: string | Json | null, token: string): string | null {
    if (body === null || body === '') return null;
    try {
      answerAt(this.room, token, { user: userId, original: null }, typeof body === 'string' ? { text: body } : body);
      return null;
    } catch (error) {
      if (error instanceof ApiRefusal) return error.code;
      throw error;
    }
  }

  private viewOrThrow(userId: string, viewId: string): StoredView {
    const view = this.room.views.stack(userId).find(({ id }) => id === viewId);
    if (!view) throw new Error(`${userId} has no open view ${viewId}`);
    return view;
  }

  private followUp(view: StoredView, body: string | Json | null): { errors?: Record<string, string> } {
    const { views } = this.room;
    const json = isJson(body) ? body : {};
    switch (json.response_action) {
      case 'errors':
        return {
          errors: Object.fromEntries(
            Object.entries(isJson(json.errors) ? json.errors : {}).map(([id, text]) => [id, String(text)]),
          ),
        };
      case 'update':
      case 'push': {
        const refused = refuseView(json.view);
        if (refused) return { errors: { '': trouble(`${refused.error}: ${refused.messages.join('; ')}`) } };
        const next = isJson(json.view) ? json.view : {};
        if (json.response_action === 'push') views.open(view.user, next, true);
        else views.update(view.id, next, null);
        return {};
      }
      case 'clear':
        views.close(view.user, null);
        return {};
      default:
        views.close(view.user, view.id);
        return {};
    }
  }

  private slashPayload(user: WorkspaceUser, command: string, text: string, token: string): Json {
    const { directory, views, base } = this.room;
    return {
      token: 'sandbox-verification-token',
      team_id: directory.teamId,
      team_domain: directory.teamDomain,
      channel_id: directory.channel.id,
      channel_name: directory.channel.name,
      user_id: user.id,
      user_name: user.name,
      command,
      text: text.trim(),
      api_app_id: directory.appId,
      is_enterprise_install: 'false',
      response_url: `${base()}/commands/${directory.teamId}/${token}`,
      trigger_id: views.trigger(user.id),
    };
  }

  private messageAction(user: WorkspaceUser, ts: string, action: string, value?: string): Json {
    const { log, responseUrls, directory, base } = this.room;
    const whisper = log.ephemeral(user.id, ts);
    const message = whisper ?? log.get(ts);
    const versions = message ? [message, ...log.earlier(ts)] : [];
    const control = versions.flatMap((version) => findControl(version.blocks, action) ?? [])[0];
    if (!message || !control) throw new Error(`no control ${action} on message ${ts}`);
    const token = responseUrls.issue({ user: user.id, original: { ts, ephemeral: whisper !== undefined } });
    return {
      ...this.envelope(user, 'block_actions'),
      container: {
        type: 'message',
        message_ts: ts,
        channel_id: directory.channel.id,
        is_ephemeral: whisper !== undefined,
        ...(message.thread_ts === null ? {} : { thread_ts: message.thread_ts }),
      },
      channel: directory.channel,
      ...(whisper ? {} : { message: messageJson(this.room, message, true) }),
      state: { values: {} },
      response_url: `${base()}/actions/${directory.teamId}/${token}`,
      actions: [pressed(control, value)],
    };
  }

  private viewAction(user: WorkspaceUser, view: StoredView, action: string, value?: string): Json {
    const control = findControl(view.blocks, action);
    if (!control) throw new Error(`no control ${action} on view ${view.id}`);
    return {
      ...this.envelope(user, 'block_actions'),
      container: { type: 'view', view_id: view.id },
      view: viewJson(view, this.room.directory, stateOf(view, {})),
      actions: [pressed(control, value)],
    };
  }

  private envelope(user: WorkspaceUser, type: string): Json {
    const { directory, views } = this.room;
    return {
      type,
      user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId ?? directory.teamId },
      api_app_id: directory.appId,
      token: 'sandbox-verification-token',
      trigger_id: views.trigger(user.id),
      team: { id: directory.teamId, domain: directory.teamDomain },
      enterprise: null,
      is_enterprise_install: false,
    };
  }

  /** Collects what appears for this person because of one command. */
  private watch(userId: string, token: string) {
    const seen: StoredMessage[] = [];
    let arrived: () => void = () => undefined;
    const take = (message: StoredMessage) => {
      seen.push(message);
      arrived();
    };
    const stopLog = this.room.log.onChange((change) => {
      if (change.kind === 'ephemeral' && change.user === userId) take(change.message);
    });
    // Ephemeral answers come through the log already.
    const stopAnswers = this.room.responseUrls.onAnswer(
      token,
      (message) => message.visibleTo === null && take(message),
    );
    const first = (withinMs: number) =>
      new Promise<void>((resolve) => {
        const giveUp = setTimeout(resolve, withinMs);
        arrived = () => {
          clearTimeout(giveUp);
          resolve();
        };
      });
    const stop = () => {
      stopLog();
      stopAnswers();
    };
    return { seen, first, stop };
  }
}

/** What people type is stored with the three characters escaped that mean something in mrkdwn. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function trouble(error: string): string {
  return `We had some trouble connecting. Try again? (${error})`;
}

function reply(error: string | null, ack: string | Json | null, messages: readonly StoredMessage[]): CommandReply {
  return { error, ack, messages: [...messages], text: messages.map(readable).join('\n') };
}

function readable(message: StoredMessage): string {
  if (message.text !== '') return message.text;
  return message.blocks
    .map((block) => (isJson(block.text) ? asText(block.text.text) : asText(block.text)))
    .filter(Boolean)
    .join('\n');
}
