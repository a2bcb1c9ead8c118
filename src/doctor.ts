import { preflightTable } from '../templates/preflight-table';
import type { Product } from './compose';
import { tighten } from './core/limits';
import { countLines, countsText, type LineCounts, type PreflightLine } from './core/preflight';
import { storeReport } from './doctor-store';
import { stuckReport } from './doctor-stuck';
import { preflightLines } from './engine/preflight';
import { siteWorld } from './engine/site-world';
import { Unreadable } from './ports/library';

export interface DoctorReport {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/**
 * Looks at every system of one site, or of all, as the preflight of a wave does, and at what the bot itself is behind
 * with. `onProgress` is told of each system once it has been read. `mend` offers again what is lost on its way to a
 * worker. Not well when a line is red or a file cannot be used.
 */
export async function doctor(
  product: Product,
  asked: string | null,
  onProgress: (line: string) => void = () => undefined,
  mend = false,
): Promise<DoctorReport> {
  const { library, engine } = product.room;
  const names = asked === null ? await library.siteNames() : [asked];
  const [house, ...sites] = await Promise.all([
    houseReport(async () => {
      const open = `Open waves: ${(await engine.log.openWaves()).join(', ') || 'none'}`;
      const behind = `Threads behind: ${(await engine.log.unheardWaves()).join(', ') || 'none'}`;
      const { ok, lines } = await stuckReport(engine, product.watch.look, mend);
      const store = await storeReport(product.store.mark, product.store.vanished);
      return { ok: ok && store.ok, lines: [open, behind, ...store.lines, ...lines] };
    }),
    ...names.map((name) => siteReport(product, name, onProgress)),
  ]);
  // After the sites were read: their own calls are among those counted.
  const calls = await callsLine(product);
  const reports = [{ ...house, lines: [...house.lines, calls] }, ...sites];
  const total = sumOf(sites.map(({ counts }) => counts));
  return {
    ok: reports.every(({ ok }) => ok),
    lines: [
      ...reports.flatMap(({ lines }, i) => (i === 0 ? lines : ['', ...lines])),
      ...(sites.length > 1 ? ['', `all ${sites.length} sites: ${countsText(total)}`] : []),
    ],
  };
}

/** By our own count; what the platform allows is a line of the preflight. */
async function callsLine({ budget }: Product): Promise<string> {
  const { taken, limit, pausedUntil, shared } = await budget.figures();
  const whose = shared ? 'by all processes of this client' : 'by this process alone, because Redis does not answer';
  const pause = pausedUntil === null ? '' : `; asked for silence until ${new Date(pausedUntil).toISOString()}`;
  return `Calls to Genesys Cloud: ${taken} in the last minute, ${whose}, of ${limit} that the bot allows itself${pause}`;
}

interface Report extends DoctorReport {
  readonly counts: LineCounts;
}

const NONE: LineCounts = { red: 0, amber: 0, unknown: 0, green: 0 };

async function siteReport({ room }: Product, name: string, onProgress: (line: string) => void): Promise<Report> {
  try {
    const site = await room.library.site(name);
    const { recipe } = await room.library.recipe(site.recipe, site);
    const onSystem = (system: string): void => onProgress(`${name}: ${system} has been read`);
    const { limits } = tighten(recipe.limits);
    const lines = await preflightLines(siteWorld(room.world, site), site, limits, { onSystem });
    return { ...reportOf(lines), lines: preflightTable(name, lines) };
  } catch (cause) {
    if (!(cause instanceof Unreadable)) throw cause;
    return { ok: false, counts: { ...NONE, red: 1 }, lines: [`${name}: RED ${cause.message}`] };
  }
}

function reportOf(lines: readonly PreflightLine[]): Pick<Report, 'ok' | 'counts'> {
  const counts = countLines(lines);
  return { ok: counts.red === 0, counts };
}

/** What stands in the log; a store that does not answer is the sites' red line as well. */
async function houseReport(read: () => Promise<DoctorReport>): Promise<Report> {
  try {
    return { ...(await read()), counts: NONE };
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, counts: NONE, lines: [`Log: RED ${text}`] };
  }
}

function sumOf(counts: readonly LineCounts[]): LineCounts {
  const sum = (state: keyof LineCounts): number => counts.reduce((all, each) => all + each[state], 0);
  return { red: sum('red'), amber: sum('amber'), unknown: sum('unknown'), green: sum('green') };
}
