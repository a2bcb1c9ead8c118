/** Modals, with their inputs and errors. */
import { renderBlock } from './blocks.js';
import { show } from './confirm.js';
import { optionList } from './controls.js';
import { h, icon } from './dom.js';
import { textObject } from './text.js';

let shown = null;

/** Shows the topmost view, or nothing; what was typed stays while the same version of the view is open. */
export function showView(view, { names, people, submit, close, press }) {
  if (shown?.hash === view?.hash) return;
  shown?.dialog.remove();
  shown = null;
  if (!view) return;
  const errors = h('p', { class: 'form-error', role: 'alert' });
  const place = {
    names,
    people,
    press: (action, value) => press(view.id, action, value),
    trouble: (text) => errors.replaceChildren(text ?? ''),
  };
  const dialog = h(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'view-title' },
    h(
      'form',
      { novalidate: true, onsubmit: (event) => onSubmit(event, view, submit, errors) },
      h(
        'header',
        { class: 'dialog-head' },
        h('h2', { id: 'view-title' }, textObject(view.title)),
        h(
          'button',
          { type: 'button', class: 'icon-btn', 'aria-label': 'Close', onclick: () => close(view.id) },
          icon('close', 20),
        ),
      ),
      h(
        'div',
        { class: 'dialog-body block-list' },
        view.blocks.map((block) => (block.type === 'input' ? input(block, place) : renderBlock(block, place))),
        errors,
      ),
      h(
        'footer',
        { class: 'dialog-foot' },
        h(
          'button',
          { type: 'button', class: 'btn', onclick: () => close(view.id) },
          view.close ? textObject(view.close) : 'Cancel',
        ),
        view.submit &&
          h(
            'button',
            { type: 'submit', class: 'btn btn-primary' },
            h('span', { class: 'btn-label' }, textObject(view.submit)),
          ),
      ),
    ),
  );
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    close(view.id);
  });
  shown = { hash: view.hash, dialog };
  show(dialog);
  dialog.querySelector('.dialog-body :is(input, textarea, select)')?.focus();
}

async function onSubmit(event, view, submit, errors) {
  event.preventDefault();
  const form = event.currentTarget;
  const button = form.querySelector('[type=submit]');
  button.disabled = true;
  button.classList.add('is-sending');
  try {
    const answer = await submit(view.id, valuesOf(form));
    tell(form, answer.errors ?? {}, errors);
  } catch (error) {
    errors.replaceChildren(error.message);
  } finally {
    button.disabled = false;
    button.classList.remove('is-sending');
  }
}

function valuesOf(form) {
  return Object.fromEntries(
    [...form.querySelectorAll('[data-block]')].map((field) => {
      const choices = [...field.querySelectorAll('input[type=radio], input[type=checkbox]')];
      const plain = field.querySelector('textarea, select, input:not([type=radio], [type=checkbox])');
      const value =
        choices.length > 0
          ? choices
              .filter((choice) => choice.checked)
              .map((choice) => choice.value)
              .join(',')
          : plain.value;
      return [field.dataset.block, value];
    }),
  );
}

function tell(form, complaints, errors) {
  const left = { ...complaints };
  for (const field of form.querySelectorAll('[data-block]')) {
    const text = left[field.dataset.block] ?? '';
    delete left[field.dataset.block];
    field.querySelector('.field-error').replaceChildren(text);
    field.classList.toggle('has-error', text !== '');
  }
  errors.replaceChildren(Object.values(left).join(' '));
  form.querySelector('.has-error :is(input, textarea, select)')?.focus();
}

const FIELDS = {
  plain_text_input: (element, id) =>
    element.multiline
      ? h('textarea', {
          id,
          class: 'input',
          rows: 4,
          placeholder: element.placeholder?.text,
          maxlength: element.max_length,
          value: element.initial_value ?? '',
        })
      : h('input', {
          id,
          class: 'input',
          type: 'text',
          autocomplete: 'off',
          placeholder: element.placeholder?.text,
          maxlength: element.max_length,
          value: element.initial_value ?? '',
        }),
  number_input: (element, id) =>
    h('input', { id, class: 'input', inputmode: 'decimal', value: element.initial_value ?? '' }),
  static_select: (element, id) =>
    h(
      'select',
      { id, class: 'select' },
      h('option', { value: '' }, element.placeholder?.text ?? 'Choose'),
      optionList(element),
    ),
  users_select: (element, id, people) =>
    h(
      'select',
      { id, class: 'select' },
      h('option', { value: '' }, element.placeholder?.text ?? 'Choose a person'),
      people.map((user) => h('option', { value: user.id, selected: element.initial_user === user.id }, user.realName)),
    ),
  datepicker: (element, id) => h('input', { id, class: 'input', type: 'date', value: element.initial_date ?? '' }),
  timepicker: (element, id) => h('input', { id, class: 'input', type: 'time', value: element.initial_time ?? '' }),
  radio_buttons: (element, id, _people, names) => choices('radio', element, id, names),
  checkboxes: (element, id, _people, names) => choices('checkbox', element, id, names),
  multi_static_select: (element, id, _people, names) => choices('checkbox', element, id, names),
};

function input(block, { names, people }) {
  const id = `input-${block.block_id}`;
  const build = FIELDS[block.element.type];
  const label = [
    textObject(block.label, names),
    block.optional ? h('span', { class: 'optional' }, '(optional)') : null,
  ];
  return h(
    'div',
    { class: 'field block', 'data-block': block.block_id },
    h('label', { for: id, class: 'field-label' }, label),
    build ? build(block.element, id, people, names) : h('span', { class: 'unsupported' }, `[${block.element.type}]`),
    block.hint && h('p', { class: 'field-hint' }, textObject(block.hint, names)),
    h('p', { class: 'field-error', role: 'alert' }),
  );
}

function choices(type, element, id, names) {
  const chosen = [element.initial_option, ...(element.initial_options ?? [])].filter(Boolean).map(({ value }) => value);
  return h(
    'div',
    { class: 'choices', role: type === 'radio' ? 'radiogroup' : 'group' },
    element.options.map((option, index) =>
      h(
        'label',
        { class: 'choice' },
        h('input', {
          id: index === 0 ? id : null,
          type,
          name: id,
          value: option.value,
          checked: chosen.includes(option.value),
        }),
        h(
          'span',
          {},
          textObject(option.text, names),
          option.description && h('small', {}, textObject(option.description, names)),
        ),
      ),
    ),
  );
}
