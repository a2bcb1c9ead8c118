/** C0 and C1 but tab and line ends; DEL; marks that turn or hide text (U+202A..202E, U+2066..2069, U+FEFF). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/;

/** Where the first character stands that may not be in any text of ours, or -1. */
export function controlCharacterAt(text: string): number {
  return text.search(FORBIDDEN);
}

/** `U+0007` */
export function codePointName(text: string, at: number): string {
  return `U+${(text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The text without control characters, in one line, single spaces, trimmed. */
export function oneLine(text: string): string {
  return text.replace(new RegExp(FORBIDDEN, 'g'), '').replace(/\s+/g, ' ').trim();
}
