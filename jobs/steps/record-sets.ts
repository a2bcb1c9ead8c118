import type { Evidence } from '../../src/core/evidence';
import { type RecordState, sameState, stateText } from '../../src/core/record-values';
import type { Site, SiteRecord } from '../../src/core/site';
import { RecordChanged, type RecordSet } from '../../src/ports/dns-provider';
import { line } from './outcomes';
import type { StepContext } from './step-work';

/** A record of the site with what the DNS provider holds for it. */
export interface LiveRecord {
  readonly record: SiteRecord;
  readonly live: RecordSet | null;
}

export const questionOf = ({ name, type }: Pick<SiteRecord, 'name' | 'type'>): string => `${name} ${type}`;

export async function liveRecords(context: StepContext): Promise<readonly LiveRecord[]> {
  const { dns } = context.plan.site;
  const provider = context.world.dns(dns.provider);
  const found: LiveRecord[] = [];
  for (const record of dns.records) {
    found.push({ record, live: await provider.read(dns, record.name, record.type) });
  }
  return found;
}

export async function liveRecord(context: StepContext, state: RecordState): Promise<RecordSet | null> {
  const { dns } = context.plan.site;
  return context.world.dns(dns.provider).read(dns, state.name, state.type);
}

/** Plain data, fit to be captured. */
export function stateOf(set: RecordSet): RecordState {
  return { name: set.name, type: set.type, ttl: set.ttl, values: [...set.values] };
}

export interface RecordWrite {
  readonly next: RecordState;
  /** What must be there for the write to be allowed. */
  readonly expected: RecordState;
}

export interface Written {
  /** The set that somebody else has changed: it and those after it were not written. */
  readonly changed: RecordChanged | null;
  /** The provider's references of what was written, for `unsettled`. */
  readonly changes: readonly string[];
}

/**
 * Writes what differs, one set after the other; stops at the first one that somebody else has changed. `isRepeat`: an
 * earlier visit may have written and died with the references, so sets that are so already get new ones, where there are any.
 */
export async function writeRecords(
  context: StepContext,
  writes: readonly RecordWrite[],
  isRepeat = false,
): Promise<Written> {
  const { site, wave } = context.plan;
  const provider = context.world.dns(site.dns.provider);
  const changes: string[] = [];
  for (const { next, expected } of writes) {
    assertDeclared(site, next);
    if (sameState(next, expected)) continue;
    await context.fence();
    try {
      const stamp = { site: site.site, wave };
      const { kind, change } = await provider.write(site.dns, next, expected, stamp);
      const again = kind === 'already-so' && isRepeat ? await provider.touch?.(site.dns, next, stamp) : null;
      changes.push(...[change, again].filter((each) => typeof each === 'string'));
    } catch (cause) {
      if (cause instanceof RecordChanged) return { changed: cause, changes };
      throw cause;
    }
  }
  return { changed: null, changes };
}

/** Which of these changes the provider has not brought to all of its name servers yet. */
export async function unsettled(context: StepContext, changes: readonly string[]): Promise<readonly string[]> {
  const provider = context.world.dns(context.plan.site.dns.provider);
  const open: string[] = [];
  for (const change of changes) if (!(await provider.settled(change))) open.push(change);
  return open;
}

function assertDeclared(site: Site, { name, type }: RecordState): void {
  if (site.dns.records.some((record) => record.name === name && record.type === type)) return;
  throw new Error(`${name} ${type} is no record of the site ${site.site}`);
}

export function changedLine(context: StepContext, { expected, found }: RecordChanged): Evidence {
  return differenceLine(context, expected, found);
}

export function differenceLine(context: StepContext, expected: RecordState, found: RecordSet | null): Evidence {
  return line(
    context,
    `DNS provider: ${questionOf(expected)}`,
    `${stateText(found)}; expected ${stateText(expected)}`,
    false,
  );
}

/** Reads every set back from the provider: which of them are not as wanted, and the proof. */
export async function readBack(
  context: StepContext,
  wanted: readonly RecordState[],
): Promise<{ readonly all: boolean; readonly evidence: readonly Evidence[] }> {
  const evidence: Evidence[] = [];
  for (const state of wanted) {
    const live = await liveRecord(context, state);
    const good = live !== null && sameState(live, state);
    evidence.push(line(context, `DNS provider: ${questionOf(state)}`, stateText(live), good));
  }
  return { all: evidence.every((each) => each.good === true), evidence };
}
