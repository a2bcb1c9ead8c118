/**
 * What was asked, what was answered, when: the proof behind a verdict. `at` is epoch ms. Nothing secret enters it:
 * headers and tokens stay in the adapters.
 */
export interface Evidence {
  readonly at: number;
  /** The question, as a person would put it: `dig @google _sip._tcp.sitea.example.com SRV`. */
  readonly asked: string;
  /** The answer in one line. */
  readonly answered: string;
  /** Whether the answer was the wanted one; null when it is only information. */
  readonly good: boolean | null;
}

/** At most this many pieces of evidence go into one event; the rest is counted. */
export const EVIDENCE_PER_EVENT = 24;

export function bounded(evidence: readonly Evidence[]): readonly Evidence[] {
  if (evidence.length <= EVIDENCE_PER_EVENT) return evidence;
  // What went wrong is what people need to see: it is kept before what went well, and of that evenly from first to last.
  const room = EVIDENCE_PER_EVENT - 1;
  const wrong = evidence.filter(({ good }) => good === false).slice(0, room);
  const rest = evidence.filter(({ good }) => good !== false);
  const kept = [...wrong, ...evenly(rest, room - wrong.length)];
  const at = evidence[evidence.length - 1]?.at ?? 0;
  return [
    ...kept,
    { at, asked: 'and more', answered: `${evidence.length - kept.length} further answers, not listed`, good: null },
  ];
}

function evenly(evidence: readonly Evidence[], most: number): readonly Evidence[] {
  if (evidence.length <= most) return evidence;
  return Array.from({ length: most }, (_, i) => evidence[Math.floor((i * evidence.length) / most)]).filter(
    (each) => each !== undefined,
  );
}
