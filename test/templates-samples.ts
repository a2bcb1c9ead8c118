/** One event of every type, with texts that want to be more than text. */

import { refuseBlocks } from '../sandbox/slack/block-rules';
import type { WaveEvent, WaveEventType } from '../src/core/events';
import type { Evidence } from '../src/core/evidence';
import { stepId } from '../src/core/ids';
import type { Plan } from '../src/core/plan';
import type { Site } from '../src/core/site';
import type { Message } from '../templates/blocks';
import { MARIA, start } from './support/core-waves';
import { Story, springfield } from './templates-stories';

/** Mentions, links, formatting, signs, invisible characters, and length. */
export const NASTY = `<!channel> <@U0BOSS> <https://evil.example|ok> & *bold* ~no~ \`code\` :white_check_mark: @here \u202Eright\u200B\n> quote ${'x'.repeat(900)}`;

const STEP = stepId('switch-dns');
export const MANY: readonly Evidence[] = Array.from({ length: 24 }, (_, i) => ({
  at: i,
  asked: NASTY,
  answered: NASTY,
  good: [true, false, null][i % 3] ?? null,
}));

export const SAMPLES: { readonly [Type in WaveEventType]: Extract<WaveEvent, { type: Type }> } = {
  WaveStarted: { type: 'WaveStarted', plan: springfield() },
  StepBegun: { type: 'StepBegun', step: STEP, attempt: 2 },
  StateCaptured: { type: 'StateCaptured', step: STEP, captured: { records: [NASTY] } },
  StepApplied: { type: 'StepApplied', step: STEP, summary: NASTY, evidence: MANY, result: null },
  StepWaited: { type: 'StepWaited', step: STEP, summary: NASTY, evidence: MANY, nextAt: 1, until: 2, progress: null },
  StepFaulted: { type: 'StepFaulted', step: STEP, summary: NASTY, nextAt: 1 },
  StepPassed: { type: 'StepPassed', step: STEP, summary: NASTY, evidence: MANY, result: null },
  StepFailed: { type: 'StepFailed', step: STEP, summary: NASTY, evidence: MANY },
  StepSkipped: { type: 'StepSkipped', step: STEP, reason: NASTY },
  StepRetried: { type: 'StepRetried', step: STEP, attempt: 2, reason: NASTY },
  GateWaited: { type: 'GateWaited', step: STEP, summary: NASTY, evidence: MANY, nextAt: 1, until: null },
  GateOpened: {
    type: 'GateOpened',
    step: STEP,
    gate: 1,
    hash: 'a'.repeat(64),
    summary: NASTY,
    evidence: MANY,
    approvers: Array.from({ length: 50 }, (_, i) => `U0PERSON${i}`),
    quorum: 2,
    reasonRequired: true,
    expiresAt: 10,
    undoMs: 60_000,
  },
  GateApproved: { type: 'GateApproved', step: STEP, gate: 1, approvals: 2, quorum: 2, reason: NASTY },
  GateExpired: { type: 'GateExpired', step: STEP, gate: 1 },
  ApprovalVoided: { type: 'ApprovalVoided', step: STEP, gate: 1, reason: NASTY },
  WaveHeld: {
    type: 'WaveHeld',
    step: STEP,
    cause: 'licences',
    reason: NASTY,
    evidence: MANY,
    packet: Array.from({ length: 400 }, () => NASTY.slice(0, 80)).join('\n'),
    progress: null,
    preflight: Array.from({ length: 60 }, (_, i) => ({
      id: `line-${i}-${'x'.repeat(100)}`,
      system: NASTY,
      what: NASTY,
      found: NASTY,
      wanted: NASTY,
      state: (['red', 'red', 'amber', 'unknown'] as const)[i % 4] ?? 'red',
      mend: NASTY,
      waivable: i % 3 > 0,
    })),
  },
  LineWaived: {
    type: 'LineWaived',
    line: 'genesys-permission-routing-queue-edit',
    found: NASTY,
    reason: NASTY,
    approver: false,
    people: 1,
    of: 2,
  },
  WaveResumed: { type: 'WaveResumed', reason: NASTY },
  RollbackStarted: { type: 'RollbackStarted', reason: NASTY, undo: [STEP, stepId('lower-ttl')] },
  UndoBegun: { type: 'UndoBegun', step: STEP, attempt: 1 },
  UndoWaited: { type: 'UndoWaited', step: STEP, summary: NASTY, evidence: MANY, nextAt: 1, until: null },
  UndoFaulted: { type: 'UndoFaulted', step: STEP, summary: NASTY, nextAt: 1 },
  StepUndone: { type: 'StepUndone', step: STEP, summary: NASTY, evidence: MANY },
  UndoFailed: {
    type: 'UndoFailed',
    step: STEP,
    summary: NASTY,
    evidence: MANY,
    runbook: Array.from({ length: 60 }, () => NASTY.slice(0, 300)),
  },
  UndoRetried: { type: 'UndoRetried', step: STEP, attempt: 2, reason: NASTY },
  UndoneByHand: { type: 'UndoneByHand', step: STEP, reason: NASTY },
  WaveCompleted: { type: 'WaveCompleted' },
  WaveRolledBack: { type: 'WaveRolledBack' },
  LogCutBack: {
    type: 'LogCutBack',
    from: 2,
    to: 400,
    witnesses: ['thread', 'memory', 'world'],
    posts: Array.from({ length: 50 }, (_, i) => ({ from: i + 2, to: i + 2, mark: NASTY, ts: NASTY, says: NASTY })),
    kinds: [NASTY],
    steps: [
      { step: STEP, known: false, captured: null },
      { step: STEP, known: true, captured: { records: [NASTY] } },
    ],
    world: MANY,
  },
  EventsRestored: { type: 'EventsRestored', from: 2, to: 3, events: [] },
  WaveAborted: { type: 'WaveAborted', reason: NASTY, left: Array.from({ length: 30 }, () => NASTY) },
};

export const TYPES = Object.keys(SAMPLES) as readonly WaveEventType[];

/** The same wave with everything as long and as nasty as a file might make it. */
export function nastyPlan(): Plan {
  const plan = springfield();
  const people = Array.from({ length: 60 }, (_, i) => `U0PERSON${i}`);
  const site: Site = {
    ...plan.site,
    name: NASTY,
    policy: { operators: ['U0MARIA', ...people], approvers: people, quorum: 3, gates: {} },
    window: { opens: 0, closes: 10 },
  };
  return {
    ...plan,
    site,
    recipe: NASTY,
    rollbackTrigger: NASTY,
    warnings: Array.from({ length: 40 }, () => NASTY),
    locks: Array.from({ length: 200 }, (_, i) => `${NASTY}${i}:x`),
    steps: plan.steps.map((step) => ({
      ...step,
      title: NASTY,
      changes: Array.from({ length: 120 }, (_, i) => ({
        system: (['dns', 'platform', 'legacy'] as const)[i % 3] ?? 'dns',
        resource: `${i} ${NASTY}`,
        field: NASTY,
        from: [NASTY, NASTY],
        to: { deep: [NASTY] },
      })),
    })),
  };
}

const NASTY_START = new Story().does(start(nastyPlan(), MARIA)).told;

export function nastyStory(): Story {
  const story = new Story();
  story.told.push(...NASTY_START);
  return story;
}

/** What Slack, as the sandbox knows it, has against a message; and our own narrower limit. */
export function objections(message: Message): readonly string[] {
  const refused = refuseBlocks(message.blocks);
  const length = textOf(message.blocks).join('').length;
  return [
    ...(refused ? [refused.error, ...refused.messages] : []),
    ...(message.blocks.length > 50 ? [`${message.blocks.length} blocks`] : []),
    ...(length > 10_000 ? [`${length} characters`] : []),
    ...(message.text === '' || message.text.length > 300 ? [`a text of ${message.text.length}`] : []),
  ];
}

/** Every text in it, buttons and confirmations included. */
export function textOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    key === 'text' && typeof entry === 'string' ? [entry] : textOf(entry),
  );
}

/** Only what mrkdwn would interpret. */
export function mrkdwnOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnOf);
  if (typeof value !== 'object' || value === null) return [];
  const entry = value as { type?: unknown; text?: unknown };
  if (entry.type === 'mrkdwn' && typeof entry.text === 'string') return [entry.text];
  return Object.values(value).flatMap(mrkdwnOf);
}

/** Angle brackets that are none of ours: mentions of the bait, or links. */
export const smuggled = (message: Message): readonly string[] =>
  mrkdwnOf(message.blocks).flatMap((text) =>
    [...text.matchAll(/<[^>]*>?/g)].map(([match]) => match).filter((match) => !OURS.test(match)),
  );

const OURS = /^<(?:!date\^\d+\^[^|>]+\|[^>]+|@U0(?!BOSS)[A-Z0-9]+|!subteam\^S0[A-Z0-9]+)>$/;
