import type { LoggedEvent, WaveEvent } from '../src/core/events';
import type { PlannedStep } from '../src/core/plan';
import { isEnded, stepAt, stepIndex, type Wave } from '../src/core/wave';
import {
  actions,
  andMore,
  type BareBlock,
  type Button,
  boundedLines,
  button,
  confirmation,
  context,
  exportCall,
  header,
  type Message,
  message,
  section,
} from './blocks';
import { GATE_ACTIONS, gateValue } from './button-value';
import { stepChanges } from './change-lines';
import { dnsWayBack, forecastLines, measured } from './dns-convergence';
import { sign } from './emoji';
import { escaped, oneLine } from './escape';
import { evidenceText, tally } from './evidence-lines';
import { gateWarnings, gateWords } from './gate-words';
import { byWhom, chainMark, count, inRow, mentions, numbered, shortHash, siteName, stopped } from './names';
import { waiverLines } from './preflight';
import { duration } from './progress';
import { bothTimes, siteTime, slackDate } from './times';

export interface Gate {
  /** A `GateOpened`. */
  readonly opened: LoggedEvent;
  /** What closed it: the last approval of the quorum, an expiry, a void, a rollback or an abort. */
  readonly decided: LoggedEvent | null;
  /** Every `GateApproved` of it. */
  readonly approvals: readonly LoggedEvent[];
}

type Opened = Extract<WaveEvent, { type: 'GateOpened' }>;

/** What people decide on. Drawn from the plan and the gate's own events, so a decided card stays as it is. */
export function gateCard(wave: Wave, gate: Gate): Message {
  const opened = gate.opened.event;
  if (opened.type !== 'GateOpened') throw new Error(`${wave.id}: event ${gate.opened.seq} is no opening of a gate`);
  const { planned } = stepAt(wave, stepIndex(wave, opened.step));
  const title = `Gate ${opened.gate} · ${oneLine(planned.title)}`;
  const { site } = wave.plan.site;
  const blocks: readonly BareBlock[] = [
    header(title),
    ...(gate.decided ? [section(decisionLine(gate.decided))] : openHead(wave, opened, gate.approvals)),
    ...machineBlocks(opened, wave.id),
    ...forecastBlocks(opened),
    section(`*What will change*\n${changesText(planned, wave)}`),
    section(`*After the approval*\n${afterText(wave, planned)}`),
    ...warningBlocks(planned),
    ...waiverBlocks(wave),
    section(`*Way back*\n${backText(wave, planned, opened)}`),
    context(
      `${siteName(wave)} (${escaped(site, 60)}) · plan ${shortHash(wave.plan.hash)} · approval is for ${shortHash(opened.hash)} · #${gate.opened.seq} · ${chainMark(gate.opened.hash)}`,
    ),
    ...(isDecidable(wave, gate) ? [actions(...buttons(wave, opened, planned))] : []),
  ];
  const text = gate.decided
    ? `${title} at ${site}: decided`
    : `${title} at ${site} waits for approval until ${new Date(opened.expiresAt).toISOString()}`;
  return message(blockPrefix(wave, gate, opened), text, blocks, `Full evidence: ${exportCall(wave.id)}`);
}

const isDecidable = (wave: Wave, gate: Gate): boolean => gate.decided === null && wave.status === 'gated';

/** New with everything that changes on the card, and only then: an unchanged card is not redrawn. */
function blockPrefix(wave: Wave, gate: Gate, opened: Opened): string {
  const face = gate.decided ? `d${gate.decided.seq}` : isDecidable(wave, gate) ? 'open' : 'shut';
  return `gate.${opened.gate}.${gate.opened.seq}.${gate.approvals.length}.${face}`;
}

function openHead(wave: Wave, opened: Opened, approvals: readonly LoggedEvent[]): readonly BareBlock[] {
  const names = approvals.map(({ by }) => byWhom(by)).join(', ');
  const quorum = `*${approvals.length} of ${opened.quorum}*${names === '' ? '' : `: ${names}`}`;
  const starter = wave.startedBy.kind === 'person' ? `, but not ${byWhom(wave.startedBy)}, who started the wave` : '';
  const paused =
    wave.status === 'gated'
      ? []
      : [
          isEnded(wave)
            ? 'The wave is over; nothing is decided here any more.'
            : `${sign('double_vertical_bar')} *Paused.* The buttons come back with *Resume*.`,
        ];
  return [
    section(
      ...paused,
      `${sign('white_check_mark')} *Machine checks passed.* Your turn.`,
      `*Who:* ${mentions(opened.approvers)}${starter}`,
      `*Approvals:* ${quorum}${opened.quorum > 1 ? ' (different people)' : ''}${opened.reasonRequired ? ' · a reason is asked for' : ''}`,
      `*Until:* ${bothTimes(opened.expiresAt, wave.plan.site.timeZone)}; then the wave is held and nothing is changed`,
    ),
  ];
}

/** The finding for everybody, the answers behind it in the small print. */
function machineBlocks(opened: Opened, wave: string): readonly BareBlock[] {
  const evidence = measured(opened.evidence);
  const found = tally(evidence);
  const last = evidence.reduce((latest, { at }) => Math.max(latest, at), 0);
  const finding = [
    escaped(stopped(opened.summary), 500),
    ...(found === '' ? [] : [`${found}, last asked ${slackDate(last)}`]),
  ];
  return [
    section('*What the machine found*', ...finding),
    ...(evidence.length === 0 ? [] : [context(evidenceText(evidence, wave, { lines: 8, chars: 1900 }))]),
  ];
}

function forecastBlocks(opened: Opened): readonly BareBlock[] {
  const lines = forecastLines(opened.evidence);
  return lines.length === 0 ? [] : [section(...lines)];
}

function changesText(planned: PlannedStep, { id: wave, plan }: Wave): string {
  const lines = stepChanges(planned, plan.site);
  if (lines.length === 0) return 'Nothing is written by this step.';
  return boundedLines(lines, { lines: 16, chars: 2600, more: andMore(wave) });
}

function warningBlocks(planned: PlannedStep): readonly BareBlock[] {
  const lines = gateWarnings(planned).map((text) => `${sign('warning')} ${text}`);
  const more = (left: number): string => `… and ${left} more such records`;
  return lines.length === 0 ? [] : [section(boundedLines(lines, { lines: 6, chars: 1200, more }))];
}

/** What others have taken upon themselves before this gate. */
function waiverBlocks(wave: Wave): readonly BareBlock[] {
  const lines = waiverLines(wave);
  const more = (left: number): string => `… and ${left} more waivers`;
  return lines.length === 0 ? [] : [section(boundedLines(lines, { lines: 6, chars: 1400, more }))];
}

function afterText(wave: Wave, planned: PlannedStep): string {
  const from = wave.plan.steps.indexOf(planned) + 1;
  const gateAt = wave.plan.steps.findIndex((step, i) => i >= from && step.gated);
  const following = wave.plan.steps.slice(from, gateAt < 0 ? undefined : gateAt);
  const then = inRow(following.map(({ title }, i) => numbered(from + 1 + i, escaped(title, 80))));
  const stop =
    gateAt < 0
      ? 'the end of the wave'
      : `the gate before ${numbered(gateAt + 1, escaped(wave.plan.steps[gateAt]?.title ?? '', 80))}`;
  return [
    `${gateWords(planned).after} Usually ${duration(planned.expectedMs)}.`,
    following.length === 0 ? `*Next stop:* ${stop}` : `*Then without asking:* ${then}\n*Next stop:* ${stop}`,
  ].join('\n');
}

function backText(wave: Wave, planned: PlannedStep, opened: Opened): string {
  const words = gateWords(planned);
  const { window, timeZone } = wave.plan.site;
  return [
    words.back,
    `*The whole way back from here:* about ${duration(opened.undoMs)} (this step ${duration(planned.undoMs)}), by one button.`,
    ...dnsWayBack(wave, opened.evidence),
    `*What it costs:* ${words.cost}`,
    ...(window ? [`*It still fits into the window until* ${siteTime(window.closes - opened.undoMs, timeZone)}`] : []),
  ].join('\n');
}

function decisionLine(decided: LoggedEvent): string {
  const { event, by, at } = decided;
  const when = slackDate(at);
  switch (event.type) {
    case 'GateApproved':
      return `${sign('white_check_mark')} *Approved* by ${byWhom(by)}, ${when}${event.quorum > 1 ? `, the last of ${event.quorum}` : ''}.${reasonText(event.reason)}`;
    case 'GateExpired':
      return `${sign('hourglass_flowing_sand')} *Expired* ${when}. Nobody decided in time; nothing was changed. *Resume* opens a new gate.`;
    case 'ApprovalVoided':
      return by.kind === 'person'
        ? `${sign('raised_hand')} *Held* by ${byWhom(by)}, ${when}. Nothing was changed.${reasonText(event.reason)}`
        : `${sign('warning')} *The approval is void*, ${when}: what was approved is not what would run.${reasonText(event.reason)}`;
    case 'RollbackStarted':
      return `${sign('rewind')} *Rolled back* by ${byWhom(by)}, ${when}.${reasonText(event.reason)}`;
    case 'WaveAborted':
      return `${sign('octagonal_sign')} *The wave was aborted* by ${byWhom(by)}, ${when}.${reasonText(event.reason)}`;
    default:
      return `*Closed* by ${byWhom(by)}, ${when}.`;
  }
}

const reasonText = (reason: string | null): string => (reason?.trim() ? `\n*Reason:* ${escaped(reason, 500)}` : '');

function buttons(wave: Wave, opened: Opened, planned: PlannedStep): readonly Button[] {
  const { site, name } = wave.plan.site;
  const value = gateValue(wave.id, opened.step, opened.gate, opened.hash);
  const place = `${oneLine(name).slice(0, 60)} (${site})`;
  const step = oneLine(planned.title).slice(0, 80);
  const writes = planned.changes.length + (planned.http ? 1 : 0);
  const change = writes === 0 ? 'It writes nothing' : `${count(writes, 'change')} will be written`;
  const last = planned.kind === 'retire-legacy' ? ' This is the last cheap return.' : '';
  return [
    button(
      GATE_ACTIONS.approve,
      'Approve',
      value,
      'primary',
      confirmation('Approve this gate?', `${place}: ${step}. ${change}.${last}`, 'Approve', 'primary'),
    ),
    button(GATE_ACTIONS.hold, 'Hold', value),
    button(
      GATE_ACTIONS.rollback,
      'Roll back',
      value,
      'danger',
      confirmation(
        'Roll the whole wave back?',
        `${place}: everything that this wave has done is undone, in about ${duration(opened.undoMs)}.`,
        'Roll back',
        'danger',
      ),
    ),
  ];
}
