/** What the world remembers: every write that it accepted, and every call that was lost and why. */
import { appendFileSync } from 'node:fs';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface LedgerWrite {
  readonly n: number;
  /** Sandbox time, ISO 8601. */
  readonly at: string;
  readonly system: WriteSystem;
  readonly method: string;
  readonly path: string;
  /** What was written, e.g. `trunk-base 5f3a…b1`. */
  readonly resource: string;
  readonly before: Json;
  readonly after: Json;
  /** False when the write set what was there already. */
  readonly effect: boolean;
}

export type WriteSystem =
  | 'genesys'
  | 'cxone'
  | 'powerdns'
  | 'dns-rest'
  | 'twilio'
  | 'legacy'
  | 'crm'
  | 'guide'
  | 'by-hand';

/** Why a call was lost; the value says whether a better order of steps would have saved it. */
export const AVOIDABLE = {
  'no-inbound-path': true,
  'stale-resolver': true,
  'cut-live-call': true,
  'queue-switched-off': true,
  'no-agent-new': true,
  'no-agent-legacy': true,
  'agent-unlicensed': true,
  'too-few-agents-new': true,
  'abandoned-new': false,
  'abandoned-legacy': false,
  'far-end': false,
  'platform-failure': false,
} as const satisfies Record<string, boolean>;

export type LossReason = keyof typeof AVOIDABLE;

export interface LostCall {
  readonly at: string;
  readonly reason: LossReason;
  readonly detail: string;
}

export interface SiteCalls {
  offered: number;
  answered: number;
  /** Callers who hung up in the menu: nobody's fault, and not lost. */
  abandoned: number;
  /** Calls lost for reasons that the order of steps could have avoided. */
  avoidable: number;
  readonly lost: Partial<Record<LossReason, number>>;
  readonly lostCalls: LostCall[];
  /** Of a site whose carrier chooses: calls taken, by the destination that took them. */
  readonly carried: Record<string, number>;
}

export interface Ledger {
  readonly writes: readonly LedgerWrite[];
  readonly calls: Readonly<Record<string, SiteCalls>>;
}

const KEPT_LOST_CALLS = 500;

/** The ledger's keeper; with `file` every entry is appended there as one JSON line. */
export class LedgerBook implements Ledger {
  readonly writes: LedgerWrite[] = [];
  readonly calls: Record<string, SiteCalls> = {};

  constructor(
    private readonly now: () => number,
    private readonly file: string | undefined,
  ) {}

  openSite(site: string): SiteCalls {
    const calls: SiteCalls = {
      offered: 0,
      answered: 0,
      abandoned: 0,
      avoidable: 0,
      lost: {},
      lostCalls: [],
      carried: {},
    };
    this.calls[site] = calls;
    return calls;
  }

  write(entry: Omit<LedgerWrite, 'n' | 'at' | 'effect'>): LedgerWrite {
    const effect = canonical(entry.before) !== canonical(entry.after);
    const write = { n: this.writes.length + 1, at: iso(this.now()), ...entry, effect };
    this.writes.push(write);
    this.append({ kind: 'write', ...write });
    return write;
  }

  lose(site: string, reason: LossReason, detail: string): void {
    const calls = this.calls[site];
    if (!calls) throw new Error(`no site ${site} in the ledger`);
    calls.lost[reason] = (calls.lost[reason] ?? 0) + 1;
    if (AVOIDABLE[reason]) calls.avoidable += 1;
    const lost = { at: iso(this.now()), reason, detail };
    if (calls.lostCalls.length < KEPT_LOST_CALLS) calls.lostCalls.push(lost);
    this.append({ kind: 'lost-call', site, ...lost });
  }

  private append(entry: object): void {
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }
}

export interface DuplicateWrite {
  readonly resource: string;
  readonly field: string;
  readonly value: Json;
  readonly first: number;
  readonly second: number;
}

/**
 * Effective writes that set one field of one resource to the same value twice with nothing in between: the mark of
 * a step that ran twice and did not look before it wrote.
 */
export function duplicates(ledger: Ledger): DuplicateWrite[] {
  const last = new Map<string, { value: string; n: number }>();
  const found: DuplicateWrite[] = [];
  for (const write of ledger.writes.filter((candidate) => candidate.effect)) {
    const before = fieldsOf(write.before);
    for (const [field, value] of fieldsOf(write.after)) {
      const text = canonical(value);
      if (canonical(before.get(field) ?? null) === text) continue;
      const key = `${write.resource}\n${field}`;
      const previous = last.get(key);
      if (previous?.value === text) {
        found.push({ resource: write.resource, field, value, first: previous.n, second: write.n });
      }
      last.set(key, { value: text, n: write.n });
    }
  }
  return found;
}

/** The ledger as a table for people: writes in order, then calls per site with their losses by reason. */
export function formatLedger(ledger: Ledger): string {
  const lines = ['Writes'];
  for (const write of ledger.writes) {
    const change = write.effect ? changeOf(write) : '(no effect)';
    const when = write.at.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
    lines.push(
      `  ${String(write.n).padStart(4)}  ${when}  ${write.system.padEnd(8)}  ${write.method.padEnd(5)} ${write.resource}  ${change}`,
    );
  }
  lines.push('', 'Calls');
  for (const [site, calls] of Object.entries(ledger.calls)) {
    lines.push(
      `  ${site}: offered ${calls.offered}, answered ${calls.answered}, hung up in the menu ${calls.abandoned}, ` +
        `lost avoidably ${calls.avoidable}`,
    );
    for (const [reason, count] of Object.entries(calls.lost)) {
      const mark = AVOIDABLE[reason as LossReason] ? 'avoidable by order' : 'not avoidable by order';
      lines.push(`    ${String(count).padStart(6)}  ${reason}  (${mark})`);
    }
  }
  return lines.join('\n');
}

function changeOf(write: LedgerWrite): string {
  const before = fieldsOf(write.before);
  const changed = [...fieldsOf(write.after)].filter(
    ([field, value]) => canonical(before.get(field) ?? null) !== canonical(value),
  );
  const shown = changed.slice(0, 3).map(([field, value]) => {
    const was = before.get(field);
    return `${field || 'value'}: ${was === undefined ? '' : `${short(was)} -> `}${short(value)}`;
  });
  return shown.join(', ') + (changed.length > 3 ? ` and ${changed.length - 3} more` : '');
}

function short(value: Json): string {
  const text = canonical(value);
  return text.length > 70 ? `${text.slice(0, 67)}...` : text;
}

/** Leaf fields by dotted path; lists count as one value. */
export function fieldsOf(value: Json, path = ''): Map<string, Json> {
  const fields = new Map<string, Json>();
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value as Record<string, Json>)) {
      for (const [field, leaf] of fieldsOf(inner, path ? `${path}.${key}` : key)) fields.set(field, leaf);
    }
  } else {
    fields.set(path, value);
  }
  return fields;
}

/** JSON with its keys in order, for comparison. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`;
  const entries = Object.entries(value as Record<string, Json>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
