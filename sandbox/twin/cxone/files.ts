/**
 * Files of the business unit: `GET` and `POST /files`, base64. The Studio script of every site reads its line of the
 * allocation file for each call, out of a cache that follows the file some seconds later.
 */
import { z } from 'zod';
import { type ApiReply, type ApiRequest, Refused, type Routes } from '../http';
import { MOST_PERCENT } from '../model/calls';
import type { AllocationRow, SiteWorld, World } from '../model/world';
import { bodyOf, unknown } from './refusals';
import { ACD } from './versions';

const CACHE_SECONDS = { from: 3, to: 12 };
const HEAD = 'site,allocationPercent,shadowPercent';

const postBody = z.strictObject({ fileName: z.string().min(1), file: z.base64(), overwrite: z.boolean().optional() });

export function fileRoutes(world: World): Routes {
  const files = new Map<string, string>();
  for (const [name, rows] of world.tables) files.set(name, textOf([...rows.values()]));
  const peaks = new Map<string, number>();
  return {
    [`GET ${ACD}/files`]: (request) => {
      const fileName = request.query.get('fileName') ?? '';
      const text = files.get(fileName);
      if (text === undefined) throw unknown('File', fileName);
      return { status: 200, body: { files: { file: Buffer.from(text, 'utf8').toString('base64'), fileName } } };
    },
    [`POST ${ACD}/files`]: (request) => {
      const { fileName, file, overwrite } = bodyOf(postBody, request);
      if (files.has(fileName) && overwrite !== true) throw new Refused(409, `File ${fileName} exists`);
      const text = Buffer.from(file, 'base64').toString('utf8');
      const reply = follow(world, peaks, fileName, text, request);
      files.set(fileName, text);
      return reply;
    },
  };
}

function textOf(rows: readonly AllocationRow[]): string {
  const lines = rows.map((row) => [row.KEY, row.allocationPercent, row.shadowPercent].join(','));
  return `# Read by the inbound scripts on every call; changed by the cutover bot.\r\n${[HEAD, ...lines].join('\r\n')}\r\n`;
}

/** What the file says becomes what is written, at once, and what the scripts do, later. */
function follow(
  world: World,
  peaks: Map<string, number>,
  fileName: string,
  text: string,
  request: ApiRequest,
): ApiReply {
  const written = world.tables.get(fileName);
  if (!written) return { status: 200, body: {} };
  const said = linesOf(text);
  for (const row of written.values()) {
    const next = said.get(row.KEY);
    const peak = Math.max(peaks.get(row.KEY) ?? 0, row.allocationPercent);
    peaks.set(row.KEY, peak);
    if (next && world.faults.has('undo-fails') && peak > MOST_PERCENT && next.allocationPercent < peak)
      throw new Refused(500, 'The file service could not store the file');
  }
  let changed = false;
  for (const row of written.values()) {
    const before = { ...row };
    const next = said.get(row.KEY);
    // A line that is gone or cannot be read: the scripts send the calls to legacy.
    Object.assign(row, next ?? { allocationPercent: 0, shadowPercent: 0 });
    const same = before.allocationPercent === row.allocationPercent && before.shadowPercent === row.shadowPercent;
    if (same) continue;
    changed = true;
    note(world, request, row.KEY, before, { ...row });
    readLater(world, row);
  }
  if (!changed) note(world, request, fileName, {}, {});
  return { status: 200, body: {} };
}

function note(world: World, request: ApiRequest, what: string, before: object, after: object): void {
  const { method, path } = request;
  const entry = { system: 'cxone' as const, method, path, resource: `allocation ${what}` };
  world.ledger.write({ ...entry, before: { ...before }, after: { ...after } });
}

function readLater(world: World, row: AllocationRow): void {
  const sites = world.sites.filter((site: SiteWorld) => site.allocation.KEY === row.KEY);
  world.agenda.after(world.random.between(CACHE_SECONDS.from, CACHE_SECONDS.to) * 1000, () => {
    for (const site of sites) Object.assign(site.allocation, row);
  });
}

function linesOf(text: string): ReadonlyMap<string, Omit<AllocationRow, 'KEY'>> {
  const lines = new Map<string, Omit<AllocationRow, 'KEY'>>();
  for (const line of text.split(/\r?\n/)) {
    const [site = '', calls = '', shadow = ''] = line.split(',').map((cell) => cell.trim());
    const [allocationPercent, shadowPercent] = [Number(calls), Number(shadow)];
    if (line.startsWith('#') || calls === '' || Number.isNaN(allocationPercent) || Number.isNaN(shadowPercent))
      continue;
    lines.set(site, { allocationPercent, shadowPercent });
  }
  return lines;
}
