import { z } from 'zod';
import { Fault } from '../../../ports/fault';
import type { Allocation, Platform } from '../../../ports/platform';
import type { InTurn } from '../in-turn';
import { type CxoneApi, notThere } from './api';
import { SYSTEM } from './fitted';

const answer = z.looseObject({ files: z.looseObject({ file: z.base64() }) });
const PERCENT = /^\d{1,3}(\.\d+)?$/;

type AllocationMethods = Pick<Platform, 'allocation' | 'setAllocation'>;

/**
 * The text file that the inbound Studio script reads: GET /files?fileName=, POST /files `{fileName, file, overwrite}`, both
 * base64. One line a site, `name,allocationPercent,shadowPercent`; lines that begin with # and all other lines are sent
 * back as they were, byte for byte. Files have no version: within one process writers take turns, and a file is written
 * for one site at a time (the wave's lock). The script reads it out of a cache, so calls follow some seconds later.
 */
export function cxoneAllocation(api: CxoneApi, inTurn: InTurn): AllocationMethods {
  async function read(fileName: string): Promise<string> {
    const found = await api.get('/files', answer, { fileName }).catch((error: unknown) => {
      throw error instanceof Fault && error.status === 404 ? notThere('file', fileName) : error;
    });
    if (!found) throw notThere('file', fileName);
    return Buffer.from(found.files.file, 'base64').toString('utf8');
  }

  return {
    async allocation(fileName, row) {
      return lineOf(await read(fileName), fileName, row).shares;
    },

    setAllocation(fileName, row, next) {
      return inTurn(`file ${fileName}`, async () => {
        const text = await read(fileName);
        const { shares, index, lines, end } = lineOf(text, fileName, row);
        const wanted = { ...shares, ...inRange(next) };
        if (wanted.allocationPercent === shares.allocationPercent && wanted.shadowPercent === shares.shadowPercent)
          return false;
        const line = [row, wanted.allocationPercent, wanted.shadowPercent].join(',');
        const changed = lines.map((each, i) => (i === index ? line : each)).join(end);
        const file = Buffer.from(changed, 'utf8').toString('base64');
        // It sets a state: sent twice is sent once.
        await api.request('POST', '/files', { body: { fileName, file, overwrite: true }, idempotent: true });
        return true;
      });
    },
  };
}

interface Line {
  readonly shares: Allocation;
  readonly index: number;
  readonly lines: readonly string[];
  readonly end: string;
}

function lineOf(text: string, fileName: string, row: string): Line {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(end);
  const found = lines.flatMap((line, index) => (cellsOf(line)[0] === row ? [index] : []));
  const [index] = found;
  if (index === undefined) throw unreadable(`knows no line ${row} in the file ${fileName}`);
  if (found.length > 1) throw unreadable(`has the line ${row} twice in the file ${fileName}`);
  const [, calls = '', shadow = '', ...more] = cellsOf(lines[index] ?? '');
  if (more.length > 0 || !isPercent(calls) || !isPercent(shadow))
    throw unreadable(`has a line ${row} in the file ${fileName} that is not "name,allocationPercent,shadowPercent"`);
  return { shares: { allocationPercent: Number(calls), shadowPercent: Number(shadow) }, index, lines, end };
}

function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\ufeff/, '')
    .split(',')
    .map((cell) => cell.trim());
}

function isPercent(cell: string): boolean {
  return PERCENT.test(cell) && Number(cell) <= 100;
}

function inRange(next: Partial<Allocation>): Partial<Allocation> {
  for (const share of Object.values(next)) {
    if (share !== undefined && !(share >= 0 && share <= 100)) throw new RangeError(`${share} is not a percentage`);
  }
  return Object.fromEntries(Object.entries(next).filter(([, share]) => share !== undefined));
}

function unreadable(what: string): Fault {
  return new Fault(`${SYSTEM} ${what}.`, { system: SYSTEM, transient: false });
}
