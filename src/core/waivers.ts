/** People who take one red line of one wave upon themselves. */
import type { By } from './actor';
import type { WaveEvent } from './events';
import type { UserId } from './ids';
import type { PreflightLine } from './preflight';

export interface WaivedBy {
  readonly user: UserId;
  readonly at: number;
  readonly reason: string;
  /** An approver of the site other than the starter, at the time. */
  readonly approver: boolean;
}

/** Holds for the line as it was found: with another finding it is void. */
export interface Waiver {
  readonly line: string;
  readonly found: string;
  readonly people: readonly WaivedBy[];
}

/** Two people, whoever they are: a waiver is never one person's word. */
export const WAIVER_PEOPLE = 2;

export function waiverOf(waivers: readonly Waiver[], line: Pick<PreflightLine, 'id' | 'found'>): Waiver | null {
  return waivers.find((waiver) => waiver.line === line.id && waiver.found === line.found) ?? null;
}

export const isComplete = (waiver: Waiver): boolean =>
  waiver.people.length >= WAIVER_PEOPLE && waiver.people.some(({ approver }) => approver);

/** Red lines that nobody has waived, or too few: while there is one, no wave is armed. */
export function blocking(lines: readonly PreflightLine[], waivers: readonly Waiver[]): readonly PreflightLine[] {
  return lines.filter((line) => {
    if (line.state !== 'red') return false;
    const waiver = line.waivable ? waiverOf(waivers, line) : null;
    return waiver === null || !isComplete(waiver);
  });
}

/** What is left of the waivers after another look: those whose line is still red and found as it was. */
export function stillHolding(waivers: readonly Waiver[], lines: readonly PreflightLine[]): readonly Waiver[] {
  const red = lines.filter(({ state }) => state === 'red');
  return waivers.filter((waiver) => red.some((line) => line.id === waiver.line && line.found === waiver.found));
}

/** One person more; a waiver of the same line as it was found otherwise is replaced. */
export function withWaiver(
  waivers: readonly Waiver[],
  event: Extract<WaveEvent, { type: 'LineWaived' }>,
  by: By,
  at: number,
): readonly Waiver[] {
  if (by.kind !== 'person') throw new Error(`line ${event.line} waived by a machine`);
  const before = waiverOf(waivers, { id: event.line, found: event.found });
  const person: WaivedBy = { user: by.user, at, reason: event.reason, approver: event.approver };
  const waiver: Waiver = { line: event.line, found: event.found, people: [...(before?.people ?? []), person] };
  return [...waivers.filter(({ line }) => line !== event.line), waiver];
}
