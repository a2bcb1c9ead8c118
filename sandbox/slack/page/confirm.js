/** The confirmation that a button may ask for. */
import { h } from './dom.js';
import { textObject } from './text.js';

/** Asks; true when the person goes ahead. Escape and a click beside it mean no. */
export function confirmed(confirm, names) {
  return new Promise((resolve) => {
    const dialog = h(
      'dialog',
      { class: 'dialog dialog-small', 'aria-labelledby': 'confirm-title' },
      h(
        'form',
        { method: 'dialog' },
        h('header', { class: 'dialog-head' }, h('h2', { id: 'confirm-title' }, textObject(confirm.title))),
        h('div', { class: 'dialog-body' }, h('p', {}, textObject(confirm.text, names))),
        h(
          'footer',
          { class: 'dialog-foot' },
          h('button', { class: 'btn', value: 'no' }, textObject(confirm.deny)),
          h(
            'button',
            { class: `btn btn-${confirm.style ?? 'primary'}`, value: 'yes', autofocus: true },
            textObject(confirm.confirm),
          ),
        ),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    closeBeside(dialog, () => dialog.close('no'));
    show(dialog);
  });
}

/** Shows a dialog above everything; the browser keeps the focus inside. */
export function show(dialog) {
  document.getElementById('dialogs').append(dialog);
  dialog.showModal();
}

function closeBeside(dialog, close) {
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) close();
  });
}
