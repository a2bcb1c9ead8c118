import { Lexer } from 'yaml';
import type { Finding } from './parse-fault';

/** Nesting that an honest file never reaches. */
export const DEEPEST = 40;
/** Honest files have a few thousand; reading a file of this many takes half a second. */
const MOST_TOKENS = 100_000;
/** Every level of a block stands a column further right, so this bounds their number. */
const RIGHTMOST = 160;
/** In brackets one colon stands between two commas; each further one is a level of its own. */
const MOST_COLONS = 4;
/** Marks of the lexer that stand for no text: document, flow end, scalar. */
const MARKS: readonly string[] = ['\u0002', '\u0018', '\u001f'];

export const tooDeep: Finding = { wrong: `the nesting is deeper than ${DEEPEST} levels`, mend: 'Write it flatter' };

/**
 * Bombs show in the tokens, before anything is built of them. The reader's own guard comes too late: it goes down until the
 * stack is full, and a regular expression that is first compiled there ends the whole process (V8, "RegExpCompiler").
 */
export function bombFinding(text: string): Finding | null {
  let [tokens, brackets, colons, column] = [0, 0, 0, 0];
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > MOST_TOKENS)
      return { wrong: `the file has more than ${MOST_TOKENS} parts`, mend: 'Hand in a smaller file' };
    if (MARKS.includes(token)) continue;
    if (token === '[' || token === '{') brackets += 1;
    if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1);
    if (token === ':') colons += 1;
    if (token === ',' || '[]{}'.includes(token)) colons = 0;
    const opensBlock = token === '-' || token === '?' || token === ':';
    if (brackets > DEEPEST || (brackets > 0 && colons > MOST_COLONS)) return tooDeep;
    if (brackets === 0 && opensBlock && column > RIGHTMOST) return tooDeep;
    const lineEnd = token.lastIndexOf('\n');
    column = lineEnd < 0 ? column + token.length : token.length - lineEnd - 1;
  }
  return null;
}
