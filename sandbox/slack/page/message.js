/** One message: who, when, what, and what hangs on it. */
import { renderBlock } from './blocks.js';
import { h, icon, link } from './dom.js';
import { emoji } from './emoji.js';
import { mrkdwn } from './mrkdwn.js';
import { act, dismiss, names, repliesTo, store } from './store.js';
import { distance, fullTimeOf, timeOf } from './time.js';

/** The square with a person's initials, or the bot's mark. */
export function avatar(userId, size = '') {
  if (userId === store.state.bot.id)
    return h('span', { class: `avatar avatar-bot ${size}`, 'aria-hidden': 'true' }, icon('bolt', 18));
  const index = store.state.users.findIndex((user) => user.id === userId);
  const user = store.state.users[index];
  if (!user) return h('span', { class: `avatar avatar-slack ${size}`, 'aria-hidden': 'true' }, 'S');
  const initials =
    user.avatar ??
    user.realName
      .split(/\s+/)
      .map((word) => word[0])
      .slice(0, 2)
      .join('');
  return h('span', { class: `avatar avatar-${index % 6} ${size}`, 'aria-hidden': 'true' }, initials);
}

/**
 * A message as it stands now. `view` says whether this is the channel or a thread, and how to open one; a compact
 * message goes on from the one above it and leaves out who speaks.
 */
export function renderMessage(message, view, compact) {
  const isBot = message.user === store.state.bot.id;
  const name = names.person(message.user) ?? 'Slackbot';
  const role = store.state.users.find((user) => user.id === message.user)?.role;
  const trouble = h('p', { class: 'trouble', role: 'alert' });
  const place = {
    names,
    people: store.state.users,
    press: (action, value) =>
      act('click', { ts: message.ts, action_id: action, ...(value === undefined ? {} : { value }) }),
    trouble: (text) => trouble.replaceChildren(text ?? ''),
  };
  const time = h(
    'a',
    { class: 'time', href: linkTo(message), title: fullTimeOf(message.ts) },
    h('time', {}, timeOf(message.ts)),
  );
  return h(
    'article',
    {
      class: `message ${message.visibleTo ? 'is-ephemeral' : ''} ${compact ? 'is-compact' : ''}`,
      'data-ts': message.ts,
      'aria-label': `${name}, ${timeOf(message.ts)}`,
    },
    message.visibleTo && h('div', { class: 'only-you' }, icon('eye', 14), 'Only visible to you'),
    message.pinned && h('div', { class: 'pinned' }, icon('pin', 13), 'Pinned'),
    message.broadcast &&
      view.thread === null &&
      h('div', { class: 'pinned' }, icon('thread', 13), 'Replied to a thread'),
    compact ? time : avatar(message.user),
    h(
      'div',
      { class: 'message-main' },
      compact ||
        h(
          'div',
          { class: 'message-head' },
          h('span', { class: 'author' }, name),
          isBot || message.user === 'USLACKBOT'
            ? h('span', { class: 'app-badge' }, 'App')
            : h('span', { class: `role role-${role}` }, role),
          time,
        ),
      content(message, place),
      trouble,
      footer(message, view),
    ),
  );
}

function content(message, place) {
  const blocks =
    message.blocks.length > 0 ? message.blocks.map((block) => renderBlock(block, place)) : [plainText(message)];
  const attachments = message.attachments.map((attachment) => {
    const bar = h('div', { class: 'attachment' });
    // Colours are the app's own; anything but a colour value is ignored by the style property.
    bar.style.borderLeftColor = /^#?[0-9a-f]{6}$/i.test(attachment.color ?? '')
      ? `#${attachment.color.replace('#', '')}`
      : '';
    const inner =
      attachment.blocks?.map((block) => renderBlock(block, place)) ??
      mrkdwn(String(attachment.text ?? attachment.fallback ?? ''), place.names);
    bar.append(...inner);
    return bar;
  });
  return h('div', { class: 'block-list' }, blocks, attachments, message.files.map(fileCard));
}

function plainText(message) {
  if (message.text === '') return null;
  return h(
    'div',
    { class: 'b-text block' },
    mrkdwn(message.text, names),
    message.editedAt && h('span', { class: 'edited' }, ' (edited)'),
  );
}

function fileCard(file) {
  return h(
    'div',
    { class: 'file' },
    h('span', { class: 'file-icon' }, icon('file', 20)),
    h(
      'span',
      { class: 'file-text' },
      link(file.url, file.title),
      h('small', {}, `${file.name} · ${sizeOf(file.size)}`),
    ),
  );
}

function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function footer(message, view) {
  const nodes = [];
  if (message.reactions.length > 0) {
    nodes.push(
      h(
        'div',
        { class: 'reactions' },
        message.reactions.map(({ name, users }) =>
          h('span', { class: 'reaction', title: `:${name}:` }, emoji(name), h('b', {}, String(users.length))),
        ),
      ),
    );
  }
  if (message.visibleTo) {
    nodes.push(
      h(
        'button',
        {
          type: 'button',
          class: 'dismiss',
          onclick: (event) => {
            dismiss(message.ts);
            event.currentTarget.closest('article').remove();
          },
        },
        'Dismiss message',
      ),
    );
  }
  const replies = view.thread === null && message.thread_ts === null ? repliesTo(message.ts) : [];
  if (replies.length > 0) nodes.push(threadLink(message, replies, view));
  return nodes;
}

function threadLink(message, replies, view) {
  const authors = [...new Set(replies.map(({ user }) => user))].slice(0, 4);
  const last = replies.at(-1);
  return h(
    'button',
    {
      type: 'button',
      class: `thread-link ${view.openThread === message.ts ? 'is-open' : ''}`,
      onclick: () => view.open(message.ts),
    },
    h(
      'span',
      { class: 'thread-faces' },
      authors.map((user) => avatar(user, 'avatar-tiny')),
    ),
    h('b', {}, `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`),
    h('span', { class: 'thread-last' }, `Last reply at ${timeOf(last.ts)}, ${distance(message.ts, last.ts)} in`),
  );
}

function linkTo(message) {
  const thread = message.thread_ts ? `&thread_ts=${message.thread_ts}` : '';
  return `/archives/${message.channel}/p${message.ts.replace('.', '')}?as=${store.me}${thread}`;
}
