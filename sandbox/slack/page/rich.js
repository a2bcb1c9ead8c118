/** rich_text blocks, and the subset of Markdown that a markdown block is written in. */
import { h, link } from './dom.js';
import { emoji, withEmoji } from './emoji.js';
import { formatDate } from './time.js';

/** Nodes of a rich_text block. */
export function richText(block, names) {
  return block.elements.map((element) => richElement(element, names));
}

const RICH = {
  rich_text_section: (element, names) => h('p', {}, inlines(element, names)),
  rich_text_quote: (element, names) => h('blockquote', {}, inlines(element, names)),
  rich_text_preformatted: (element, names) => h('pre', {}, h('code', {}, inlines(element, names))),
  rich_text_list: (element, names) => {
    const items = element.elements.map((item) => h('li', {}, inlines(item, names)));
    return h(
      element.style === 'ordered' ? 'ol' : 'ul',
      { class: element.indent ? `indent-${Math.min(3, element.indent)}` : null },
      items,
    );
  },
};

function richElement(element, names) {
  return RICH[element.type]?.(element, names) ?? h('p', { class: 'unsupported' }, `[${element.type}]`);
}

const INLINE = {
  text: (part) => part.text,
  link: (part) => link(part.url, part.text || part.url),
  emoji: (part) => emoji(part.name),
  user: (part, names) => h('span', { class: 'mention' }, `@${names.person(part.user_id) ?? part.user_id}`),
  channel: (part, names) => h('span', { class: 'mention' }, `#${names.channel(part.channel_id) ?? part.channel_id}`),
  usergroup: (part, names) => h('span', { class: 'mention' }, names.group(part.usergroup_id) ?? part.usergroup_id),
  broadcast: (part) => h('span', { class: 'mention mention-me' }, `@${part.range}`),
  date: (part) => formatDate(part.timestamp, part.format) ?? part.fallback ?? '',
};
const WRAP = { bold: 'strong', italic: 'em', strike: 's', code: 'code', underline: 'u' };

function inlines(element, names) {
  return element.elements.map((part) =>
    Object.entries(WRAP).reduce(
      (node, [style, tag]) => (part.style?.[style] ? h(tag, {}, node) : node),
      INLINE[part.type]?.(part, names) ?? '',
    ),
  );
}

/** Headings, lists, quotes, tables, fences; everything else is a paragraph. */
export function markdown(text) {
  const nodes = [];
  const lines = text.split('\n');
  while (lines.length > 0) {
    const line = lines.shift();
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (line.startsWith('```')) nodes.push(h('pre', {}, h('code', {}, takeUntilFence(lines).join('\n'))));
    else if (heading) nodes.push(h(`h${Math.min(6, heading[1].length + 2)}`, {}, span(heading[2])));
    else if (/^\s*[-*]\s+/.test(line)) nodes.push(listOf('ul', /^\s*[-*]\s+/, line, lines));
    else if (/^\s*\d+[.)]\s+/.test(line)) nodes.push(listOf('ol', /^\s*\d+[.)]\s+/, line, lines));
    else if (/^>\s?/.test(line)) nodes.push(h('blockquote', {}, span(line.replace(/^>\s?/, ''))));
    else if (/^\s*\|.*\|\s*$/.test(line)) nodes.push(tableOf(line, lines));
    else if (/^(-{3,}|\*{3,})$/.test(line.trim())) nodes.push(h('hr'));
    else if (line.trim() !== '') nodes.push(h('p', {}, span(line)));
  }
  return nodes;
}

function takeUntilFence(lines) {
  const end = lines.findIndex((line) => line.startsWith('```'));
  const body = lines.splice(0, end < 0 ? lines.length : end);
  lines.shift();
  return body;
}

function listOf(tag, marker, first, lines) {
  const items = [first];
  while (lines.length > 0 && marker.test(lines[0])) items.push(lines.shift());
  return h(
    tag,
    {},
    items.map((item) => h('li', {}, span(item.replace(marker, '')))),
  );
}

function tableOf(first, lines) {
  const rows = [first];
  while (lines.length > 0 && /^\s*\|.*\|\s*$/.test(lines[0])) rows.push(lines.shift());
  const cells = rows.map((row) =>
    row
      .trim()
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  const body = cells.filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)));
  return h(
    'div',
    { class: 'table-wrap' },
    h(
      'table',
      {},
      body.map((row, index) =>
        h(
          'tr',
          {},
          row.map((cell) => h(index === 0 ? 'th' : 'td', {}, span(cell))),
        ),
      ),
    ),
  );
}

const MARKS = /(`[^`]+`)|(\*\*[^*]+\*\*)|(\*[^*\s][^*]*\*|_[^_\s][^_]*_)|(~~[^~]+~~)|(\[[^\]]+\]\([^)\s]+\))/;

function span(text) {
  const match = MARKS.exec(text);
  if (!match) return text === '' ? [] : [withEmoji(text)];
  const [token] = match;
  return [...span(text.slice(0, match.index)), marked(token), ...span(text.slice(match.index + token.length))];
}

function marked(token) {
  if (token.startsWith('`')) return h('code', {}, token.slice(1, -1));
  if (token.startsWith('**')) return h('strong', {}, span(token.slice(2, -2)));
  if (token.startsWith('~~')) return h('s', {}, span(token.slice(2, -2)));
  const address = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(token);
  return address ? link(address[2], address[1]) : h('em', {}, span(token.slice(1, -1)));
}
