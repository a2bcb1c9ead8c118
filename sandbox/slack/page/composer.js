/** The message box, with suggestions while a slash command is typed. */
import { h, icon } from './dom.js';
import { act, store } from './store.js';

/** A box for the channel (thread null) or a thread. */
export function composer(thread) {
  const history = [];
  let active = 0;
  let suggestions = [];
  const list = h('div', {
    class: 'suggestions',
    role: 'listbox',
    id: `suggestions-${thread ?? 'channel'}`,
    hidden: true,
  });
  const error = h('p', { class: 'composer-error', role: 'alert' });
  const box = h('textarea', {
    class: 'composer-box',
    rows: 1,
    'aria-label': thread === null ? `Message #${store.state.channel.name}` : 'Reply in thread',
    placeholder: thread === null ? `Message #${store.state.channel.name}, or type ${store.state.command}` : 'Reply…',
    'aria-controls': list.id,
    'aria-autocomplete': 'list',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: () => changed(),
    onkeydown: (event) => onKey(event),
    onblur: () => setTimeout(hide, 150),
    onfocus: () => changed(),
  });
  const button = h('button', { type: 'submit', class: 'send', 'aria-label': 'Send', disabled: true }, icon('send', 18));
  const form = h(
    'form',
    { class: 'composer', onsubmit: (event) => send(event) },
    list,
    box,
    h('div', { class: 'composer-foot' }, h('span', { class: 'composer-hint' }), button),
  );

  function changed() {
    box.style.height = 'auto';
    box.style.height = `${Math.min(160, box.scrollHeight)}px`;
    button.disabled = box.value.trim() === '';
    form.classList.toggle('is-command', box.value.startsWith('/'));
    suggestions = thread === null ? matching(box.value) : [];
    active = 0;
    drawSuggestions();
    form.querySelector('.composer-hint').replaceChildren(...hintFor(box.value, thread));
  }

  function drawSuggestions() {
    list.hidden = suggestions.length === 0;
    list.replaceChildren(
      ...suggestions.map((hint, index) =>
        h(
          'div',
          {
            role: 'option',
            id: `${list.id}-${index}`,
            class: 'suggestion',
            'aria-selected': String(index === active),
            onmousedown: (event) => {
              event.preventDefault();
              take(hint);
            },
          },
          h(
            'span',
            { class: 'suggestion-verb' },
            `${store.state.command} ${hint.verb}`,
            hint.args && h('i', {}, ` ${hint.args}`),
          ),
          h('span', { class: 'suggestion-about' }, hint.about),
        ),
      ),
    );
    if (suggestions.length > 0) box.setAttribute('aria-activedescendant', `${list.id}-${active}`);
    else box.removeAttribute('aria-activedescendant');
    list.children[active]?.scrollIntoView({ block: 'nearest' });
  }

  function take(hint) {
    box.value = `${store.state.command} ${hint.verb}${hint.args ? ' ' : ''}`;
    changed();
    hide();
    box.focus();
  }

  function hide() {
    suggestions = [];
    drawSuggestions();
  }

  function onKey(event) {
    if (suggestions.length > 0 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      active = (active + (event.key === 'ArrowDown' ? 1 : suggestions.length - 1)) % suggestions.length;
      drawSuggestions();
    } else if (
      suggestions.length > 0 &&
      (event.key === 'Tab' || (event.key === 'Enter' && !isComplete(suggestions[active])))
    ) {
      event.preventDefault();
      take(suggestions[active]);
    } else if (event.key === 'Escape' && suggestions.length > 0) {
      event.preventDefault();
      hide();
    } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === 'ArrowUp' && box.value === '' && history.length > 0) {
      event.preventDefault();
      box.value = history.at(-1);
      changed();
    }
  }

  const isComplete = (hint) => box.value.trim() === `${store.state.command} ${hint.verb}`;

  async function send(event) {
    event.preventDefault();
    const text = box.value.trim();
    if (text === '') return;
    history.push(text);
    box.value = '';
    changed();
    error.replaceChildren();
    try {
      if (text.startsWith('/') && thread === null) await act('command', { text });
      else await act('say', { text, ...(thread === null ? {} : { thread_ts: thread }) });
    } catch (failure) {
      if (box.value === '') box.value = text;
      changed();
      error.replaceChildren(failure.message);
    }
  }

  form.querySelector('.composer-hint').replaceChildren(...hintFor('', thread));
  return h('div', { class: 'composer-wrap' }, form, error);
}

/** The verbs that fit what was typed so far; none once a verb and a space stand there. */
function matching(text) {
  const { command, hints } = store.state;
  if (!text.startsWith('/') || text.includes('\n')) return [];
  if (command.startsWith(text.trimEnd()) && !text.includes(' ')) return hints;
  const verb = new RegExp(`^${command} +(\\S*)$`).exec(text)?.[1];
  return verb === undefined ? [] : hints.filter((hint) => hint.verb.startsWith(verb));
}

function hintFor(text, thread) {
  const { command, hints } = store.state;
  const verb = /^\S+ +(\S+)/.exec(text)?.[1];
  const hint = text.startsWith(command) ? hints.find((known) => known.verb === verb) : undefined;
  if (thread !== null && text.startsWith('/')) return ['Slash commands work in the channel, not in threads'];
  if (hint) return [h('b', {}, `${command} ${hint.verb} ${hint.args}`.trim()), ` — ${hint.about}`];
  return [
    h('kbd', {}, 'Enter'),
    ' to send as ',
    h('b', {}, store.state.users.find(({ id }) => id === store.me)?.realName ?? store.me),
  ];
}
