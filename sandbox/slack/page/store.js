/** What the page knows, kept up to date by the server's stream of events; and what people do, sent back. */

export const store = { me: null, state: null, connected: false };

let source = null;

/** Sees the workspace through one person's eyes from now on; `on` hears of every event. */
export function become(user, on) {
  source?.close();
  store.me = user;
  source = new EventSource(`/ui/events?as=${encodeURIComponent(user)}`);
  source.addEventListener('state', (event) => {
    store.state = JSON.parse(event.data);
    store.connected = true;
    on('state');
  });
  source.addEventListener('change', (event) => {
    const change = JSON.parse(event.data);
    apply(change);
    on('change', change);
  });
  source.addEventListener('views', (event) => {
    store.state.views = JSON.parse(event.data);
    on('views');
  });
  source.addEventListener('panel', (event) => {
    store.state.panel = JSON.parse(event.data);
    on('panel');
  });
  source.addEventListener('down', (event) => {
    store.state.down = JSON.parse(event.data);
    on('down');
  });
  source.onerror = () => {
    store.connected = false;
    on('lost');
  };
}

function apply({ kind, message }) {
  const list = message.visibleTo === null ? store.state.messages : store.state.ephemerals;
  const index = list.findIndex(({ ts }) => ts === message.ts);
  if (kind === 'deleted') {
    if (index >= 0) list.splice(index, 1);
  } else if (index >= 0) list[index] = message;
  else list.push(message);
}

/** Everything in one place (null: the channel, a ts: that thread), oldest first, ephemerals in between. */
export function messagesIn(threadTs) {
  const { messages, ephemerals } = store.state;
  const here = ({ ts, thread_ts, broadcast }) =>
    threadTs === null ? thread_ts === null || broadcast : thread_ts === threadTs || ts === threadTs;
  return [...messages, ...ephemerals].filter(here).sort((a, b) => Number(a.ts) - Number(b.ts));
}

/** The replies to a root, for its footer. */
export function repliesTo(rootTs) {
  return store.state.messages.filter(({ thread_ts }) => thread_ts === rootTs);
}

/** Removes an ephemeral from this page only, as Slack's "Dismiss message" does. */
export function dismiss(ts) {
  store.state.ephemerals = store.state.ephemerals.filter((message) => message.ts !== ts);
}

/** How ids read, from where this person stands. */
export const names = {
  get me() {
    return store.me;
  },
  person: (id) => {
    if (id === store.state.bot.id) return store.state.bot.name;
    return store.state.users.find((user) => user.id === id)?.realName;
  },
  channel: (id) => (id === store.state.channel.id ? store.state.channel.name : undefined),
  group: (id) => {
    const group = store.state.groups.find((known) => known.id === id);
    return group && `@${group.handle}`;
  },
  inGroup: (id) => store.state.groups.some((known) => known.id === id && known.users.includes(store.me)),
};

/** Does something as the person whose page this is; throws the server's sentence when it is refused. */
export async function act(what, body) {
  const response = await fetch(`/ui/${what}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ as: store.me, ...body }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}
