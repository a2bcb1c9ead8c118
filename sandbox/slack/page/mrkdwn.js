/** Slack's mrkdwn as DOM nodes. */
import { h, link } from './dom.js';
import { emoji } from './emoji.js';
import { formatDate } from './time.js';

const INLINE = /`[^`\n]+`|<[^<>\n]+>|:[a-z0-9_+'-]+:|\n|[*_~]/;
const STYLE = { '*': 'strong', _: 'em', '~': 's' };

/** Nodes for a mrkdwn text; `names` tells people, groups and channels by id. */
export function mrkdwn(text, names) {
  return text.split(/```([\s\S]*?)```/).flatMap((part, index) => {
    if (index % 2 === 1) return [h('pre', {}, h('code', {}, unescaped(part.replace(/^\n|\n$/g, ''))))];
    return quotes(part, names);
  });
}

/** Only the three entities that Slack escapes. */
export function unescaped(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** Lines that start with > are gathered into quotes. */
function quotes(text, names) {
  const nodes = [];
  let plain = [];
  let quoted = [];
  const flush = () => {
    if (plain.length > 0) nodes.push(...inline(plain.join('\n'), names));
    if (quoted.length > 0) nodes.push(h('blockquote', {}, inline(quoted.join('\n'), names)));
    plain = [];
    quoted = [];
  };
  for (const line of text.split('\n')) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (quote ? plain.length > 0 : quoted.length > 0) flush();
    if (quote) quoted.push(quote[1]);
    else plain.push(line);
  }
  flush();
  return nodes;
}

function inline(text, names) {
  const nodes = [];
  let rest = text;
  let before = '';
  while (rest !== '') {
    const match = INLINE.exec(rest);
    if (!match) {
      nodes.push(unescaped(rest));
      break;
    }
    if (match.index > 0) nodes.push(unescaped(rest.slice(0, match.index)));
    before = rest[match.index - 1] ?? before;
    const token = match[0];
    rest = rest.slice(match.index);
    const { node, length } = one(token, rest, before, names);
    nodes.push(node);
    before = rest[length - 1];
    rest = rest.slice(length);
  }
  return nodes;
}

function one(token, rest, before, names) {
  if (token === '\n') return { node: h('br'), length: 1 };
  if (token.length > 1 && token[0] === '`')
    return { node: h('code', {}, unescaped(token.slice(1, -1))), length: token.length };
  if (token.length > 1 && token[0] === '<') return { node: special(token.slice(1, -1), names), length: token.length };
  if (token.length > 1) return { node: emoji(token.slice(1, -1)), length: token.length };
  const end = closing(token, rest, before);
  if (end < 0) return { node: token, length: 1 };
  return { node: h(STYLE[token], {}, inline(rest.slice(1, end), names)), length: end + 1 };
}

/** Where a style that opens at the start of `rest` closes; styles sit on word borders and within a line. */
function closing(mark, rest, before) {
  if (/[\p{L}\p{N}]/u.test(before) || rest[1] === undefined || /\s/.test(rest[1]) || rest[1] === mark) return -1;
  const line = rest.split('\n', 1)[0];
  for (let at = line.indexOf(mark, 2); at > 0; at = line.indexOf(mark, at + 1)) {
    if (!/\s/.test(line[at - 1]) && !/[\p{L}\p{N}]/u.test(line[at + 1] ?? '')) return at;
  }
  return -1;
}

/** What stands between angle brackets: a link or a mention. */
function special(body, names) {
  const bar = body.indexOf('|');
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? '' : unescaped(body.slice(bar + 1));
  if (target.startsWith('@'))
    return mention(`@${names.person(target.slice(1)) ?? (label || target.slice(1))}`, target.slice(1) === names.me);
  if (target.startsWith('#')) return mention(`#${names.channel(target.slice(1)) ?? (label || target.slice(1))}`);
  if (target.startsWith('!subteam^'))
    return mention(names.group(target.slice(9)) ?? (label || target.slice(9)), names.inGroup(target.slice(9)));
  if (target.startsWith('!date^')) return date(target.slice(6), label);
  if (target.startsWith('!')) return mention(`@${label || target.slice(1)}`, true);
  return link(unescaped(target), label || unescaped(target));
}

function mention(text, isMe = false) {
  return h('span', { class: isMe ? 'mention mention-me' : 'mention' }, text);
}

function date(spec, fallback) {
  const [seconds, format = '{date_num} {time}', url] = spec.split('^');
  const text = formatDate(Number(seconds), unescaped(format)) ?? fallback;
  const node = h('time', { title: fallback }, text);
  return url ? link(url, node) : node;
}
