/** Everything else of the Web API: identity, people, groups, views, pins, reactions, files, Socket Mode's address. */
import { refuseView } from './block-rules';
import { isTrue, needChannel, needMessage, readThread } from './chat-methods';
import { ApiRefusal, type Room } from './room';
import { viewJson } from './views';
import type { Methods } from './web-api';
import { asText, isJson, type Json, type StoredFile, type StoredView } from './wire';

export const workspaceMethods: Methods = {
  'api.test': (_room, args) => ({ ok: true, args }),

  'auth.test': ({ directory, base }) => ({
    ok: true,
    url: `${base()}/`,
    team: directory.teamName,
    team_id: directory.teamId,
    user: directory.botName.toLowerCase(),
    user_id: directory.botUserId,
    bot_id: directory.botId,
    is_enterprise_install: false,
  }),

  'team.info': ({ directory }) => ({
    ok: true,
    team: { id: directory.teamId, name: directory.teamName, domain: directory.teamDomain },
  }),

  'users.info': ({ directory }, args) => {
    const user = directory.userJson(asText(args.user));
    if (!user) throw new ApiRefusal('user_not_found');
    return { ok: true, user };
  },

  'users.list': ({ directory }) => ({
    ok: true,
    members: directory.usersJson(),
    response_metadata: { next_cursor: '' },
  }),

  'usergroups.list': ({ directory }, args) => ({
    ok: true,
    usergroups: directory.groups.map((group) => directory.groupJson(group, isTrue(args.include_users))),
  }),

  'usergroups.users.list': ({ directory }, args) => {
    const group = directory.groups.find(({ id }) => id === args.usergroup);
    if (!group) throw new ApiRefusal('no_such_subteam');
    return { ok: true, users: group.users };
  },

  'views.open': (room, args) => openView(room, args, false),
  'views.push': (room, args) => openView(room, args, true),

  'views.update': (room, args) => {
    const view = needView(args.view);
    const found = room.views.find(args.view_id ?? args.external_id);
    if (!found) throw new ApiRefusal('not_found');
    return viewAnswer(room, room.views.update(found.id, view, typeof args.hash === 'string' ? args.hash : null));
  },

  'pins.add': (room, args) => {
    needChannel(room, args);
    const message = needMessage(room, args.timestamp, 'message_not_found');
    if (message.pinned) throw new ApiRefusal('already_pinned');
    room.log.mark(message.ts, { pinned: true });
    return { ok: true };
  },

  'pins.remove': (room, args) => {
    needChannel(room, args);
    const message = needMessage(room, args.timestamp, 'message_not_found');
    if (!message.pinned) throw new ApiRefusal('no_pin');
    room.log.mark(message.ts, { pinned: false });
    return { ok: true };
  },

  'reactions.add': (room, args) => {
    needChannel(room, args);
    const message = needMessage(room, args.timestamp, 'message_not_found');
    const name = asText(args.name);
    if (!/^[a-z0-9_+'-]{1,100}$/.test(name)) throw new ApiRefusal('invalid_name');
    const { botUserId } = room.directory;
    const reaction = message.reactions.find((known) => known.name === name);
    if (reaction?.users.includes(botUserId)) throw new ApiRefusal('already_reacted');
    const others = message.reactions.filter((known) => known !== reaction);
    room.log.mark(message.ts, { reactions: [...others, { name, users: [...(reaction?.users ?? []), botUserId] }] });
    return { ok: true };
  },

  'files.getUploadURLExternal': (room, args) => {
    const upload = room.files.begin(asText(args.filename), Number(args.length));
    if (!upload) throw new ApiRefusal('invalid_arguments');
    return { ok: true, upload_url: upload.uploadUrl, file_id: upload.fileId };
  },

  'files.completeUploadExternal': (room, args) => {
    const asked = Array.isArray(args.files) ? args.files.filter(isJson) : [];
    if (asked.length === 0) throw new ApiRefusal('invalid_arguments');
    const files = asked.map((file) => {
      const shared = room.files.share(asText(file.id), asText(file.title));
      if (!shared) throw new ApiRefusal('file_not_found');
      return shared;
    });
    if (args.channel_id !== undefined) postFiles(room, args, files);
    return { ok: true, files: files.map(({ id, title }) => ({ id, title })) };
  },

  'apps.connections.open': (room) => ({ ok: true, url: room.sockets.newAddress(room.base()) }),
};

function openView(room: Room, args: Json, push: boolean): Json {
  const view = needView(args.view);
  const redeemed = room.views.redeem(args.trigger_id);
  if ('error' in redeemed) throw new ApiRefusal(redeemed.error);
  return viewAnswer(room, room.views.open(redeemed.user, view, push));
}

function needView(view: unknown): Json {
  const refused = refuseView(view);
  if (refused) throw new ApiRefusal(refused.error, refused.messages);
  return isJson(view) ? view : {};
}

function viewAnswer(room: Room, result: StoredView | { error: string }): Json {
  if ('error' in result) throw new ApiRefusal(result.error);
  return { ok: true, view: viewJson(result, room.directory) };
}

function postFiles(room: Room, args: Json, files: readonly StoredFile[]): void {
  needChannel(room, { channel: args.channel_id });
  room.log.post({
    user: room.directory.botUserId,
    text: asText(args.initial_comment),
    files,
    thread_ts: readThread(room, args.thread_ts),
  });
}
