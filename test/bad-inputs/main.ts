/**
 * `npm run bad-inputs -- --count N --seed S`: bad inputs over every entrance of the product, and what came of them.
 * `--only NAME` feeds one entrance, `--batch N` one batch of it: that is how a finding is repeated. Ends with 1 when an
 * entrance did not do what it should, or was fed less than its share.
 */
import '../support/loopback-only';
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type EntranceName, SHARES } from './entrance';
import type { Order, Report } from './feed';
import { feedAll, PARTS } from './parts';
import { tableOf } from './table';

const OPTIONS = {
  count: { type: 'string', default: '100000' },
  seed: { type: 'string', default: '1' },
  only: { type: 'string' },
  batch: { type: 'string' },
  part: { type: 'string' },
} as const;
const { values } = parseArgs({ options: OPTIONS, allowPositionals: false });
const [count, seed] = [Number(values.count), Number(values.seed)];
/** So few are fed sooner than four products are started: one stands for all entrances. */
const FEW = 1_000;
const names = Object.keys(SHARES) as readonly EntranceName[];

function ordersFor(part: readonly EntranceName[]): ReadonlyMap<EntranceName, Order> {
  const batch = values.batch === undefined ? null : Number(values.batch);
  const wanted = part.filter((name) => values.only === undefined || name === values.only);
  return new Map(wanted.map((name) => [name, { count: shareOf(name), seed, batch }]));
}

const shareOf = (name: EntranceName): number =>
  values.only === undefined ? Math.ceil((count * SHARES[name]) / 1000) : count;

/** A process of its own for each part; it tells what it has fed as it goes. */
function feedPart(part: number, told: (report: Report) => void): Promise<void> {
  const child = fork(__filename, [...process.argv.slice(2), '--part', String(part)], { execArgv: process.execArgv });
  child.on('message', (report) => told(report as Report));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`part ${part} ended with ${signal ?? code}`));
    });
  });
}

async function main(): Promise<void> {
  if (values.part !== undefined) {
    const part = PARTS[Number(values.part)] ?? [];
    await feedAll(ordersFor(part), (report) => process.send?.(report));
    return;
  }
  if (values.only !== undefined && !names.some((name) => name === values.only))
    throw new Error(`--only takes one of: ${names.join(', ')}`);
  const began = performance.now();
  const reports = new Map<string, Report>();
  const parts = PARTS.flatMap((part, n) => (ordersFor(part).size > 0 ? [n] : []));
  const told = (report: Report): void => {
    reports.set(report.name, report);
    process.stderr.write(`${report.name}: ${report.refused} refused in ${report.seconds.toFixed(0)} s\n`);
  };
  const ended = await Promise.allSettled(
    count <= FEW ? [feedAll(ordersFor(names), told)] : parts.map((part) => feedPart(part, told)),
  );
  const fallen = ended.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
  const all = names.flatMap((name) => reports.get(name) ?? []);
  process.stdout.write(`${tableOf(all, { seed, seconds: (performance.now() - began) / 1000 })}\n`);
  for (const line of fallen) process.stdout.write(`${line}\n`);
  const asked = parts.flatMap((part) => [...ordersFor(PARTS[part] ?? [])]);
  const short =
    values.batch === undefined && asked.some(([name, order]) => (reports.get(name)?.refused ?? 0) < order.count);
  process.exitCode = fallen.length > 0 || short || all.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

main().then(
  () => process.exit(),
  (cause: unknown) => {
    console.error(cause);
    process.exit(1);
  },
);
