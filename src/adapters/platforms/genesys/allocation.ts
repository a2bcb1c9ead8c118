import { z } from 'zod';
import type { Platform } from '../../../ports/platform';
import { createInTurn } from '../in-turn';
import { type GenesysApi, id } from './api';

/** A text column holds its numbers as text; the empty text is no number. */
const percent = z.union([z.number(), z.string().regex(/^\s*\d+(\.\d+)?\s*$/, 'expected a number')]);
const inRange = (value: number | string): boolean => Number(value) >= 0 && Number(value) <= 100;
const percentCell = percent.refine(inRange, 'expected 0 to 100');

const tableRow = z.looseObject({ KEY: z.string(), allocationPercent: percentCell, shadowPercent: percentCell });

type AllocationMethods = Pick<Platform, 'allocation' | 'setAllocation'>;

/**
 * The row that the inbound flow looks up on every call: GET and PUT /api/v2/flows/datatables/{id}/rows/{key}, flat JSON
 * `{KEY, allocationPercent, shadowPercent, ...}`. GET gives the key alone unless `showbrief=false`. PUT replaces the row
 * and rows have no version, so every other column is sent back as it was and the last writer wins;
 * within one process the writers of a row take turns.
 */
export function genesysAllocation(api: GenesysApi): AllocationMethods {
  const read = (table: string, row: string) => api.get(pathOf(table, row), tableRow, { showbrief: false });
  const inTurn = createInTurn();

  return {
    async allocation(table, row) {
      const { allocationPercent, shadowPercent } = await read(table, row);
      return { allocationPercent: Number(allocationPercent), shadowPercent: Number(shadowPercent) };
    },

    setAllocation(table, row, next) {
      return inTurn(pathOf(table, row), async () => {
        const current = await read(table, row);
        const merged = {
          ...current,
          allocationPercent: cell(current.allocationPercent, next.allocationPercent),
          shadowPercent: cell(current.shadowPercent, next.shadowPercent),
        };
        const same =
          merged.allocationPercent === current.allocationPercent && merged.shadowPercent === current.shadowPercent;
        if (same) return false;
        await api.request('PUT', pathOf(table, row), { body: merged });
        return true;
      });
    },
  };
}

/** The next value in the column's own type: a text column refuses a number. */
function cell(current: number | string, next: number | undefined): number | string {
  if (next === undefined || next === Number(current)) return current;
  if (!inRange(next)) throw new RangeError(`${next} is not a percentage`);
  return typeof current === 'string' ? String(next) : next;
}

function pathOf(table: string, row: string): string {
  return `/api/v2/flows/datatables/${id(table)}/rows/${id(row)}`;
}
