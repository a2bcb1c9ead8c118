/** A list of messages that stays where the reader is: redrawn in place, scrolled only when the reader is at its end. */
import { h, icon } from './dom.js';
import { renderMessage } from './message.js';
import { isPressed } from './press.js';
import { messagesIn, repliesTo } from './store.js';
import { dayOf } from './time.js';

const NEAR_END_PX = 48;
const COMPACT_WITHIN_SECONDS = 600;

export class Feed {
  constructor(root, view) {
    this.root = root;
    this.view = view;
    this.drawn = new Map();
    this.pill = h(
      'button',
      { type: 'button', class: 'new-pill', hidden: true, onclick: () => this.toEnd() },
      icon('chevron', 14),
      'New messages',
    );
    this.stuck = true;
    this.again = () => this.sync();
    root.addEventListener('scroll', () => {
      this.stuck = this.atEnd();
      if (this.stuck) this.pill.hidden = true;
    });
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(root);
  }

  /** Draws everything anew and goes to the end. */
  reset(lead = []) {
    this.drawn.clear();
    this.root.replaceChildren(...lead, this.pill);
    this.lead = lead.length;
    this.sync(false);
    this.toEnd();
  }

  /** Brings the list up to date; messages that changed flash once. */
  sync(flash = true) {
    if (isPressed(this.root, this.again)) return;
    const wasAtEnd = this.stuck;
    const messages = messagesIn(this.view.thread);
    const wanted = new Set(messages.map(keyOf));
    for (const [key, entry] of this.drawn) {
      if (wanted.has(key)) continue;
      entry.node.remove();
      this.drawn.delete(key);
    }
    let added = false;
    for (const [index, message] of messages.entries()) {
      added = this.draw(message, this.goesOn(message, messages[index - 1]), flash) || added;
    }
    this.drawLines(messages);
    if (wasAtEnd) this.toEnd();
    else if (added) this.pill.hidden = false;
  }

  /** Draws one message if its version is not the drawn one; true when it is new. */
  draw(message, compact, flash) {
    const key = keyOf(message);
    const stamp = JSON.stringify([
      message,
      this.view.thread === null ? repliesTo(message.ts).length : 0,
      this.view.openThread === message.ts,
      compact,
    ]);
    const old = this.drawn.get(key);
    if (old?.stamp === stamp) return false;
    const node = renderMessage(message, this.view, compact);
    this.drawn.set(key, { stamp, node, edits: message.edits });
    if (!old) {
      this.insert(node, message);
      return true;
    }
    const focused = old.node.contains(document.activeElement) ? document.activeElement.dataset.action : undefined;
    old.node.replaceWith(node);
    if (focused) node.querySelector(`[data-action="${CSS.escape(focused)}"]`)?.focus();
    if (flash && old.edits !== message.edits) node.classList.add('is-fresh');
    return false;
  }

  insert(node, message) {
    const later = [...this.root.querySelectorAll(':scope > article')].find(
      (other) => Number(other.dataset.ts) > Number(message.ts),
    );
    this.root.insertBefore(node, later ?? this.pill);
  }

  /** Whether a message goes on from the one above it: the same author within minutes, nothing that wants to stand out. */
  goesOn(message, above) {
    if (!above || above.user !== message.user || above.visibleTo !== message.visibleTo) return false;
    if (above.ts === this.view.thread || message.pinned || message.blocks[0]?.type === 'header') return false;
    const sameDay = dayOf(above.ts) === dayOf(message.ts);
    return sameDay && Number(message.ts) - Number(above.ts) < COMPACT_WITHIN_SECONDS && !message.visibleTo;
  }

  /** The lines between messages: a new day, and in a thread how many replies follow. */
  drawLines(messages) {
    for (const line of this.root.querySelectorAll(':scope > .day, :scope > .replies')) line.remove();
    let last = this.view.thread === null ? '' : dayOf(messages[0]?.ts ?? 0);
    for (const message of messages) {
      const day = dayOf(message.ts);
      const { node } = this.drawn.get(keyOf(message));
      if (day !== last) node.before(h('div', { class: 'day' }, h('span', {}, day)));
      last = day;
      if (message.ts === this.view.thread) node.after(this.replyLine());
    }
  }

  replyLine() {
    const count = repliesTo(this.view.thread).length;
    return h('div', { class: 'replies' }, `${count} ${count === 1 ? 'reply' : 'replies'}`);
  }

  atEnd() {
    return this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < NEAR_END_PX;
  }

  toEnd() {
    this.stuck = true;
    this.root.scrollTop = this.root.scrollHeight;
    this.pill.hidden = true;
  }

  /** Brings one message into view and marks it. */
  showMessage(ts) {
    const node = this.root.querySelector(`article[data-ts="${CSS.escape(ts)}"]`);
    if (!node) return;
    node.scrollIntoView({ block: 'center' });
    node.classList.add('is-fresh');
  }
}

const keyOf = (message) => `${message.ts}/${message.visibleTo ?? ''}`;
