import { EMOJI } from './emoji';

/**
 * Text of people, files and vendors, made harmless for mrkdwn: one line that shows what was written and can neither
 * mention, link nor format anything, nor wear our own signs. Cut to `max` characters before escaping.
 */
export function escaped(text: string, max = 400): string {
  return entities(
    cut(oneLine(text), max)
      .replaceAll('`', "'")
      .replaceAll('*', '∗')
      .replaceAll('~', '∼')
      .replace(/@(?=(?:channel|here|everyone|group)\b)/gi, '＠')
      .replace(OUR_SIGNS, '∶$1∶'),
  );
}

/** The same as inline code: names of records, values, ids. Never empty, so that the backticks stay a pair. */
export function code(text: string, max = 200): string {
  const inner = cut(oneLine(text), max).replaceAll('`', "'").trim();
  return `\`${entities(inner === '' ? '(empty)' : inner)}\``;
}

/** A text to be copied as it is, with its lines, as a code block. */
export function preformatted(text: string, max = 2400): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => oneLine(line).trimEnd());
  return `\`\`\`\n${entities(cut(lines.join('\n').replaceAll('`', "'"), max))}\n\`\`\``;
}

/**
 * A sentence of our own that may quote others: mentions of people and inline code stay, everything else is escaped as usual.
 */
export function sentence(text: string, max = 1500): string {
  return text
    .slice(0, max)
    .split(/(`[^`\n]{1,120}`|<@[UW][A-Z0-9]{2,20}>|<!subteam\^S[A-Z0-9]{2,20}>)/)
    .map((part, i) => (i % 2 === 0 ? escaped(part, max) : part.startsWith('`') ? code(part.slice(1, -1)) : part))
    .join('');
}

/** The words of a fault, in which a vendor may be quoted, for a sentence of ours: nobody is mentioned by them, and nothing is code. */
export const foreign = (text: string): string => text.replaceAll('`', "'").replace(/<(?=[@!#])/g, '‹');

/** Nothing invisible, no line breaks: white space and controls become a space, format characters and half surrogates go. */
export function oneLine(text: string): string {
  return text
    .replace(/\p{Cf}|\p{Cs}|\u034F|[\uFE00-\uFE0F]|[\u115F\u1160\u3164\uFFA0]/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ');
}

/** At most `max` UTF-16 units, with an ellipsis when something was cut, never through a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, Math.max(0, max - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

const OUR_SIGNS = new RegExp(`:(${Object.keys(EMOJI).join('|')}):`, 'gi');

/** The three characters that mean something to Slack wherever they stand. */
export const entities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
