/** What was fed and what came of it, as a table for people; below it every finding with how to repeat it. */
import type { Report } from './feed';

const HEAD = ['entrance', 'bad inputs', 'refused', 'kinds of refusal', 'left valid', 'slowest ms', 'seconds', 'faults'];

export function tableOf(
  reports: readonly Report[],
  { seed, seconds }: { readonly seed: number; readonly seconds: number },
): string {
  const sum = (of: (report: Report) => number): number => reports.reduce((all, report) => all + of(report), 0);
  const rows = reports.map((report) => [
    report.name,
    report.inputs,
    report.refused,
    report.kinds,
    report.stillValid,
    Math.round(report.slowestMs),
    report.seconds.toFixed(0),
    report.findings.length,
  ]);
  const total = [
    'all',
    sum(({ inputs }) => inputs),
    sum(({ refused }) => refused),
    sum(({ kinds }) => kinds),
    sum(({ stillValid }) => stillValid),
    Math.round(Math.max(0, ...reports.map(({ slowestMs }) => slowestMs))),
    seconds.toFixed(0),
    sum(({ findings }) => findings.length),
  ];
  const cells = [HEAD, ...rows, total].map((row) => row.map(String));
  const widths = HEAD.map((_head, n) => Math.max(...cells.map((row) => row[n]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  ');
  const findings = reports.flatMap((report) =>
    report.findings.map(
      ({ batch, wrong, input }) =>
        `\nFAULT at ${report.name}: ${wrong}\n  input: ${input.slice(0, 4000)}\n  repeat: npm run bad-inputs -- --seed ${seed} --only '${report.name}'${batch < 0 ? '' : ` --batch ${batch}`}`,
    ),
  );
  return [...cells.map(line), `seed ${seed}`, ...findings].join('\n');
}
