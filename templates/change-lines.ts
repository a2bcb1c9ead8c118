import type { Json } from '../src/core/json';
import type { Change, PlannedStep } from '../src/core/plan';
import type { Site } from '../src/core/site';
import { code, escaped } from './escape';
import { systemName } from './names';

/** One entry per resource: "• *DNS* `_sip._tcp.example.com SRV` · values: `old` → `new`". */
export function changeLines(changes: readonly Change[], site: Pick<Site, 'platform'>): readonly string[] {
  const byResource = new Map<string, Change[]>();
  for (const change of changes) {
    const key = `${change.system} ${change.resource}`;
    byResource.set(key, [...(byResource.get(key) ?? []), change]);
  }
  return [...byResource.values()].map((group) => resourceLine(group, site));
}

/** What the step writes: its changes, or its call, or nothing. */
export function stepChanges(step: PlannedStep, site: Pick<Site, 'platform'>): readonly string[] {
  if (step.http) {
    const { method, endpoint, body } = step.http;
    const sent = body === null ? '' : ` with ${code(JSON.stringify(body), 300)}`;
    return [`• *HTTP* ${code(`${method} ${endpoint}`)}${sent}`, ...changeLines(step.changes, site)];
  }
  return changeLines(step.changes, site);
}

export function fromTo(change: Pick<Change, 'field' | 'from' | 'to'>): string {
  return `${escaped(change.field, 80)}: ${valueText(change.from)} → ${valueText(change.to)}`;
}

/** Old and new one below the other, when they would not fit beside each other. */
function fromAbove(change: Change): string {
  const beside = fromTo(change);
  if (beside.length <= FITS_IN_A_LINE) return beside;
  return `${escaped(change.field, 80)}:${INDENT}${valueText(change.from, MEMBER)}${INDENT}→ ${valueText(change.to, MEMBER)}`;
}

const FITS_IN_A_LINE = 64;
const INDENT = '\n      ';
const MEMBER = `${INDENT}+ `;

/** A value as code; sets as their members. */
export function valueText(value: Json, between = ' + '): string {
  if (value === null) return 'not there';
  if (typeof value === 'object' && !Array.isArray(value)) return code(JSON.stringify(value));
  if (!Array.isArray(value)) return code(String(value));
  if (value.length === 0) return 'none';
  const shown = value
    .slice(0, 6)
    .map((item: Json) => code(typeof item === 'object' ? JSON.stringify(item) : String(item), 120));
  return value.length > 6 ? `${shown.join(between)} and ${value.length - 6} more` : shown.join(between);
}

function resourceLine(group: readonly Change[], site: Pick<Site, 'platform'>): string {
  const [first] = group;
  if (!first) return '';
  return `• *${systemName(first.system, site)}* ${code(first.resource)} · ${group.map(fromAbove).join('; ')}`;
}
