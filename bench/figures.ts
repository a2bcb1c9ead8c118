/** What a bench hands back: lines of the final table, and the arithmetic of repeated measurements. */
export interface Line {
  readonly what: string;
  /** In words, like "at most 1.5 x the floor"; null where the figure is told and nothing is asked of it. */
  readonly target: string | null;
  readonly figure: string;
  /** Null without a target. */
  readonly met: boolean | null;
}

/** How long a bench may take: all of it, or enough to see that it runs. */
export interface Length {
  readonly quick: boolean;
  /** Rounds of which the median is told. */
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** The value below which this share of the values lies, by nearest rank; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
export const kB = (bytes: number): string => `${(bytes / 1000).toFixed(2)} kB`;
