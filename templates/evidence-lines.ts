import type { Evidence } from '../src/core/evidence';
import { andMore } from './blocks';
import { code, escaped } from './escape';

interface Bound {
  readonly lines: number;
  readonly chars: number;
}

/**
 * "✓ what was asked → what was answered", what went wrong first. Where there is no room for all, the others are taken
 * evenly from first to last, so that no kind of question hides those that were asked after it.
 */
export function evidenceText(evidence: readonly Evidence[], wave: string, { lines, chars }: Bound): string {
  const all = [...evidence].sort((a, b) => rank(a) - rank(b)).map(line);
  const whole = all.join('\n');
  if (all.length <= lines && whole.length <= chars) return whole;
  for (let room = Math.min(lines, all.length) - 1; room > 0; room--) {
    const text = [...chosen(evidence, room).map(line), andMore(wave)(all.length - room)].join('\n');
    if (text.length <= chars) return text;
  }
  return andMore(wave)(all.length);
}

function chosen(evidence: readonly Evidence[], room: number): readonly Evidence[] {
  const wrong = evidence.filter(({ good }) => good === false).slice(0, room);
  const others = evidence.filter(({ good }) => good !== false);
  const places = Math.min(room - wrong.length, others.length);
  const last = others.length - 1;
  const evenly = Array.from({ length: places }, (_, i) =>
    others.slice(places === 1 ? last : Math.round((i * last) / (places - 1))).slice(0, 1),
  );
  return [...wrong, ...evenly.flat()];
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
