import { z } from 'zod';
import { matchCrm } from '../../core/crm-match';
import { counted, duration } from '../../core/wording';
import { Fault } from '../../ports/fault';
import type { AnsweredCalls, Crm, CrmSync } from '../../ports/legacy';
import { createSalesforceApi, type SalesforceApiOptions } from './salesforce-api';
import { SYSTEM } from './salesforce-login';
import { soqlName, soqlText } from './soql';

export interface SalesforceCrmOptions extends SalesforceApiOptions {
  /** The object whose rows calls become: its name, the field with the platform's id of the call, the field with the time. */
  readonly rows: { readonly object: string; readonly callField: string; readonly timeField: string };
  /** From which moment of a call the delay of its row counts. */
  readonly delayFrom: 'answered' | 'ended';
  /** The object with the sites' routing entries; null where rows are found by their call's id alone. */
  readonly sites: { readonly object: string; readonly entryField: string; readonly platformField: string } | null;
}

/** Ids in one query: 100 of 36 characters stay far below what a URL may hold. */
const CHUNK = 100;
const time = z
  .string()
  .transform((text) => Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')))
  .refine((at) => !Number.isNaN(at), 'is no time');

/** Salesforce by SOQL: rows of calls against the platform's answered calls, and the site's routing entry. Reads only. */
export function createSalesforceCrm(options: SalesforceCrmOptions): Crm {
  const api = createSalesforceApi(options);
  const { rows, sites, delayFrom } = options;
  const [object, callField, timeField] = [rows.object, rows.callField, rows.timeField].map(soqlName) as [
    string,
    string,
    string,
  ];
  const shape = z.looseObject({ [callField]: z.string(), [timeField]: time });

  async function rowsOf(ids: readonly string[]) {
    const found: { readonly id: string; readonly createdAt: number }[] = [];
    for (let at = 0; at < ids.length; at += CHUNK) {
      const list = ids
        .slice(at, at + CHUNK)
        .map(soqlText)
        .join(', ');
      const soql = `SELECT ${callField}, ${timeField} FROM ${object} WHERE ${callField} IN (${list})`;
      for (const row of await api.query(soql, shape))
        found.push({ id: key(row[callField] as string), createdAt: row[timeField] as number });
    }
    return found;
  }

  return {
    async entry(entry) {
      // Without an object of its own nothing routes by site: rows of both platforms are found by the call's id.
      if (sites === null) return { entry, platform: 'both' };
      const [from, name, platform] = [sites.object, sites.entryField, sites.platformField].map(soqlName);
      const soql = `SELECT ${name}, ${platform} FROM ${from} WHERE ${name} = ${soqlText(entry)} LIMIT 2`;
      const found = await api.query(
        soql,
        z.looseObject({ [name as string]: z.string(), [platform as string]: z.string() }),
      );
      const [only] = found;
      if (only && found.length === 1)
        return { entry: String(only[name as string]), platform: String(only[platform as string]).toLowerCase() };
      const what = found.length === 0 ? 'no row' : 'more than one row';
      const message = `${SYSTEM} has ${what} of ${from} for ${entry}: it has to be exactly one.`;
      throw new Fault(message, { system: SYSTEM, transient: false, status: found.length === 0 ? 404 : null });
    },

    async sync(_entry, _interval, answered) {
      return compared(await measured(answered, delayFrom), rowsOf);
    },
  };
}

/** The vendor compares text without regard to case. */
const key = (id: string): string => id.toLowerCase();

interface Measured {
  readonly calls: readonly { readonly id: string; readonly at: number }[];
  /** Calls whose moment is not there yet. */
  readonly open: number;
}

async function measured(answered: AnsweredCalls, from: 'answered' | 'ended'): Promise<Measured> {
  const all = (await answered()) ?? [];
  const calls = all.flatMap(({ id, answeredAt, endedAt }) => {
    const at = from === 'answered' ? answeredAt : endedAt;
    return at === null ? [] : [{ id: key(id), at }];
  });
  return { calls, open: all.length - calls.length };
}

async function compared(
  { calls, open }: Measured,
  rowsOf: (ids: readonly string[]) => Promise<readonly { readonly id: string; readonly createdAt: number }[]>,
): Promise<CrmSync> {
  const ids = [...new Set(calls.map(({ id }) => id))];
  const found = matchCrm(calls, ids.length === 0 ? [] : await rowsOf(ids));
  const { synced, p95LatencyMs, extraRows, early } = found;
  const told = [
    ...(open > 0 ? [`${counted(open, 'call')} that go on are left out`] : []),
    ...(extraRows > 0 ? [`${counted(extraRows, 'row')} more than one for a call: the integration writes twice`] : []),
    ...(early.rows > 0
      ? [
          `${counted(early.rows, 'row')} older than their call, by up to ${duration(early.mostMs)}: the clocks differ, and their delay counts as none`,
        ]
      : []),
  ];
  return { calls: found.calls, synced, p95LatencyMs, ...(told.length > 0 ? { told } : {}) };
}
