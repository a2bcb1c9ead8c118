/** Messages as text for a terminal: signs as characters, marks stripped, dates as ISO. */
import type { BareBlock, Block } from './blocks';
import { EMOJI } from './emoji';

export function plainText(message: { readonly text: string; readonly blocks: readonly object[] }): string {
  const parts = (message.blocks as readonly Block[]).flatMap(blockText);
  return parts.length === 0 ? inlineText(message.text) : parts.join('\n');
}

/** mrkdwn as one plain text. */
export function inlineText(mrkdwn: string): string {
  return mrkdwn
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((part, i) => (i % 2 === 1 ? part.replace(/^(?:```\n?|`)|(?:\n?```|`)$/g, '') : unstyled(part)))
    .join('')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll('\u00a0', ' ');
}

function blockText(block: BareBlock): readonly string[] {
  switch (block.type) {
    case 'header':
      return [`== ${inlineText(block.text.text)} ==`];
    case 'section':
      return [...(block.text ? [block.text] : []), ...(block.fields ?? [])].map(({ text }, i) =>
        block.fields && (block.text ? i > 0 : true) ? inlineText(text).replace('\n', ': ') : inlineText(text),
      );
    case 'context':
      return block.elements.map(({ text }) => indented(inlineText(text)));
    case 'actions':
      return [block.elements.map(({ text }) => `[${inlineText(text.text)}]`).join(' ')];
    case 'divider':
      return ['--'];
    default:
      return [];
  }
}

const indented = (text: string): string => text.replace(/^/gm, '  ');

function unstyled(text: string): string {
  return text
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<!subteam\^(\w+)(?:\|([^>]*))?>/g, (_, id: string, label?: string) => `@${label ?? id}`)
    .replace(/<[@#](\w+)(?:\|([^>]*))?>/g, (_, id: string, label?: string) => `@${label ?? id}`)
    .replace(/<!(\w+)>/g, '@$1')
    .replace(/<([^|>]+)\|([^>]*)>/g, '$2 ($1)')
    .replace(/<([^>]+)>/g, '$1')
    .replace(/:([a-z0-9_]+):/g, (whole, name: string) => (name in EMOJI ? EMOJI[name as keyof typeof EMOJI] : whole))
    .replace(/(^|[\s(])([*_~])(?=\S)(.*?\S)\2(?=$|[\s).,:;!?])/gm, '$1$3');
}
