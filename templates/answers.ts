/** What only the asker sees: answers to slash commands and clicks. */
import type { LoggedEvent } from '../src/core/events';
import { isBetweenTrunks } from '../src/core/hand-over';
import type { Site } from '../src/core/site';
import { isEnded, type Wave, waiversOf } from '../src/core/wave';
import {
  type BareBlock,
  boundedLines,
  context,
  exportCall,
  header,
  type Message,
  message,
  section,
  sectionsOf,
} from './blocks';
import { sign } from './emoji';
import { code, escaped, oneLine, sentence } from './escape';
import { chainMark, count, siteName, stopped } from './names';
import { inlineText } from './plain';
import { type PlatformAudit, platformAuditSection } from './platform-audit';
import { redLines, waiverHint, waiverLines } from './preflight';
import { bar, duration, progress } from './progress';
import { cardBlocks } from './root-card';
import { hasLeft, runbook, runbookText } from './runbook';
import { nextMove, serviceNow, stateOf } from './situation';
import { tell } from './tell';
import { slackDate } from './times';
import { type HelpVerb, VERB_NAMES, VERBS } from './verbs';

export { planView, unplannedView } from './plan-view';

export interface SiteRow {
  readonly name: string;
  /** Null when its file cannot be used. */
  readonly site: Site | null;
  readonly wave: Wave | null;
}

/** `wrong` and `mend` without full stops, as `src/parse/` gives them. */
export interface Mistake {
  readonly place: string;
  readonly wrong: string;
  readonly mend: string;
}

export function helpText(allowed: readonly HelpVerb[] = VERB_NAMES): Message {
  const lines = allowed.map((verb) => `\`/cutover ${VERBS[verb].usage}\`  ${VERBS[verb].what}`);
  return answer('help', 'What /cutover can do', [
    section('*What `/cutover` can do*', ...lines),
    context(
      'Answers are for your eyes only; what happens to a wave stands in its thread. Gates are decided on their cards.',
    ),
  ]);
}

export function sitesList(rows: readonly SiteRow[], now: number): Message {
  if (rows.length === 0)
    return answer('sites', 'No sites', [section('There is no site file yet. One file per site goes into `sites/`.')]);
  const more = (left: number): string => `… and ${left} more sites`;
  const lines = rows.map((row) => siteLine(row, now));
  return answer('sites', `${count(rows.length, 'site')}`, [
    section(`*${count(rows.length, 'site')}*`, boundedLines(lines, { lines: 30, chars: 2800, more })),
  ]);
}

/** The card as it is now, without its buttons, and what a way back by hand would be from here. */
export function statusText(wave: Wave, now: number): Message {
  const whole = { lines: 60, chars: 5200 };
  const aborted = wave.status === 'aborted';
  const isAsked = aborted ? hasLeft(wave) : !isEnded(wave) && wave.status !== 'stuck';
  const lines = isAsked ? runbook(wave) : [];
  const title = aborted
    ? 'Left as it is; to take it back by hand, in this order'
    : 'If it had to be taken back by hand now';
  const byHand = `*${title}*\n${runbookText(lines, wave, whole)}`;
  return answer(`status.${wave.seq}`, `${wave.id}: ${stateOf(wave).words}`, [
    ...cardBlocks(wave, now, whole),
    ...preflightBlocks(wave),
    ...(lines.length === 0 ? [] : sectionsOf(byHand)),
  ]);
}

/** What holds the wave at its preflight, and what people have taken upon themselves. */
function preflightBlocks(wave: Wave): readonly BareBlock[] {
  const lines = wave.status === 'held' ? (wave.hold.preflight ?? []) : [];
  const waived = waiverLines(wave);
  return [
    ...(lines.length === 0
      ? []
      : sectionsOf(`${redLines(lines, waiversOf(wave), { lines: 24, chars: 4000 })}\n${waiverHint(wave, lines)}`)),
    ...(waived.length === 0 ? [] : sectionsOf(waived.slice(0, 20).join('\n'))),
  ];
}

/** A plan that takes its time. */
export function readingText(site: string): Message {
  return answer('reading', `Every system of ${site} is being read`, [
    section(
      `${sign('hourglass_flowing_sand')} Every system of ${escaped(site, 60)} is being read; the plan follows here. Nothing is started.`,
    ),
  ]);
}

export function startedText(wave: Wave): Message {
  const first = wave.plan.steps[0];
  return answer(`started.${wave.id}`, `${wave.id} has started`, [
    section(
      `${sign('arrow_forward')} *${escaped(wave.id, 80)} has started.* Follow its card and thread in the channel.`,
      first
        ? `First: ${escaped(first.title, 100)}. Somebody else decides at the gates; you cannot approve your own wave.`
        : 'It has no steps.',
    ),
  ]);
}

/** A no, in the sentence that says why and what to do. */
export function refusalText(text: string): Message {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const [first = 'Nothing was done.', ...rest] = lines.map((line) => sentence(line));
  const more = (left: number): string => `… and ${left} more`;
  const no = answer('refusal', inlineText(first), [
    section(
      `${sign('raised_hand')} ${first}`,
      ...(rest.length === 0 ? [] : [boundedLines(rest, { lines: 20, chars: 2400, more })]),
    ),
  ]);
  return { ...no, refused: true };
}

/** "site-a-wave-1 is paused." `done` is what the wave now does. Whoever holds it is told where not to leave it. */
export function doneText(wave: Wave, done: string): Message {
  const isUnsafe = wave.status === 'held' && isBetweenTrunks(wave);
  return answer(`done.${wave.seq}`, `${wave.id} ${done}`, [
    section(
      `${sign('white_check_mark')} *${siteName(wave)}* (${escaped(wave.id, 80)}) ${sentence(stopped(done), 300)}`,
      ...(isUnsafe ? [`*Calls now:* ${serviceNow(wave)}`, `*To do:* ${nextMove(wave)}`] : []),
    ),
  ]);
}

/** What was typed or clicked cannot be read: each mistake with what to do. */
export function faultyText(faults: readonly Mistake[]): Message {
  const lines = faults.map(
    ({ place, wrong, mend }) =>
      `• ${place === '' ? '' : `${code(place, 80)}: `}${sentence(wrong, 400)}. ${sentence(stopped(mend), 400)}`,
  );
  const more = (left: number): string => `… and ${left} more`;
  return answer('faulty', `Nothing was done: ${oneLine(faults[0]?.wrong ?? 'not understood')}`, [
    section(`${sign('raised_hand')} *Nothing was done.*`, boundedLines(lines, { lines: 15, chars: 2700, more })),
  ]);
}

export function unknownVerb(typed: string, nearest: string | null, allowed: readonly HelpVerb[] = VERB_NAMES): Message {
  const near = allowed.find((verb) => verb === nearest);
  return answer('unknown', `There is no verb ${oneLine(typed).slice(0, 40)}`, [
    section(
      `${sign('raised_hand')} There is no ${code(typed, 40)}, so nothing was done.${near ? ` Did you mean \`/cutover ${VERBS[near].usage}\`?` : ''}`,
      `Verbs: ${allowed.map((verb) => `\`${verb}\``).join(' ')}`,
    ),
  ]);
}

/** The newest events of a log, and whether its chain holds. `tampering` is what `verifyLog` found. */
export function auditText(
  wave: Wave,
  log: readonly LoggedEvent[],
  tampering: { readonly entry: number; readonly finding: string } | null,
  platform: PlatformAudit,
): Message {
  const head = log.at(-1);
  const verdict = tampering
    ? `${sign('rotating_light')} *The log has been touched* at entry ${tampering.entry}: ${escaped(tampering.finding, 300)}. Do not rely on it from there on.`
    : `${sign('white_check_mark')} *The chain holds:* ${count(log.length, 'event')}, last mark ${code(head ? chainMark(head.hash) : 'none')}.`;
  const newest = [...log].reverse().map((logged) => auditLine(logged, wave));
  const more = (left: number): string =>
    `… and ${left} earlier ones (whole log: ${exportCall(wave.id)} on the command line)`;
  return answer(`audit.${wave.seq}`, `${wave.id}: ${count(log.length, 'event')}`, [
    header(`Audit log of ${wave.id}`),
    section(verdict),
    platformAuditSection(platform),
    ...sectionsOf(boundedLines(newest, { lines: 40, chars: 5500, more })),
    context(
      `Newest first, a line each; with all evidence: ${exportCall(wave.id)}. Such a file can be checked offline: \`npx cutover audit verify FILE\`.`,
    ),
  ]);
}

function auditLine(logged: LoggedEvent, wave: Wave): string {
  const { headline, icon } = tell(logged, wave);
  return `\`#${logged.seq} ${chainMark(logged.hash)}\` ${slackDate(logged.at)} ${sign(icon)} ${headline}`;
}

function siteLine({ name, site, wave }: SiteRow, now: number): string {
  const title = site
    ? `*${escaped(site.name, 80)}* (${escaped(name, 60)}) · ${count(site.agents.length, 'agent')} · ${escaped(site.timeZone, 40)}`
    : `*${escaped(name, 60)}* · ${sign('warning')} its file cannot be used; \`cutover lint\` says why`;
  if (!wave && !site) return title;
  if (!wave) return `${title}\n      no wave yet: \`/cutover plan ${escaped(name, 60)}\``;
  const { icon, words } = stateOf(wave);
  const { done, of, elapsedMs } = progress(wave, now);
  return `${title}\n      ${sign(icon)} ${escaped(wave.id, 80)}: ${words} ${bar(done, of)} ${done} of ${of}, ${duration(elapsedMs)}`;
}

function answer(prefix: string, text: string, blocks: readonly BareBlock[]): Message {
  return message(prefix, text, blocks, 'Ask for less at a time.');
}
