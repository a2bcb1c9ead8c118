import type { Finding } from './parse-fault';

/**
 * The reader's errors in our words. Its own messages are not passed on: they may quote the file, and a settings file
 * holds secrets.
 */
export const SYNTAX: Readonly<Record<string, Finding>> = {
  BAD_INDENT: { wrong: 'the indentation does not fit', mend: 'Indent it like its neighbours and close open brackets' },
  MISSING_CHAR: { wrong: 'a quote, bracket, colon, comma or space is missing', mend: 'Close or add it' },
  UNEXPECTED_TOKEN: { wrong: 'this was not expected here', mend: 'Put text with special characters in quotes' },
  MULTIPLE_DOCS: { wrong: 'a second document ("---") begins here', mend: 'Keep one document per file' },
  TAB_AS_INDENT: { wrong: 'a tab indents this line', mend: 'Indent with spaces' },
  BLOCK_AS_IMPLICIT_KEY: { wrong: 'two mappings stand on one line', mend: 'Put the second on a line of its own' },
  BLOCK_IN_FLOW: { wrong: 'an indented block stands inside brackets', mend: 'Use brackets throughout, or none' },
  BAD_SCALAR_START: { wrong: 'a text cannot begin with this character', mend: 'Put the text in quotes' },
  BAD_DQ_ESCAPE: { wrong: 'this escape does not exist', mend: 'Use single quotes, or double the backslash' },
  BAD_ALIAS: { wrong: 'an alias has a bad name', mend: 'Write the value out' },
  ALIAS_PROPS: { wrong: 'an alias carries a tag or an anchor', mend: 'Write the value out' },
  BAD_DIRECTIVE: { wrong: 'this directive is not known', mend: 'Take it out' },
  TAG_RESOLVE_FAILED: { wrong: 'a tag ("!...") stands before the value', mend: 'Write the plain value' },
  MULTIPLE_TAGS: { wrong: 'a tag ("!...") stands before the value', mend: 'Write the plain value' },
  MULTIPLE_ANCHORS: { wrong: 'the value has two anchors', mend: 'Take them out' },
  MULTILINE_IMPLICIT_KEY: { wrong: 'a key runs over several lines', mend: 'Put a colon at the end of the key' },
  KEY_OVER_1024_CHARS: { wrong: 'a key is longer than 1024 characters', mend: 'Shorten it' },
  RESOURCE_EXHAUSTION: { wrong: 'the nesting is deeper than 40 levels', mend: 'Write it flatter' },
};
