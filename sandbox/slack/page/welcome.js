/** The top of the channel: who the reader is here, what to type, and what to try next. */
import { h, icon } from './dom.js';
import { avatar } from './message.js';
import { store } from './store.js';

const MAY = {
  operator: 'You may start waves and steer them. Somebody else decides at their gates.',
  approver: 'You may decide at the gates of waves that others have started.',
  outsider: 'You may read along. The bot takes no orders from you.',
};

/** `type(text)` puts a command into the message box, `become(id)` changes who the reader is. */
export function welcome(type, become) {
  const { channel, users, panel } = store.state;
  const me = users.find(({ id }) => id === store.me);
  return h(
    'div',
    { class: 'welcome' },
    h(
      'div',
      { class: 'welcome-me' },
      avatar(store.me),
      h(
        'div',
        {},
        h('h2', {}, `You are ${me?.realName ?? store.me}`, h('span', { class: `role role-${me?.role}` }, me?.role)),
        h('p', {}, MAY[me?.role] ?? `This is #${channel.name}.`),
      ),
    ),
    h('ol', { class: 'welcome-steps' }, steps(me, type, become)),
    panel &&
      h(
        'p',
        { class: 'welcome-note' },
        'This workspace, its people and the world above are simulated on this machine; the bot is the real one.',
      ),
  );
}

function steps(me, type, become) {
  const { command, users, panel } = store.state;
  const start = `${command} start ${panel?.site ?? 'SITE'}`;
  const operator = users.find(({ role }) => role === 'operator');
  const approver = users.find(({ role }) => role === 'approver');
  const first =
    me?.role === 'operator' || !operator
      ? ['Type ', h('code', {}, start), ' below and press Enter. ', typeIt(start, type)]
      : ['Become ', person(operator, become), ' and type ', h('code', {}, start), '.'];
  const gate = approver && [
    'Follow the thread. When a gate opens, become ',
    person(approver, become),
    ' (under “You are”) and press ',
    h('b', {}, 'Approve'),
    '. Whoever started a wave cannot.',
  ];
  const fault = panel?.faults?.length && [
    'Open ',
    h('b', {}, 'Faults'),
    ' above, switch one on, and watch the bot hold or go back by itself.',
  ];
  return [first, gate, fault].filter(Boolean).map((step) => h('li', {}, step));
}

function typeIt(text, type) {
  return h(
    'button',
    { type: 'button', class: 'btn btn-quiet', onclick: () => type(text) },
    'Type it for me',
    icon('arrow', 14),
  );
}

function person(user, become) {
  return h('button', { type: 'button', class: 'welcome-person', onclick: () => become(user.id) }, user.realName);
}
