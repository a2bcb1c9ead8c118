/** Puts the page together and keeps it in step with the workspace. */
import { composer } from './composer.js';
import { h, icon } from './dom.js';
import { Feed } from './feed.js';
import { avatar } from './message.js';
import { showView } from './modal.js';
import { drawRail } from './rail.js';
import { act, become, messagesIn, names, repliesTo, store } from './store.js';
import { welcome } from './welcome.js';
import { World } from './world.js';

const at = (id) => document.getElementById(id);
const view = { thread: null, openThread: null, open: (ts) => openThread(ts, true) };
const threadView = { thread: null, open: () => undefined };
const feed = new Feed(at('messages'), view);
const world = new World(at('world'));
let threadFeed = null;
let threadChosenByHand = false;
let drawnFor = null;

const HANDLERS = {
  state: () => {
    at('notice').hidden = true;
    drawFrame();
    if (drawnFor === store.me) feed.sync(false);
    else feed.reset([welcome(typeForThem, choose)]);
    drawnFor = store.me;
    HANDLERS.down();
    HANDLERS.views();
    HANDLERS.panel();
    if (view.openThread) openThread(view.openThread, false);
    else followLink() || followWave();
  },
  change: ({ kind, message }) => {
    feed.sync();
    if (message.thread_ts !== null && message.thread_ts === view.openThread) threadFeed.sync();
    else if (message.ts === view.openThread) threadFeed.sync();
    else if (kind === 'posted') followWave();
  },
  views: () =>
    showView(store.state.views.at(-1), {
      names,
      people: store.state.users,
      submit: (id, values) => act('submit', { view_id: id, values }),
      close: (id) => act('close-view', { view_id: id }),
      press: (id, action, value) =>
        act('click', { ts: id, action_id: action, ...(value === undefined ? {} : { value }) }),
    }),
  panel: () => world.draw(store.state.panel),
  down: () => notice(store.state.down ? 'Slack is down: nobody can reach it until it comes back.' : null),
  lost: () => notice('The connection to the workspace was lost. Trying again…'),
};

function notice(text) {
  at('notice').hidden = text === null;
  at('notice').replaceChildren(text ?? '');
}

/** Looks through another person's eyes. */
function choose(user) {
  document.body.classList.remove('menu-open');
  sessionStorage.setItem('me', user);
  const url = new URL(location.href);
  url.searchParams.set('as', user);
  history.replaceState(null, '', url);
  become(user, (what, data) => HANDLERS[what](data));
}

function drawFrame() {
  const { channel, users, team } = store.state;
  document.title = `#${channel.name} · ${team.name}`;
  drawRail(at('rail'), {
    choose,
    showWorld: () => world.restore(),
    toggleMenu: () => document.body.classList.toggle('menu-open'),
  });
  at('channel-head').replaceChildren(
    h(
      'div',
      { class: 'pane-title' },
      h('h1', {}, h('span', { class: 'hash' }, '#'), channel.name),
      h('p', {}, 'Site cutovers, one thread per wave'),
    ),
    h(
      'div',
      { class: 'faces', title: users.map(({ realName }) => realName).join(', ') },
      users.map(({ id }) => avatar(id, 'avatar-small')),
      h('b', {}, String(users.length + 1)),
    ),
  );
  const box = at('composer').querySelector('textarea');
  const draft = drawnFor === store.me ? box?.value : '';
  at('composer').replaceChildren(composer(null));
  if (draft) at('composer').querySelector('textarea').value = draft;
}

/** Puts a command into the message box; the reader sends it. */
function typeForThem(text) {
  const box = at('composer').querySelector('textarea');
  box.value = text;
  box.dispatchEvent(new Event('input'));
  box.focus();
}

/** Opens the newest wave's thread as soon as it has one, unless the reader has closed or chosen one. */
function followWave() {
  if (threadChosenByHand || matchMedia('(max-width: 900px)').matches) return;
  const roots = messagesIn(null).filter(({ ts }) => repliesTo(ts).length > 0);
  const newest = roots.at(-1)?.ts;
  if (newest && newest !== view.openThread) openThread(newest, false);
}

/** Follows a permalink in the address once. */
function followLink() {
  const match = /\/archives\/[^/]+\/p(\d{10})(\d{6})$/.exec(location.pathname);
  if (!match) return false;
  const ts = `${match[1]}.${match[2]}`;
  const thread = new URL(location.href).searchParams.get('thread_ts');
  history.replaceState(null, '', `/?as=${store.me}`);
  if (thread) openThread(thread, false);
  (thread ? threadFeed : feed).showMessage(ts);
  return thread !== null;
}

function openThread(ts, byHand) {
  if (!store.state.messages.some((message) => message.ts === ts)) return closeThread();
  if (byHand) threadChosenByHand = true;
  view.openThread = ts;
  threadView.thread = ts;
  const list = h('div', { class: 'messages', role: 'log', 'aria-label': 'Thread messages' });
  at('thread').hidden = false;
  document.body.classList.add('has-thread');
  at('thread').replaceChildren(
    h(
      'header',
      { class: 'pane-head' },
      h(
        'button',
        { type: 'button', class: 'icon-btn thread-back', 'aria-label': 'Back to the channel', onclick: leaveThread },
        icon('back', 20),
      ),
      h('div', { class: 'pane-title' }, h('h1', {}, 'Thread'), h('p', {}, `#${store.state.channel.name}`)),
      h(
        'button',
        { type: 'button', class: 'icon-btn', 'aria-label': 'Close the thread', onclick: leaveThread },
        icon('close', 18),
      ),
    ),
    list,
    h('div', { class: 'composer-slot' }, composer(ts)),
  );
  threadFeed = new Feed(list, threadView);
  threadFeed.reset();
  feed.sync(false);
}

function leaveThread() {
  threadChosenByHand = true;
  closeThread();
}

function closeThread() {
  view.openThread = null;
  threadFeed = null;
  at('thread').hidden = true;
  at('thread').replaceChildren();
  document.body.classList.remove('has-thread');
  feed.sync(false);
}

document.addEventListener('keydown', (event) => {
  const user =
    event.altKey && /^Digit[1-9]$/.test(event.code) ? store.state?.users[Number(event.code.slice(5)) - 1] : undefined;
  if (user) {
    event.preventDefault();
    choose(user.id);
  }
});

const asked = new URL(location.href).searchParams.get('as') ?? sessionStorage.getItem('me');
const { users } = await (await fetch('/ui/state')).json();
choose(users.some(({ id }) => id === asked) ? asked : users[0].id);
