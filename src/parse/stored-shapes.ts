/**
 * The shapes of what stands in the store, strict where the core decides by them and loose where it only carries them along:
 * whatever fits here, `evolve`, `decide` and `due` take without falling over.
 */
import { z } from 'zod';
import { DEFAULT_LIMITS, type Limits } from '../core/limits';
import { KEPT_LINES } from '../core/preflight';
import { STEP_KINDS } from '../core/step-kinds';
import { SITE } from './stored-site';

const text = z.string().max(100_000);
const name = z.string().min(1).max(200);
const time = z.number().min(0);
const count = z.int().min(0);
const json = z.unknown();
const evidence = z.array(z.looseObject({ at: z.number(), asked: text, answered: text, good: z.boolean().nullable() }));
const people = z.array(z.string());

export const BY = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('person'), user: name, via: z.enum(['slack', 'cli']) }),
  z.looseObject({ kind: z.literal('bot'), worker: name }),
]);

const HOLD_CAUSES = z.enum([
  'person',
  'gate-held',
  'gate-expired',
  'not-ready',
  'no-data',
  'lag',
  'licences',
  'drift',
  'window',
  'deadline',
  'fault',
  'split-brain',
  'log-lost',
]);

const preflight = z
  .array(
    z.looseObject({
      id: name,
      system: text,
      what: text,
      found: text,
      wanted: text,
      state: z.enum(['green', 'amber', 'red', 'unknown']),
      mend: text,
      waivable: z.boolean(),
    }),
  )
  .max(KEPT_LINES)
  .optional();

/** Any value of JSON; what is not there at all is none. */
const value = z.union([text, z.number(), z.boolean(), z.null(), z.array(json), z.looseObject({})]);

const change = z.looseObject({
  system: z.enum(['dns', 'platform', 'legacy', 'carrier', 'http']),
  resource: text,
  field: text,
  from: value,
  to: value,
});

const httpWork = z.looseObject({
  name: text,
  endpoint: text,
  method: text,
  body: value,
  validation: z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('dig'), server: text, name: text, type: text, text }),
    z.looseObject({ kind: z.literal('get'), endpoint: text, text }),
  ]),
  inverse: z.looseObject({ method: text, endpoint: text, body: value }).nullable(),
});

const LIMITS = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((limit) => [limit, z.number()])) as Readonly<
  Record<keyof Limits, z.ZodNumber>
>;

const plannedStep = z.looseObject({
  id: name,
  kind: z.enum(STEP_KINDS),
  title: text,
  gated: z.boolean(),
  changes: z.array(change),
  expectedMs: time,
  undoMs: time,
  deadlineMs: time,
  http: httpWork.nullable(),
});

export const PLAN = z
  .looseObject({
    wave: name,
    recipe: name,
    site: SITE,
    limits: z.looseObject(LIMITS),
    steps: z.array(plannedStep).min(1).max(500),
    locks: z.array(z.string()),
    rollbackTrigger: z.string().nullable(),
    warnings: z.array(z.string()),
    hash: name,
  })
  .refine(({ steps }) => new Set(steps.map(({ id }) => id)).size === steps.length, {
    path: ['steps'],
    message: 'two steps have one id',
  });

const told = { step: name, summary: text };
const proven = { ...told, evidence };
const waits = { nextAt: time, until: time.nullable() };
const tried = { step: name, attempt: count };

export const EVENT = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('WaveStarted'), plan: PLAN }),
  z.looseObject({ type: z.literal('StepBegun'), ...tried }),
  z.looseObject({ type: z.literal('StateCaptured'), step: name, captured: json }),
  z.looseObject({ type: z.literal('StepApplied'), ...proven, result: json }),
  z.looseObject({ type: z.literal('StepWaited'), ...proven, ...waits, progress: json }),
  z.looseObject({ type: z.literal('StepFaulted'), ...told, nextAt: time }),
  z.looseObject({ type: z.literal('StepPassed'), ...proven, result: json, preflight }),
  z.looseObject({ type: z.literal('StepFailed'), ...proven }),
  z.looseObject({ type: z.literal('StepSkipped'), step: name, reason: text }),
  z.looseObject({ type: z.literal('StepRetried'), ...tried, reason: text }),
  z.looseObject({ type: z.literal('GateWaited'), ...proven, ...waits }),
  z.looseObject({
    type: z.literal('GateOpened'),
    ...proven,
    gate: count,
    hash: name,
    approvers: people,
    quorum: count,
    reasonRequired: z.boolean(),
    expiresAt: time,
    undoMs: time,
  }),
  z.looseObject({
    type: z.literal('GateApproved'),
    step: name,
    gate: count,
    approvals: count,
    quorum: count,
    reason: text.nullable(),
  }),
  z.looseObject({ type: z.literal('GateExpired'), step: name, gate: count }),
  z.looseObject({ type: z.literal('ApprovalVoided'), step: name, gate: count, reason: text }),
  z.looseObject({
    type: z.literal('WaveHeld'),
    step: name,
    cause: HOLD_CAUSES,
    reason: text,
    evidence,
    packet: text.nullable(),
    progress: json,
    preflight,
  }),
  z.looseObject({
    type: z.literal('LineWaived'),
    line: name,
    found: text,
    reason: text,
    approver: z.boolean(),
    people: z.int().min(1),
    of: z.int().min(1),
  }),
  z.looseObject({ type: z.literal('WaveResumed'), reason: text.nullable() }),
  z.looseObject({ type: z.literal('RollbackStarted'), reason: text, undo: z.array(name) }),
  z.looseObject({ type: z.literal('UndoBegun'), ...tried }),
  z.looseObject({ type: z.literal('UndoWaited'), ...proven, ...waits }),
  z.looseObject({ type: z.literal('UndoFaulted'), ...told, nextAt: time, overtakenBy: name.optional() }),
  z.looseObject({ type: z.literal('StepUndone'), ...proven }),
  z.looseObject({ type: z.literal('UndoFailed'), ...proven, runbook: z.array(text) }),
  z.looseObject({ type: z.literal('UndoRetried'), ...tried, reason: text.nullable() }),
  z.looseObject({ type: z.literal('UndoneByHand'), step: name, reason: text }),
  z.looseObject({
    type: z.literal('LogCutBack'),
    from: z.int().min(1),
    to: z.int().min(1).nullable(),
    witnesses: z.array(z.enum(['thread', 'memory', 'world'])),
    posts: z.array(z.looseObject({ from: count, to: count, mark: text.nullable(), ts: text, says: text })),
    kinds: z.array(text),
    steps: z.array(z.looseObject({ step: name, known: z.boolean(), captured: json })),
    world: evidence,
  }),
  z.looseObject({
    type: z.literal('EventsRestored'),
    from: z.int().min(1),
    to: z.int().min(1),
    events: z.array(z.lazy((): z.ZodType => LOGGED)),
  }),
  z.looseObject({ type: z.literal('WaveCompleted') }),
  z.looseObject({ type: z.literal('WaveRolledBack') }),
  z.looseObject({ type: z.literal('WaveAborted'), reason: text, left: z.array(text) }),
]);

export const LOGGED = z
  .looseObject({
    wave: name,
    seq: z.int().min(1),
    at: time,
    by: BY,
    event: EVENT,
    hash: z.string().regex(/^[0-9a-f]{64}$/),
  })
  .refine(({ by, event }) => event.type !== 'GateApproved' || by.kind === 'person', {
    path: ['by'],
    message: 'a gate is approved by a machine',
  })
  .refine(({ by, event }) => event.type !== 'LineWaived' || by.kind === 'person', {
    path: ['by'],
    message: 'a line is waived by a machine',
  });

const gate = z.discriminatedUnion('state', [
  z.looseObject({ state: z.literal('closed') }),
  z.looseObject({
    state: z.enum(['open', 'approved']),
    number: count,
    hash: name,
    openedAt: time,
    expiresAt: time,
    approvers: people,
    quorum: count,
    reasonRequired: z.boolean(),
    approvals: z.array(z.looseObject({ user: name, at: time, reason: text.nullable() })),
  }),
]);

const stepState = z.looseObject({
  status: z.enum(['pending', 'running', 'done', 'skipped', 'undoing', 'undone']),
  phase: z.enum(['apply', 'check']),
  attempt: count,
  visit: count,
  begun: z.boolean(),
  captured: value,
  result: json,
  progress: json,
  startedAt: time.nullable(),
  since: time.nullable(),
  finishedAt: time.nullable(),
  nextAt: time.nullable(),
  until: time.nullable(),
  faults: count,
  troubleSince: time.nullish(),
  summary: text,
  gate,
  lost: z.boolean().optional(),
});

const hold = z.looseObject({ cause: HOLD_CAUSES, reason: text, at: time, by: BY, evidence, preflight });

const waivers = z
  .array(
    z.looseObject({
      line: name,
      found: text,
      people: z.array(z.looseObject({ user: name, at: time, reason: text, approver: z.boolean() })),
    }),
  )
  .optional();

/** The wave as it was before a loss: it becomes a wave again with the plan of the one that holds it. */
const base = z.looseObject({
  id: name,
  status: z.string(),
  seq: z.int().min(1),
  lastAt: time,
  at: count.optional(),
  gates: count,
  steps: z.array(stepState),
  undo: z.array(name).optional(),
});

const facts = {
  id: name,
  plan: PLAN,
  startedAt: time,
  startedBy: BY,
  seq: z.int().min(1),
  lastAt: time,
  steps: z.array(stepState),
  gates: count,
  waivers,
  lost: z
    .looseObject({ from: count, to: count.nullable(), tells: z.enum(['on', 'back', 'ended']), base: base.optional() })
    .optional(),
};

export const WAVE = z.discriminatedUnion('status', [
  z.looseObject({ ...facts, status: z.enum(['running', 'gated']), at: count }),
  z.looseObject({ ...facts, status: z.literal('held'), at: count, hold }),
  z.looseObject({ ...facts, status: z.literal('rolling-back'), reason: text, undo: z.array(name) }),
  z.looseObject({
    ...facts,
    status: z.literal('stuck'),
    reason: text,
    undo: z.array(name).min(1),
    runbook: z.array(text),
  }),
  z.looseObject({ ...facts, status: z.enum(['completed', 'rolled-back', 'aborted']), endedAt: time }),
]);
