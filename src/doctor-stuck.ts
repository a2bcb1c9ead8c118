import { HOLD_CAUSES } from '../templates/situation';
import type { HoldCause } from './core/outcome';
import { type Finding, type FindingKind, findStuck, isMended, repair } from './engine/find-stuck';
import type { Engine } from './engine/handle';
import type { WorkLook } from './ports/work-look';

export interface StuckReport {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** What each finding is called and what people do about it. */
const WORDS: Readonly<Record<FindingKind, { readonly says: string; readonly next: string }>> = {
  stuck: {
    says: 'stuck, its way back could not be done',
    next: 'follow the runbook in its thread, then /cutover retry or /cutover skip',
  },
  held: { says: 'held', next: '' },
  'job-lost': { says: 'work is due and no job stands for it', next: 'a worker offers it again, or run with --repair' },
  'worker-dead': {
    says: 'a job is with a worker that does not hold the wave: the worker is dead',
    next: 'another worker takes it over, or run with --repair',
  },
  'timer-lost': { says: 'it waits for a known moment and no timer is set', next: 'run with --repair' },
  'no-worker': { says: 'work is due and waits for a worker', next: 'start one: npx cutover start --only worker' },
  'lease-endless': {
    says: 'held by something that never lets go, and that is no worker of ours',
    next: 'nothing: the next worker takes it over',
  },
  'thread-behind': {
    says: 'Slack has not been told everything',
    next: 'see whether Slack answers and a worker runs, or run with --repair',
  },
  forgotten: { says: 'the list of what is due does not know it', next: 'start a worker, or run with --repair' },
  unreadable: { says: 'cannot be read', next: 'compare what Redis holds with a backup or with the thread' },
  'platform-silent': { says: 'Genesys Cloud has asked for silence', next: 'wait; the bot does' },
  'not-looked-at': { says: 'not looked at', next: 'watch /metrics' },
};

/**
 * Names what stands still: waves, jobs, timers, leases, threads. With `mend` it offers again what is lost on the way to a
 * worker, which is safe at any time, and says what it did; it touches no event and nothing outside. Not well when
 * something red is left.
 */
export async function stuckReport(engine: Engine, look: WorkLook, mend: boolean): Promise<StuckReport> {
  const findings = await findStuck(engine, look);
  const mended = mend ? await repair(engine, look, findings) : [];
  const lines = findings.map((finding) => lineOf(finding, mended.includes(finding)));
  return {
    ok: findings.every((finding) => finding.grade !== 'red' || mended.includes(finding)),
    lines:
      lines.length === 0
        ? ['Standing still: nothing']
        : ['Standing still:', ...lines, ...mendLine(mend, findings, mended)],
  };
}

function lineOf(finding: Finding, mended: boolean): string {
  const { wave, kind, grade, since, about } = finding;
  const { says, next } = WORDS[kind];
  const what = `${wave ?? 'the bot'}: ${says} (${about})`;
  const when = since === null ? '' : ` since ${new Date(since).toISOString()}`;
  const mark = mended ? 'mended' : grade === 'red' ? 'RED' : 'warn';
  const then = mended ? 'it has been offered again' : kind === 'held' ? nextOf(about) : next;
  return `  ${mark.padEnd(7)}${what}${when}; ${then}`;
}

/** Slack's bold means nothing on a terminal. */
function nextOf(about: string): string {
  const cause = about.split(',')[0] as HoldCause;
  return HOLD_CAUSES[cause].next.replaceAll('*', '').replace(/\.$/, '');
}

function mendLine(mend: boolean, findings: readonly Finding[], mended: readonly Finding[]): readonly string[] {
  const safe = findings.filter(isMended).length;
  if (!mend) return safe === 0 ? [] : [`  ${safe} of these can be mended safely: npx cutover doctor --repair`];
  const left = findings.length - mended.length;
  return [`  ${mended.length} offered again; no event and nothing outside was touched; ${left} left for people`];
}
