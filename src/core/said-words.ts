/**
 * What a message says, without what Slack may write differently when it hands the message back: letters and digits in
 * their order, without marks, emoji, links' addresses and white space. Two messages with the same words say the same.
 */
export function saidWords(message: { readonly text?: unknown; readonly blocks?: unknown }): string {
  return [message.text, ...textsOf(message.blocks)]
    .map((text) => (typeof text === 'string' ? bareWords(text) : ''))
    .filter((words) => words !== '')
    .join(' ');
}

/** Everything under `text` in reading order; ids, styles and button values are no words. */
function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    key === 'text' && typeof entry === 'string' ? [entry] : key === 'confirm' ? [] : textsOf(entry),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

const bareWords = (text: string): string =>
  text
    // Slack makes links out of names: the name is what was said.
    .replace(/<(?:https?:\/\/|mailto:|tel:)[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<(?:https?:\/\/|mailto:|tel:)([^|>]*)>/g, '$1')
    .replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/:[a-z][a-z0-9_+-]*:/g, ' ')
    .replace(/https?:\/\//g, '')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '');
