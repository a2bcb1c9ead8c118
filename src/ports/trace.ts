/** What is known of a piece of work. Names, numbers and kinds only: nothing that somebody wrote, and no secret. */
export interface SpanFacts {
  readonly wave?: string;
  readonly step?: string;
  readonly attempt?: number;
  readonly visit?: number;
  /** Type of a command. */
  readonly command?: string;
  /** Types of events. */
  readonly events?: string;
  /** The other side's name as people know it. */
  readonly system?: string;
  readonly status?: number | 'ok' | null;
  /** How somebody asked. */
  readonly gesture?: string;
}

/** Where a piece of work of another process, or of long ago, stands: a W3C `traceparent`. */
export type Carried = string;

export const CARRIED = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Follows work from a click to its effect. It decides nothing and never throws of itself: what `work` returns or throws is
 * returned or thrown. Facts are those of everything done within as well.
 */
export interface Trace {
  /** `work` as a part of what is under way here, or of what was `carried` hither; null begins a trace of its own. */
  span<Value>(name: string, facts: SpanFacts, work: () => Promise<Value>, carried?: Carried | null): Promise<Value>;
  /** Something that has just ended and took so long, real ms. */
  note(name: string, facts: SpanFacts, ms: number): void;
  /** What is under way here also belongs to this. */
  link(to: Carried): void;
  /** What is under way here, for whoever goes on with it; null when nothing is followed. */
  carried(): Carried | null;
}
