/** The few Block Kit shapes that we use. All of them are old enough for every client of Slack. */
import { cut, entities, escaped } from './escape';

export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: true;
}

/** `verbatim`: Slack makes no links or mentions out of plain words. */
export interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

export interface Confirm {
  readonly title: PlainText;
  readonly text: PlainText;
  readonly confirm: PlainText;
  readonly deny: PlainText;
  readonly style: 'primary' | 'danger';
}

export interface Button {
  readonly type: 'button';
  readonly action_id: string;
  readonly text: PlainText;
  readonly value: string;
  readonly style?: 'primary' | 'danger';
  readonly confirm?: Confirm;
}

export interface HeaderBlock {
  readonly type: 'header';
  readonly text: PlainText;
}
export interface SectionBlock {
  readonly type: 'section';
  readonly text?: Mrkdwn;
  readonly fields?: readonly Mrkdwn[];
}
export interface ContextBlock {
  readonly type: 'context';
  readonly elements: readonly Mrkdwn[];
}
export interface DividerBlock {
  readonly type: 'divider';
}
export interface ActionsBlock {
  readonly type: 'actions';
  readonly elements: readonly Button[];
}

export type BareBlock = HeaderBlock | SectionBlock | ContextBlock | DividerBlock | ActionsBlock;
export type Block = BareBlock & { readonly block_id: string };

/** A message as `src/ports/thread.ts` takes it. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly refused?: true;
}

export const MAX_BLOCKS = 50;
/** Slack's own limit is not documented; about 13,000 characters are refused. */
export const MAX_MESSAGE = 10_000;
export const MAX_SECTION = 3000;
const MAX_CONTEXT = 2000;
/** What the buttons and the closing line may take when the rest is shortened. */
const RESERVE = 600;

export const plain = (text: string, max: number): PlainText => ({
  type: 'plain_text',
  text: cut(text, max),
  emoji: true,
});
export const mrkdwn = (text: string, max = MAX_SECTION): Mrkdwn => ({
  type: 'mrkdwn',
  text: cutMrkdwn(text, max),
  verbatim: true,
});

export const header = (text: string): HeaderBlock => ({ type: 'header', text: plain(text, 150) });
export const section = (...lines: readonly string[]): SectionBlock => ({
  type: 'section',
  text: mrkdwn(lines.join('\n')),
});
export const fields = (texts: readonly string[]): SectionBlock => ({
  type: 'section',
  fields: texts.slice(0, 10).map((text) => mrkdwn(text, 1900)),
});
export const context = (...texts: readonly string[]): ContextBlock => ({
  type: 'context',
  elements: texts.slice(0, 10).map((text) => mrkdwn(text, MAX_CONTEXT)),
});
export const divider: DividerBlock = { type: 'divider' };
export const actions = (...elements: readonly Button[]): ActionsBlock => ({ type: 'actions', elements });

export function button(
  id: string,
  label: string,
  value: string,
  style: 'primary' | 'danger' | null = null,
  confirm: Confirm | null = null,
): Button {
  return {
    type: 'button',
    action_id: id,
    text: plain(label, 75),
    value,
    ...(style ? { style } : {}),
    ...(confirm ? { confirm } : {}),
  };
}

export function confirmation(title: string, text: string, yes: string, style: Confirm['style']): Confirm {
  return {
    title: plain(title, 100),
    text: plain(text, 300),
    confirm: plain(yes, 30),
    deny: plain('Not now', 30),
    style,
  };
}

/**
 * Blocks as one message that Slack takes: ids unique in it and new with every `prefix`, never too many, never too long.
 * Templates bound their own parts; this is the net below them, and it keeps the buttons.
 */
export function message(prefix: string, text: string, blocks: readonly BareBlock[], more: string): Message {
  return {
    // Slack reads marks in here too: what was plain text has to be so again.
    text: cutMrkdwn(entities(cut(text, 300)), 300),
    blocks: fitted(blocks, more).map((block, i) => ({ ...block, block_id: `${prefix}.${i}` })),
  };
}

function fitted(blocks: readonly BareBlock[], more: string): readonly BareBlock[] {
  const buttons = blocks.filter((block) => block.type === 'actions');
  const others = blocks.filter((block) => block.type !== 'actions');
  if (blocks.length <= MAX_BLOCKS && lengthOf(blocks) <= MAX_MESSAGE) return blocks;
  const room = MAX_MESSAGE - RESERVE - lengthOf(buttons);
  const kept: BareBlock[] = [];
  for (const block of others) {
    if (kept.length >= MAX_BLOCKS - buttons.length - 1 || lengthOf([...kept, block]) > room) break;
    kept.push(block);
  }
  return [...kept, context(`… shortened. ${more}`), ...buttons];
}

/** Characters that people see; what Slack counts. */
export function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + lengthOf(entry), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, entry]) => sum + (key === 'text' && typeof entry === 'string' ? entry.length : lengthOf(entry)),
    0,
  );
}

/** Cuts mrkdwn without leaving half a mention, half an entity or an open code span. */
export function cutMrkdwn(text: string, max: number): string {
  if (text === '') return ' ';
  if (text.length <= max) return text;
  const fence = text.includes('```') ? 5 : 2;
  let kept = cut(text, max - fence).slice(0, -1);
  const open = kept.lastIndexOf('<');
  if (open > kept.lastIndexOf('>')) kept = kept.slice(0, open);
  kept = kept.replace(/&[a-z]{0,3}$/, '');
  const fences = kept.split('```').length - 1;
  if (fences % 2 === 1) return `${kept.replace(/`{1,2}$/, '')}…\n\`\`\``;
  const ticks = kept.replaceAll('```', '').split('`').length - 1;
  return ticks % 2 === 1 ? `${kept}…\`` : `${kept}…`;
}

/** Lines that fit, and a last one that counts the rest. */
export function boundedLines(
  lines: readonly string[],
  bound: { readonly chars: number; readonly lines: number; readonly more: (left: number) => string },
): string {
  const all = lines.join('\n');
  if (lines.length <= bound.lines && all.length <= bound.chars) return all;
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    const tail = bound.more(lines.length - kept.length).length + 1;
    if (kept.length >= bound.lines - 1 || length + line.length + 1 + tail > bound.chars) break;
    kept.push(line);
    length += line.length + 1;
  }
  return [...kept, bound.more(lines.length - kept.length)].join('\n');
}

/** A long text of lines in as many sections as it needs. */
export function sectionsOf(text: string): readonly SectionBlock[] {
  const parts: string[] = [];
  for (const line of text.split('\n')) {
    const last = parts.at(-1);
    if (last === undefined || last.length + line.length >= MAX_SECTION) parts.push(line);
    else parts[parts.length - 1] = `${last}\n${line}`;
  }
  return parts.map((part) => section(part));
}

/** The command that shows everything: each event with its evidence and what it captured. */
export const exportCall = (wave: string): string => `\`npx cutover audit export ${escaped(wave, 80)}\``;

/** "and 12 more (all of it: `npx cutover audit export site-a-wave-1`)" */
export const andMore =
  (wave: string) =>
  (left: number): string =>
    `… and ${left} more (all of it: ${exportCall(wave)})`;
