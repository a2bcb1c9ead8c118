/** Buttons and menus in messages. `place` says where they stand and carries `press(element, value)`. */
import { confirmed } from './confirm.js';
import { h, icon, safeUrl } from './dom.js';
import { withEmoji } from './emoji.js';
import { textObject } from './text.js';

const CONTROLS = {
  button: (element, press) =>
    h(
      'button',
      {
        type: 'button',
        class: `btn ${element.style ? `btn-${element.style}` : ''}`,
        'aria-label': element.accessibility_label ?? null,
        'data-action': element.action_id,
        onclick: (event) => press(event.currentTarget, undefined),
      },
      h('span', { class: 'btn-label' }, textObject(element.text)),
      element.url && icon('external', 13),
    ),
  static_select: (element, press) => menu(element, press, optionList(element)),
  users_select: (element, press, place) =>
    menu(
      element,
      press,
      place.people.map((user) => h('option', { value: user.id }, user.realName)),
    ),
  overflow: (element, press) => {
    const items = element.options.map((option) =>
      h(
        'button',
        {
          type: 'button',
          role: 'menuitem',
          class: 'overflow-item',
          onclick: (event) => press(event.currentTarget.closest('details'), option.value),
        },
        textObject(option.text),
      ),
    );
    return h(
      'details',
      { class: 'overflow' },
      h('summary', { class: 'btn', 'aria-label': 'More actions' }, icon('dots')),
      h('div', { class: 'overflow-menu', role: 'menu' }, items),
    );
  },
  radio_buttons: (element, press, place) => choices('radio', element, (node, value) => press(node, value), place),
  checkboxes: (element, press, place) => choices('checkbox', element, (node) => press(node, checkedIn(node)), place),
  datepicker: (element, press) => picker('date', element, element.initial_date, press),
  timepicker: (element, press) => picker('time', element, element.initial_time, press),
};

/** An interactive element of a message or a modal. */
export function control(block, element, place) {
  const build = CONTROLS[element.type];
  if (!build) return h('span', { class: 'unsupported' }, `[${element.type}]`);
  return build(element, (node, value) => pressed(node, value, block, element, place), place);
}

/** Options, in their groups when there are any. */
export function optionList(element) {
  const option = (entry) =>
    h(
      'option',
      { value: entry.value, selected: element.initial_option?.value === entry.value },
      withEmoji(entry.text.text),
    );
  if (element.options) return element.options.map(option);
  return element.option_groups.map((group) => h('optgroup', { label: group.label.text }, group.options.map(option)));
}

/** Confirms, sends, and keeps everything around the control still while the app has not answered. */
async function pressed(node, value, block, element, place) {
  if (element.url) open(safeUrl(element.url) ?? 'about:blank', '_blank', 'noopener,noreferrer');
  if (element.confirm && !(await confirmed(element.confirm, place.names))) return;
  const around = [...(node.closest('.block-list') ?? node.parentElement).querySelectorAll('button, select, input')];
  const still = around.filter((other) => !other.disabled);
  node.classList.add('is-sending');
  node.setAttribute('aria-busy', 'true');
  for (const other of still) other.disabled = true;
  try {
    await place.press(element.action_id, value, block);
    place.trouble?.(null);
  } catch (error) {
    place.trouble?.(`That did not work. ${error.message}`);
  } finally {
    node.classList.remove('is-sending');
    node.removeAttribute('aria-busy');
    for (const other of still) other.disabled = false;
    // A disabled control loses the focus; people who came by keyboard go on from where they were.
    if (document.activeElement === document.body) node.focus();
    if (node.isConnected && node.matches('details')) node.removeAttribute('open');
  }
}

function menu(element, press, options) {
  const hint = element.placeholder?.text ?? 'Choose';
  const blank = h('option', { value: '', disabled: true, selected: !element.initial_option }, hint);
  return h(
    'select',
    {
      class: 'select',
      'aria-label': hint,
      'data-action': element.action_id,
      onchange: (event) => press(event.currentTarget, event.currentTarget.value),
    },
    blank,
    options,
  );
}

function picker(type, element, initial, press) {
  return h('input', {
    type,
    class: 'input',
    value: initial ?? '',
    'data-action': element.action_id,
    onchange: (event) => press(event.currentTarget, event.currentTarget.value),
  });
}

function choices(type, element, press, place) {
  const chosen = [element.initial_option, ...(element.initial_options ?? [])].filter(Boolean).map(({ value }) => value);
  const name = `${element.action_id}-${Math.random()}`;
  return h(
    'div',
    { class: 'choices' },
    element.options.map((option) =>
      h(
        'label',
        { class: 'choice' },
        h('input', {
          type,
          name,
          value: option.value,
          checked: chosen.includes(option.value),
          onchange: (event) => press(event.currentTarget, option.value),
        }),
        h(
          'span',
          {},
          textObject(option.text, place.names),
          option.description && h('small', {}, textObject(option.description, place.names)),
        ),
      ),
    ),
  );
}

function checkedIn(node) {
  return [...node.closest('.choices').querySelectorAll(':checked')].map((input) => input.value).join(',');
}
