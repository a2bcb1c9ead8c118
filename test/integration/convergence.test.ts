/** Predicted against actual convergence on real servers, and how often "propagated" came too early: never. */
import { type DnsLab, startDnsLab } from '../lab/lab';
import { type Arrival, type ChangeReport, recordsOf, runChange, ZONE } from './convergence.loopback';

const TTLS = [3, 4, 5, 6, 8];
const FLOOR = 9;
const STALE_TTL = 2;
const CACHES = 3;
const FOLLOWS_AFTER_MS = 4_000;
/** Clocks of whole seconds on both sides, and a machine that others use too. */
const GENEROUS_MS = 5_000;

const changes = Array.from({ length: 24 }, (_, i) => ({
  name: `_sip._tcp.change${i + 1}.${ZONE}`,
  ttl: TTLS[i % TTLS.length] ?? 5,
  busy: i % 4 !== 3,
}));

describe('convergence of real caches', () => {
  let lab: DnsLab;
  const reports: ChangeReport[] = [];

  beforeAll(async () => {
    const options = { floorSeconds: FLOOR, staleTtl: STALE_TTL, poolCaches: CACHES };
    lab = await startDnsLab({ zone: ZONE, records: recordsOf(changes), ...options });
    reports.push(...(await Promise.all(changes.slice(0, 12).map((change) => runChange(lab, change)))));
    await lab.secondary.lag();
    const late = Promise.all(changes.slice(12).map((change) => runChange(lab, change)));
    await new Promise((resolve) => setTimeout(resolve, FOLLOWS_AFTER_MS));
    await lab.secondary.catchUp();
    reports.push(...(await late));
    process.stdout.write(`${table(reports)}\n`);
  });
  afterAll(() => lab?.stop());

  test('is found for every change', () => {
    expect(reports).toHaveLength(24);
    expect(reports.map(({ last }) => last.kind)).toEqual(reports.map(() => 'passed'));
  });

  test('is never declared while any cache or name server still gives the old answer', () => {
    expect(reports.flatMap(({ name, tooEarly }) => tooEarly.map((who) => `${name}: ${who}`))).toEqual([]);
  });

  test('comes about when it was forecast, and not past the bound', () => {
    const arrivals = reports.flatMap((report) => report.arrivals);
    const late = arrivals.filter(
      (one) => one.arrivedAt !== null && one.arrivedAt > one.onceAuthoritative.latestAt + GENEROUS_MS,
    );
    expect(late).toEqual([]);
    const all = arrivals.flatMap(errorOnceAuthoritative);
    expect(median(all.map(Math.abs))).toBeLessThan(GENEROUS_MS);
  });
});

const errorOnceAuthoritative = ({ arrivedAt, onceAuthoritative }: Arrival): readonly number[] =>
  arrivedAt === null ? [] : [arrivedAt - onceAuthoritative.expectedAt];
const errorBefore = ({ arrivedAt, beforeChange }: Arrival): readonly number[] =>
  arrivedAt === null ? [] : [arrivedAt - beforeChange.expectedAt];
const overBound = ({ arrivedAt, onceAuthoritative }: Arrival): readonly number[] =>
  arrivedAt === null ? [] : [arrivedAt - onceAuthoritative.latestAt];

function table(all: readonly ChangeReport[]): string {
  const rows = (['honest', 'floor', 'stale', 'pool'] as const).map((kind) => {
    const own = all.flatMap(({ arrivals }) => arrivals.filter((one) => one.kind === kind));
    return [
      kind.padEnd(7),
      figures(own.flatMap(errorBefore)),
      figures(own.flatMap(errorOnceAuthoritative)),
      `over the bound ${own.flatMap(overBound).filter((ms) => ms > 0).length} of ${own.flatMap(overBound).length}`,
    ].join(' | ');
  });
  const early = all.filter(({ tooEarly }) => tooEarly.length > 0).length;
  const waits = all.map(
    ({ verdictAt, arrivals }) => verdictAt - Math.max(...arrivals.map((one) => one.arrivedAt ?? 0)),
  );
  return [
    `${all.length} changes; propagated too early: ${early}; flips ${sum(all.map(({ flips }) => flips))}; looks that named somebody late ${sum(all.map(({ late }) => late))}; looks per change ${median(all.map(({ looks }) => looks))}`,
    'actual less predicted, s: | before the change: median, worst | once the name servers were new: median, worst |',
    ...rows,
    `verdict after the last cache was seen new: ${figures(waits.filter((ms) => ms < 1e6))}`,
  ].join('\n');
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const seconds = (ms: number): string => (ms / 1000).toFixed(2);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Of the errors' sizes, and the worst with its sign. */
function figures(errors: readonly number[]): string {
  const worst = [...errors].sort((a, b) => Math.abs(b) - Math.abs(a))[0] ?? 0;
  return `${seconds(median(errors.map(Math.abs)))}, ${seconds(worst)} (n ${errors.length})`;
}
