/** Block Kit as DOM nodes, one function per block type. */
import { control } from './controls.js';
import { h } from './dom.js';
import { withEmoji } from './emoji.js';
import { markdown, richText } from './rich.js';
import { image, textObject } from './text.js';

const RENDER = {
  header: (block) => h('h3', { class: 'b-header' }, textObject(block.text)),
  divider: () => h('hr', { class: 'b-divider' }),
  section: (block, place) => {
    const accessory =
      block.accessory &&
      (block.accessory.type === 'image' ? image(block.accessory, 'b-thumb') : control(block, block.accessory, place));
    const text = block.text && h('div', { class: 'b-text' }, textObject(block.text, place.names));
    const fields =
      block.fields &&
      h(
        'div',
        { class: 'b-fields' },
        block.fields.map((field) => h('div', { class: 'b-field' }, textObject(field, place.names))),
      );
    return h(
      'div',
      { class: 'b-section' },
      h('div', { class: 'b-section-main' }, text, fields),
      accessory && h('div', { class: 'b-accessory' }, accessory),
    );
  },
  context: (block, place) =>
    h(
      'div',
      { class: 'b-context' },
      block.elements.map((element) =>
        element.type === 'image' ? image(element, 'b-context-image') : h('span', {}, textObject(element, place.names)),
      ),
    ),
  actions: (block, place) =>
    h(
      'div',
      { class: 'b-actions' },
      block.elements.map((element) => control(block, element, place)),
    ),
  image: (block) =>
    h(
      'figure',
      { class: 'b-image' },
      block.title && h('figcaption', {}, textObject(block.title)),
      image(block, 'b-picture'),
    ),
  markdown: (block) => h('div', { class: 'b-rich' }, markdown(block.text)),
  rich_text: (block, place) => h('div', { class: 'b-rich' }, richText(block, place.names)),
  table: (block, place) =>
    h(
      'div',
      { class: 'table-wrap' },
      h(
        'table',
        {},
        block.rows.map((row) =>
          h(
            'tr',
            {},
            row.map((cell, index) => tableCell(cell, block.column_settings?.[index], place)),
          ),
        ),
      ),
    ),
};

/** One block; a type that this page cannot draw is named, never dropped in silence. */
export function renderBlock(block, place) {
  const node = RENDER[block.type]?.(block, place) ?? h('p', { class: 'unsupported' }, `[${block.type} block]`);
  node.classList.add('block');
  return node;
}

function tableCell(cell, settings, place) {
  const content =
    cell.type === 'rich_text' ? richText(cell, place.names) : withEmoji(String(cell.text ?? cell.value ?? ''));
  return h('td', { class: settings?.align ? `align-${settings.align}` : null }, content);
}
