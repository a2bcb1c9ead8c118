import type { Evidence } from '../src/core/evidence';
import { andMore, boundedLines } from './blocks';
import { code, escaped } from './escape';

/** "✓ what was asked → what was answered", what went wrong first. */
export function evidenceLines(evidence: readonly Evidence[]): readonly string[] {
  return [...evidence].sort((a, b) => rank(a) - rank(b)).map(line);
}

export function evidenceText(
  evidence: readonly Evidence[],
  site: string,
  bound: { readonly lines: number; readonly chars: number },
): string {
  return boundedLines(evidenceLines(evidence), { ...bound, more: andMore(site) });
}

/** "5 of 5 answers as wanted" */
export function tally(evidence: readonly Evidence[]): string {
  const judged = evidence.filter(({ good }) => good !== null);
  const good = judged.filter((piece) => piece.good).length;
  return judged.length === 0 ? '' : `${good} of ${judged.length} answers as wanted`;
}

const rank = ({ good }: Evidence): number => (good === false ? 0 : good === true ? 1 : 2);
const MARK = ['✗', '✓', '·'] as const;

/** Only what is wrong stands out. */
function line(piece: Evidence): string {
  const answered = piece.answered.trim() === '' ? 'no answer' : piece.answered;
  const shown = piece.good === false ? code(answered, 180) : escaped(answered, 180);
  return `${MARK[rank(piece)] ?? '·'} ${escaped(piece.asked, 160)} → ${shown}`;
}
