import { randomUUID } from 'node:crypto';
import type { Bot } from '../src/core/actor';
import type { Visit } from '../src/core/commands';
import type { WaveId } from '../src/core/ids';
import type { Outcome } from '../src/core/outcome';
import { stepAt, stepIndex, type Wave, waiversOf } from '../src/core/wave';
import type { Engine } from '../src/engine/handle';
import { siteWorld } from '../src/engine/site-world';
import type { Stretch } from '../src/engine/stretch';
import { Fault } from '../src/ports/fault';
import type { SiteWorld, World } from '../src/ports/world';
import type { StepContext, StepWorks } from './steps/step-work';

export type VisitKind = 'run-step' | 'inspect-gate' | 'undo-step';

/** What every job is given. */
export interface JobRoom {
  readonly engine: Engine;
  readonly world: World;
  readonly works: StepWorks;
  /** The name of this process, as it stands in the log. */
  readonly worker: string;
  /** Whether a worker goes on with what is due next in the same job; otherwise that is a job of its own. */
  readonly goesOn?: (wave: WaveId) => boolean;
  /** Has all that `work` writes to the world ask `look` first, each request of it. */
  readonly withLastLook?: <Value>(look: () => Promise<void>, work: () => Promise<Value>) => Promise<Value>;
  /** Told of each visit, for what is counted and logged of it. */
  readonly around?: (kind: VisitKind, wave: WaveId, visit: Visit, work: () => Promise<void>) => Promise<void>;
}

/** This job's visit is over: somebody paused, aborted or went back, or another worker has the wave. Nothing more is written. */
export class Superseded extends Error {
  constructor(readonly visit: Visit) {
    super(`the visit of ${visit.step} has been superseded`);
    this.name = 'Superseded';
  }
}

export const actorOf = (room: JobRoom): Bot => ({ kind: 'bot', worker: room.worker });

/** A step's context for one visit. `forward` visits may capture; an undo has its capture already. */
export function contextOf(room: JobRoom, stretch: Stretch, visit: Visit, forward: boolean): StepContext {
  const wave = stretch.wave();
  const { planned, state } = stepAt(wave, stepIndex(wave, visit.step));
  let world: SiteWorld | null = null;
  const fence = async (): Promise<void> => {
    if (await stretch.write('goes-on')) throw new Superseded(visit);
    const stored = await room.engine.log.load(wave.id);
    if (!stored || !expects(stored.wave, visit, forward)) throw new Superseded(visit);
    // Last, since the log may be read long after it was asked for, by a process that was stopped.
    if (!(await stretch.lease.isHeld())) throw new Superseded(visit);
  };
  return {
    wave: wave.id,
    plan: wave.plan,
    step: planned,
    get world() {
      world ??= siteWorld(room.world, wave.plan.site);
      return world;
    },
    now: () => room.engine.clock.now(),
    since: state.since ?? room.engine.clock.now(),
    captured: state.captured,
    progress: state.progress,
    result: state.result,
    resultOf: (kind) => wave.steps[wave.plan.steps.findIndex((step) => step.kind === kind)]?.result ?? null,
    isDone: (kind) => wave.steps[wave.plan.steps.findIndex((step) => step.kind === kind)]?.status === 'done',
    waivers: waiversOf(wave),
    fence,
    capture: async (captured) => {
      if (!forward) return state.captured;
      const lost = await stretch.tell({ type: 'CaptureState', visit, captured, actor: actorOf(room) });
      if (lost ?? (await stretch.write('goes-on'))) throw new Superseded(visit);
      return stepAt(stretch.wave(), stepIndex(stretch.wave(), visit.step)).state.captured;
    },
  };
}

/**
 * A step asks its fence once, and what it then writes may wait for a budget, a login or a busy platform meanwhile. Before
 * each request it is asked once more whether this worker still has the wave; that costs a trip to the store only when the
 * last yes is old. Without an answer nothing is written either.
 */
export function whileOurs<Value>(
  room: JobRoom,
  { lease }: Stretch,
  visit: Visit,
  work: () => Promise<Value>,
): Promise<Value> {
  const look = async (): Promise<void> => {
    if (!lease.isFresh() && !(await lease.isHeld().catch(() => false))) throw new Superseded(visit);
  };
  return room.withLastLook?.(look, work) ?? work();
}

/** Whether the wave still waits for this visit. */
export function expects(wave: Wave, visit: Visit, forward: boolean): boolean {
  if (forward ? wave.status !== 'running' : wave.status !== 'rolling-back') return false;
  const { state } = stepAt(wave, stepIndex(wave, visit.step));
  return state.attempt === visit.attempt && state.visit === visit.visit;
}

export type Faulted = Extract<Outcome, { kind: 'faulted' }>;

/** What a throw becomes: the world's failures and our own bugs hold or retry a step, they never roll a site back. */
export function faultedBy(room: JobRoom, wave: Wave, visit: Visit, cause: unknown): Faulted {
  if (cause instanceof Fault) {
    return { kind: 'faulted', summary: cause.message, transient: cause.transient, retryAfterMs: cause.retryAfterMs };
  }
  const id = randomUUID().slice(0, 8);
  room.engine.warn({ wave: wave.id, visit, id, err: cause }, 'a step failed by our own mistake');
  return {
    kind: 'faulted',
    summary: `The bot itself failed in this step (log id ${id}). Nothing is known to be wrong with the site.`,
    transient: true,
    retryAfterMs: null,
  };
}
