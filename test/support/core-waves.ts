/** Builders for everything that the core is asked about: a site, what was read of it, a recipe, a plan, a wave, a fact. */
import { createHash } from 'node:crypto';
import type { Actor, Person } from '../../src/core/actor';
import { buildPlan } from '../../src/core/build-plan';
import type { Decision, Refusal, Visit, WaveCommand } from '../../src/core/commands';
import { decide } from '../../src/core/decide';
import type { WaveEvent } from '../../src/core/events';
import { stepId, userId, waveOf } from '../../src/core/ids';
import type { Observed } from '../../src/core/observed';
import type { Outcome, UndoOutcome } from '../../src/core/outcome';
import type { Plan } from '../../src/core/plan';
import type { Recipe, RecipeStep } from '../../src/core/recipe';
import type { Site } from '../../src/core/site';
import { STEP_KINDS, type StepKind } from '../../src/core/step-kinds';
import { evolve, type StepState, stepAt, stepIndex, type Wave } from '../../src/core/wave';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Monday 7 June 2027, 08:00 UTC. */
export const T0 = Date.UTC(2027, 5, 7, 8);

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const person = (user: string, groups: readonly string[] | null): Person => ({
  kind: 'person',
  user: userId(user),
  groups,
  via: 'slack',
});

/** Operator and, to make it interesting, approver as well: may approve no gate of the waves that she starts. */
export const MARIA = person('U0MARIA', ['S0OPERATORS', 'S0APPROVERS']);
export const DANIEL = person('U0DANIEL', ['S0APPROVERS']);
export const AISHA = person('U0AISHA', ['S0APPROVERS']);
export const OTTO = person('U0OTTO', []);
/** An approver of whom Slack does not say right now what groups she is in. */
export const UMA = person('U0UMA', null);
export const WORKER: Actor = { kind: 'bot', worker: 'worker-1' };

export function siteOf(more: Partial<Site> = {}, agents = 4): Site {
  return {
    site: 'site-t',
    name: 'Test contact centre',
    timeZone: 'America/Chicago',
    recipe: 'standard-site',
    regulated: false,
    agents: Array.from({ length: agents }, (_, i) => ({
      agent: `agent-${i + 1}`,
      user: `user-${i + 1}`,
      phone: `phone-${i + 1}`,
      group: i % 2 === 0 ? 'sales' : 'service',
    })),
    window: null,
    policy: { operators: ['S0OPERATORS'], approvers: ['S0APPROVERS'], quorum: 1, gates: {} },
    dns: {
      provider: 'powerdns',
      zone: 't.example.com',
      nameServers: ['ns1', 'ns2'],
      records: [
        {
          name: '_sip._tcp.t.example.com',
          type: 'SRV',
          ttl: 3600,
          legacy: ['10 0 5060 sbc.t.example.com'],
          target: ['10 0 5060 new.example.net', '20 0 5060 sbc.t.example.com'],
        },
      ],
    },
    resolvers: [{ name: 'google', location: 'anycast', kind: 'public' }],
    gateways: {
      target: { host: 'new.example.net', port: 5060, transport: 'tcp' },
      legacy: { host: 'sbc.t.example.com', port: 5060, transport: 'udp' },
    },
    endpoints: { retrySeconds: 30, registersPerSecond: 10 },
    platform: {
      kind: 'genesys-cloud',
      organisation: 'organisation-1',
      site: 'platform-site-1',
      inboundTrunks: [{ name: 'Inbound', trunkBase: 'trunk-in' }],
      failoverTrunks: [{ name: 'Failover', trunkBase: 'trunk-failover' }],
      outboundRoutes: [{ name: 'Outbound', route: 'route-out' }],
      queues: [{ name: 'Sales', queue: 'queue-sales', groups: ['sales', 'service'] }],
      allocation: { table: 'table-1', row: 'site-t' },
      shadowFlow: 'flow-1',
      managementUnit: null,
      licences: ['communicate'],
    },
    mirror: { dids: ['+12175550100'], callerId: '+18005550199', codecs: ['audio/pcmu'], maxConcurrentSessions: 30 },
    legacy: { trunks: ['legacy-in'], queues: ['legacy-sales'] },
    crm: { entry: 'site-t' },
    ...more,
  };
}

export function observedOf(more: Partial<Observed> = {}): Observed {
  return {
    at: T0,
    records: [{ name: '_sip._tcp.t.example.com', type: 'SRV', ttl: 3600, values: ['10 0 5060 sbc.t.example.com'] }],
    trunks: [
      { id: 'trunk-in', name: 'Inbound', enabled: false },
      { id: 'trunk-failover', name: 'Failover', enabled: false },
    ],
    routes: [{ id: 'route-out', name: 'Outbound', enabled: false }],
    queues: [{ id: 'queue-sales', name: 'Sales', members: 4, joined: 0 }],
    allocation: { allocationPercent: 0, shadowPercent: 0 },
    legacyTrunks: [{ id: 'legacy-in', mode: 'active' }],
    legacyQueues: [{ id: 'legacy-sales', enabled: true }],
    licencesMissing: 4,
    ...more,
  };
}

export const STANDARD_GATES: readonly StepKind[] = ['switch-dns', 'drain-legacy', 'shift-queues', 'retire-legacy'];

export function recipeOf(
  kinds: readonly StepKind[] = STEP_KINDS.filter((kind) => kind !== 'http'),
  gates: readonly StepKind[] = STANDARD_GATES,
  more: Partial<Recipe> = {},
): Recipe {
  return {
    name: 'standard-site',
    steps: kinds.map((kind) => recipeStep(kind, gates)),
    limits: {},
    rollbackTrigger: null,
    ...more,
  };
}

function recipeStep(kind: StepKind, gates: readonly StepKind[]): RecipeStep {
  return { id: kind, kind, title: null, gated: gates.includes(kind), http: null };
}

/** A wave document in the literal form; `gated` says which of its steps stand behind a gate. */
export function literalRecipe(gated: readonly boolean[]): Recipe {
  const steps = gated.map((behindGate, i): RecipeStep => {
    const endpoint = `https://api.example.com/part-${i + 1}`;
    return {
      id: `call-${i + 1}`,
      kind: 'http',
      title: `Call ${i + 1}`,
      gated: behindGate,
      http: {
        name: `call-${i + 1}`,
        endpoint,
        method: 'PUT',
        body: { on: true },
        validation: { kind: 'get', endpoint, text: 'on' },
        inverse: null,
      },
    };
  });
  return { name: 'literal', steps, limits: {}, rollbackTrigger: 'validation_failure_rate > 2%' };
}

export function planOf(given: { site?: Site; recipe?: Recipe; observed?: Observed; waveNumber?: number } = {}): Plan {
  const result = buildPlan({
    site: given.site ?? siteOf(),
    recipe: given.recipe ?? recipeOf(),
    observed: given.observed ?? observedOf(),
    waveNumber: given.waveNumber ?? 1,
    digest: sha256,
  });
  if (result.kind !== 'plan') throw new Error(`unplannable: ${result.faults.join('; ')}`);
  return result.plan;
}

/**
 * Three steps are enough to say most things: an open road, a gate, and a last step that may be skipped. Not a plan that a
 * recipe could give, but the core knows steps by their kind only where a fact is about the kind.
 */
export const SHORT: readonly StepKind[] = ['lower-ttl', 'switch-dns', 'restore-ttl'];

export function shortPlan(site: Partial<Site> = {}, gates: readonly StepKind[] = ['switch-dns'], kinds = SHORT): Plan {
  const whole = planOf({ site: siteOf(site) });
  const steps = kinds.map((kind) => {
    const step = whole.steps.find((planned) => planned.kind === kind);
    if (!step) throw new Error(`no step ${kind}`);
    return { ...step, gated: gates.includes(kind) };
  });
  return { ...whole, steps };
}

/** Events as they were appended, by whom and when. Without more, a worker did it at T0. */
export interface Happening {
  readonly event: WaveEvent;
  readonly actor: Actor;
  readonly at: number;
}

export const by = (actor: Actor, event: WaveEvent, at = T0): Happening => ({ event, actor, at });

export function waveAfter(history: readonly (WaveEvent | Happening)[]): Wave {
  const wave = history.reduce<Wave | null>(
    (before, item) => follow(before, 'event' in item ? item : by(WORKER, item)),
    null,
  );
  if (wave === null) throw new Error('no history');
  return wave;
}

export function follow(wave: Wave | null, { event, actor, at }: Happening): Wave {
  const by = actor.kind === 'person' ? { kind: 'person' as const, user: actor.user, via: actor.via } : actor;
  const id = wave?.id ?? waveOf('site-t', 1);
  return evolve(wave, { wave: id, seq: (wave?.seq ?? 0) + 1, at, by, event });
}

/** Commands one after the other; each must be accepted. */
export function play(
  wave: Wave | null,
  commands: readonly (WaveCommand | ((wave: Wave) => WaveCommand))[],
  now = T0,
): Wave {
  const last = commands.reduce<Wave | null>((before, item) => {
    const command = typeof item === 'function' ? item(existing(before)) : item;
    const decision = decide(before, command, now);
    if (decision.kind === 'refusal') throw new Error(`${command.type} was refused: ${decision.sentence}`);
    return decision.events.reduce<Wave | null>(
      (next, event) => follow(next, { event, actor: command.actor, at: now }),
      before,
    );
  }, wave);
  return existing(last);
}

function existing(wave: Wave | null): Wave {
  if (wave === null) throw new Error('there is no wave yet');
  return wave;
}

export const start = (plan: Plan, actor: Actor = MARIA): WaveCommand => ({ type: 'StartWave', plan, actor });

/** The visit that is due now, forward or backward. */
export function visitOf(wave: Wave): Visit {
  const step =
    wave.status === 'rolling-back' || wave.status === 'stuck'
      ? wave.undo[0]
      : 'at' in wave
        ? wave.plan.steps[wave.at]?.id
        : wave.plan.steps[0]?.id;
  if (step === undefined) throw new Error(`nothing is under way in ${wave.id}`);
  const { state } = stepAt(wave, stepIndex(wave, step));
  return { step, attempt: state.attempt, visit: state.visit };
}

export const stepOf = (wave: Wave, kind: StepKind): StepState => stepAt(wave, stepIndex(wave, stepId(kind))).state;

export const applied: Outcome = { kind: 'applied', summary: 'Written and read back.', evidence: [] };
export const passed: Outcome = { kind: 'passed', summary: 'All good.', evidence: [] };
export const failed: Outcome = { kind: 'failed', summary: 'Calls are lost.', evidence: [] };
export const waitingFor = (recheckAfterMs: number): Extract<Outcome, { kind: 'waiting' }> => ({
  kind: 'waiting',
  summary: 'Not yet.',
  evidence: [],
  recheckAfterMs,
  until: null,
});
export const heldFor = (cause: Extract<Outcome, { kind: 'held' }>['cause']): Outcome => ({
  kind: 'held',
  cause,
  summary: `Held: ${cause}.`,
  evidence: [],
});
export const faulted = (
  transient = true,
  retryAfterMs: number | null = null,
): Extract<Outcome, { kind: 'faulted' }> => ({
  kind: 'faulted',
  summary: 'The other side answered 503.',
  transient,
  retryAfterMs,
});
export const undone: UndoOutcome = { kind: 'undone', summary: 'As captured before.', evidence: [] };
export const undoFailed: UndoOutcome = { kind: 'failed', summary: 'The record cannot be written.', evidence: [] };

export const begin = (wave: Wave): WaveCommand => ({ type: 'BeginStep', visit: visitOf(wave), actor: WORKER });
export const capture = (wave: Wave): WaveCommand => ({
  type: 'CaptureState',
  visit: visitOf(wave),
  captured: { ttl: 3600 },
  actor: WORKER,
});
export const report =
  (outcome: Outcome) =>
  (wave: Wave): WaveCommand => ({
    type: 'ReportStep',
    visit: visitOf(wave),
    outcome,
    actor: WORKER,
  });
export const reportGate =
  (outcome: Outcome, hash = 'hash-1') =>
  (wave: Wave): WaveCommand => ({
    type: 'ReportGate',
    visit: visitOf(wave),
    outcome,
    hash,
    actor: WORKER,
  });
export const beginUndo = (wave: Wave): WaveCommand => ({ type: 'BeginUndo', visit: visitOf(wave), actor: WORKER });
export const reportUndo =
  (outcome: UndoOutcome) =>
  (wave: Wave): WaveCommand => ({
    type: 'ReportUndo',
    visit: visitOf(wave),
    outcome,
    runbook: ['Set the record by hand.'],
    actor: WORKER,
  });
export const approve =
  (actor: Actor = DANIEL, hash = 'hash-1', reason: string | null = null) =>
  (wave: Wave): WaveCommand => ({
    type: 'ApproveGate',
    ...cardOf(wave),
    hash,
    reason,
    actor,
  });
export const holdGate =
  (actor: Actor = DANIEL) =>
  (wave: Wave): WaveCommand => ({
    type: 'HoldGate',
    ...cardOf(wave),
    reason: 'not today',
    actor,
  });
export const pause = (actor: Actor = MARIA): WaveCommand => ({ type: 'PauseWave', reason: 'lunch', actor });
export const resume = (actor: Actor = MARIA): WaveCommand => ({ type: 'ResumeWave', reason: null, actor });
export const retry = (actor: Actor = MARIA): WaveCommand => ({ type: 'RetryStep', reason: null, actor });
export const skip = (actor: Actor = MARIA, reason = 'not needed here'): WaveCommand => ({
  type: 'SkipStep',
  reason,
  actor,
});
export const waive = (actor: Actor = MARIA, line = 'line-1', reason = 'known and harmless'): WaveCommand => ({
  type: 'WaiveLine',
  line,
  reason,
  actor,
});
export const rollBack = (actor: Actor = MARIA): WaveCommand => ({ type: 'RollBack', reason: 'agents complain', actor });
export const abort = (actor: Actor = MARIA): WaveCommand => ({ type: 'AbortWave', reason: 'called off', actor });
export const tick: WaveCommand = { type: 'Tick', actor: WORKER };

/** The newest card of the wave: the gate that is open, or the last that was. */
function cardOf(wave: Wave) {
  const index = wave.steps.findIndex((state) => state.gate.state === 'open');
  const fallback = wave.plan.steps.findIndex((planned) => planned.gated);
  const planned = wave.plan.steps[index >= 0 ? index : Math.max(0, fallback)];
  if (!planned) throw new Error('the plan has no step');
  return { step: planned.id, gate: wave.gates };
}

/** One step from its beginning to its end, through its gate when it has one. */
export const through: readonly ((wave: Wave) => WaveCommand)[] = [begin, capture, report(applied), report(passed)];
export const throughGate = [reportGate(passed), approve(), ...through] as const;

/** Through steps until the wave stands before `kind`. */
export function upTo(wave: Wave, kind: StepKind, now = T0): Wave {
  let next = wave;
  while ('at' in next && next.plan.steps[next.at]?.kind !== kind) {
    next = play(next, next.plan.steps[next.at]?.gated ? throughGate : through, now);
  }
  return next;
}

interface When {
  when(command: WaveCommand | ((wave: Wave) => WaveCommand), now?: number): Answer;
}
interface Answer {
  /** The events, each as given or by its type alone. */
  gives(...events: readonly (Partial<WaveEvent> | WaveEvent['type'])[]): void;
  /** Nothing new: it is so already. */
  givesNothing(): void;
  isRefused(code: Refusal['code'], sentence?: RegExp): void;
}

/** `given(wave).when(command).gives(events)`; the wave, or what happened to it. */
export function given(history: Wave | null | readonly (WaveEvent | Happening)[]): When {
  const wave = history === null || 'id' in history ? history : waveAfter(history);
  return {
    when(item, now = T0) {
      const command = typeof item === 'function' ? item(existing(wave)) : item;
      return answerOf(decide(wave, command, now));
    },
  };
}

function answerOf(decision: Decision): Answer {
  return {
    gives(...events) {
      expect(decision).toMatchObject({ kind: 'decided' });
      const found = decision.kind === 'decided' ? decision.events : [];
      expect(found.map((event) => event.type)).toEqual(
        events.map((event) => (typeof event === 'string' ? event : event.type)),
      );
      found.forEach((event, i) => {
        const wanted = events[i];
        if (typeof wanted === 'object') expect(event).toMatchObject(wanted);
      });
    },
    givesNothing() {
      expect(decision).toEqual({ kind: 'decided', events: [] });
    },
    isRefused(code, sentence = /./) {
      expect(decision).toMatchObject({ kind: 'refusal', code, sentence: expect.stringMatching(sentence) });
    },
  };
}
