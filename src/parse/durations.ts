import { type Finding, shown } from './parse-fault';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Longer than any wait of a cutover, and far from what a timer cannot hold. */
const LONGEST_MS = 90 * 86_400_000;

/** `4h`, `15m`, `30s`, or a number of milliseconds. */
export function durationMs(value: unknown): number | Finding {
  const ms = typeof value === 'string' ? textMs(value) : value;
  if (typeof ms !== 'number' || !Number.isInteger(ms) || ms < 0 || ms > LONGEST_MS) {
    return { wrong: `is ${shown(value)}, not a length of time`, mend: 'Write it like 72h, 15m or 30s, at most 90d' };
  }
  return ms;
}

function textMs(text: string): number | null {
  const [, figure, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  return figure === undefined || unit === undefined ? null : Number(figure) * (UNIT_MS[unit] ?? Number.NaN);
}

/** `72h` for people; the largest unit that fits exactly. */
export function durationText(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find((each) => ms !== 0 && ms % (UNIT_MS[each] ?? 1) === 0 && each !== 'd') ?? 'ms';
  return `${ms / (UNIT_MS[unit] ?? 1)}${unit}`;
}
