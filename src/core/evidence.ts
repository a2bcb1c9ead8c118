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
  // What went wrong is what people need to see: it is kept before what went well.
  const ordered = [...evidence].sort((a, b) => Number(a.good ?? true) - Number(b.good ?? true));
  const kept = ordered.slice(0, EVIDENCE_PER_EVENT - 1);
  const at = evidence[evidence.length - 1]?.at ?? 0;
  return [
    ...kept,
    { at, asked: 'and more', answered: `${evidence.length - kept.length} further answers, not listed`, good: null },
  ];
}
