/** The strip about the simulated world: its clock, its figures, and the faults that can be switched on. */
import { h, icon, link } from './dom.js';
import { isPressed } from './press.js';
import { act } from './store.js';
import { worldTime } from './time.js';

/** As many as fit beside the clock and the tools at 1280 px. */
const SHOWN_FACTS = 7;

export class World {
  constructor(root) {
    this.root = root;
    this.dismissed = sessionStorage.getItem('world') === 'off';
    /** 'figures', 'faults' or null. */
    this.open = null;
    this.busy = new Set();
    this.again = () => this.draw(this.panel);
  }

  /** Shows the strip again after it was dismissed. */
  restore() {
    this.setDismissed(false);
  }

  /** Draws the panel's JSON; nothing when there is none. */
  draw(panel) {
    this.panel = panel;
    const nothing = !panel || Object.keys(panel).length === 0;
    this.root.hidden = nothing || this.dismissed;
    this.root.classList.toggle('is-open', this.open !== null);
    if (this.root.hidden) return;
    const stamp = JSON.stringify([panel, this.open, [...this.busy]]);
    if (stamp === this.stamp || isPressed(this.root, this.again)) return;
    this.stamp = stamp;
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    const on = (panel.faults ?? []).filter((fault) => fault.on).length;
    const facts = panel.facts ?? [];
    const more = facts.length - SHOWN_FACTS;
    this.root.replaceChildren(
      h(
        'div',
        { class: 'world-clock' },
        h('span', { class: 'world-label' }, panel.site ? `World · ${panel.site}` : 'World'),
        h(
          'span',
          { class: 'world-time', title: panel.clock ? `${panel.clock} UTC` : null },
          worldTime(panel.clock),
          panel.speed ? h('small', {}, `×${panel.speed}`) : null,
        ),
      ),
      h('dl', { class: 'world-facts' }, facts.slice(0, SHOWN_FACTS).map(fact)),
      h(
        'div',
        { class: 'world-tools' },
        more > 0 && this.opener('figures', `+${more}`, `${more} more figures`),
        (panel.faults?.length || panel.links?.length) &&
          this.opener('faults', ['Faults', on > 0 && h('span', { class: 'world-on' }, `${on} on`)]),
        h(
          'button',
          {
            type: 'button',
            class: 'icon-btn',
            'data-key': 'close',
            'aria-label': 'Hide the world strip',
            onclick: () => this.setDismissed(true),
          },
          icon('close', 16),
        ),
      ),
      this.open === 'figures' ? h('dl', { class: 'world-drawer world-facts' }, facts.slice(SHOWN_FACTS).map(fact)) : '',
      this.open === 'faults' ? this.drawer(panel) : '',
    );
    if (focused) this.root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  opener(what, label, name = null) {
    const isOpen = this.open === what;
    return h(
      'button',
      {
        type: 'button',
        class: `btn btn-quiet ${isOpen ? 'is-open' : ''}`,
        'data-key': what,
        'aria-label': name,
        'aria-expanded': String(isOpen),
        onclick: () => {
          this.open = isOpen ? null : what;
          this.draw(this.panel);
        },
      },
      label,
      name === null && icon('chevron', 14),
    );
  }

  setDismissed(dismissed) {
    this.dismissed = dismissed;
    sessionStorage.setItem('world', dismissed ? 'off' : 'on');
    this.draw(this.panel);
  }

  drawer(panel) {
    return h(
      'div',
      { class: 'world-drawer' },
      h('p', { class: 'world-about' }, 'Switch a fault on and watch what the bot does about it.'),
      h(
        'div',
        { class: 'world-faults' },
        (panel.faults ?? []).map((fault) => this.switch(fault)),
      ),
      panel.links?.length
        ? h(
            'p',
            { class: 'world-links' },
            panel.links.map((entry) => link(entry.url, entry.label)),
          )
        : null,
      h('p', { class: 'form-error', role: 'alert' }, this.error ?? ''),
    );
  }

  switch(fault) {
    return h(
      'button',
      {
        type: 'button',
        role: 'switch',
        class: 'switch',
        'data-key': `fault-${fault.name}`,
        'aria-checked': String(fault.on),
        disabled: this.busy.has(fault.name),
        title: fault.about ?? null,
        onclick: () => this.flip(fault),
      },
      h('span', { class: 'switch-track' }),
      h('span', { class: 'switch-text' }, h('b', {}, fault.name), h('small', {}, fault.label)),
    );
  }

  async flip(fault) {
    this.busy.add(fault.name);
    this.error = '';
    this.draw(this.panel);
    try {
      await act('panel', { action: 'fault', body: { name: fault.name, on: !fault.on } });
    } catch (error) {
      this.error = error.message;
    }
    this.busy.delete(fault.name);
    this.draw(this.panel);
  }
}

function fact({ label, value, tone }) {
  return h(
    'div',
    { class: `fact tone-${/^[a-z]+$/.test(tone ?? '') ? tone : 'plain'}` },
    h('dt', {}, label),
    h('dd', {}, String(value)),
  );
}
