/** The left rail: the workspace, its channel, and the person whose eyes the page looks through. */
import { h, icon } from './dom.js';
import { avatar } from './message.js';
import { store } from './store.js';

const ROLE = { operator: 'Operator', approver: 'Approver', outsider: 'Outsider' };

/** Draws the rail. `choose(userId)` becomes somebody else. */
export function drawRail(root, { choose, showWorld, toggleMenu }) {
  const { team, channel, bot, users } = store.state;
  const me = users.find(({ id }) => id === store.me);
  root.replaceChildren(
    h(
      'div',
      { class: 'rail-head' },
      h(
        'button',
        { type: 'button', class: 'icon-btn rail-menu', 'aria-label': 'Menu', onclick: toggleMenu },
        icon('menu', 20),
      ),
      h('span', { class: 'team-mark', 'aria-hidden': 'true' }, team.name[0]),
      h('span', { class: 'team-name' }, team.name),
      h(
        'button',
        { type: 'button', class: 'rail-me', 'aria-label': `You are ${me?.realName}. Change`, onclick: toggleMenu },
        avatar(store.me, 'avatar-small'),
        h('span', {}, me?.realName.split(' ')[0]),
      ),
    ),
    h(
      'div',
      { class: 'rail-body' },
      h('p', { class: 'rail-title' }, 'Channels'),
      h(
        'div',
        { class: 'rail-item is-active', 'aria-current': 'page' },
        h('span', { class: 'hash' }, '#'),
        channel.name,
      ),
      h('p', { class: 'rail-title' }, 'Apps'),
      h(
        'div',
        { class: 'rail-item' },
        avatar(bot.id, 'avatar-small'),
        bot.name,
        h('span', { class: 'presence', title: 'active' }),
      ),
      store.state.panel &&
        h(
          'button',
          { type: 'button', class: 'rail-item rail-button', onclick: showWorld },
          h('span', { class: 'hash' }, '◔'),
          'World',
        ),
      h(
        'div',
        { class: 'rail-people' },
        h('p', { class: 'rail-title', id: 'you-are' }, 'You are'),
        h(
          'div',
          { role: 'radiogroup', 'aria-labelledby': 'you-are', onkeydown: moveFocus },
          users.map((user, index) => person(user, index, choose)),
        ),
      ),
    ),
  );
}

function person(user, index, choose) {
  const isMe = user.id === store.me;
  return h(
    'button',
    {
      type: 'button',
      role: 'radio',
      'aria-checked': String(isMe),
      class: `person ${isMe ? 'is-me' : ''}`,
      'data-user': user.id,
      title: `${user.realName}, ${user.role} (Alt+${index + 1})`,
      onclick: () => choose(user.id),
    },
    avatar(user.id, 'avatar-small'),
    h('span', { class: 'person-name' }, user.realName),
    h('span', { class: `role role-${user.role}` }, ROLE[user.role] ?? user.role),
  );
}

/** Arrow keys walk through the people; Space or Enter becomes the one in focus. */
function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const people = [...event.currentTarget.children];
  const at = people.indexOf(document.activeElement);
  people[(at + step + people.length) % people.length].focus();
}
