/** Visits of steps as a worker makes them: capture and progress are kept between visits, the clock moves to the next one. */
import { stepWorks } from '../../jobs/steps';
import type { StepContext } from '../../jobs/steps/step-work';
import type { Json } from '../../src/core/json';
import type { Limits } from '../../src/core/limits';
import type { Observed } from '../../src/core/observed';
import type { Outcome, UndoOutcome } from '../../src/core/outcome';
import type { Plan } from '../../src/core/plan';
import type { StepKind } from '../../src/core/step-kinds';
import type { Waiver } from '../../src/core/waivers';
import { observedOf, planOf, recipeOf } from './core-waves';
import type { MemoryWorld } from './memory-world';

interface Kept {
  phase: 'apply' | 'check';
  since: number | null;
  captured: Json;
  progress: Json;
  result: Json;
  done: boolean;
}

export type Visits = ReturnType<typeof visitsIn>;

/** Above two percent is the trigger of every literal document here. */
const evaluate = (_expression: string, values: Readonly<Record<string, number>>): boolean =>
  (values.validation_failure_rate ?? 0) > 2;

export function visitsIn(
  memory: MemoryWorld,
  given: { limits?: Partial<Limits>; plan?: Plan; waivers?: readonly Waiver[] } = {},
) {
  const works = stepWorks({ evaluate });
  const plan =
    given.plan ??
    planOf({
      site: memory.site,
      observed: readOf(memory),
      recipe: recipeOf(undefined, undefined, { limits: given.limits ?? {} }),
    });
  const kept = new Map<StepKind, Kept>();
  let fences = 0;
  let superseded = false;

  const stateOf = (kind: StepKind): Kept => {
    const state = kept.get(kind) ?? {
      phase: 'apply',
      since: null,
      captured: null,
      progress: null,
      result: null,
      done: false,
    };
    kept.set(kind, state);
    return state;
  };

  const contextOf = (kind: StepKind): StepContext => {
    const step = plan.steps.find((planned) => planned.kind === kind);
    if (!step) throw new Error(`the plan has no ${kind}`);
    const state = stateOf(kind);
    state.since ??= memory.now;
    return {
      wave: plan.wave,
      plan,
      step,
      world: memory.world,
      now: () => memory.now,
      since: state.since,
      captured: state.captured,
      progress: state.progress,
      result: state.result,
      resultOf: (other) => kept.get(other)?.result ?? null,
      isDone: (other) => kept.get(other)?.done ?? false,
      waivers: given.waivers ?? [],
      capture: async (captured) => {
        state.captured ??= structuredClone(captured);
        return state.captured;
      },
      fence: async () => {
        fences += 1;
        if (superseded) throw new Error('superseded');
      },
    };
  };

  /** One visit; its report changes what the next one is given. */
  async function visit(kind: StepKind): Promise<Outcome> {
    const state = stateOf(kind);
    const outcome = await works[kind][state.phase](contextOf(kind));
    if (outcome.kind === 'applied') Object.assign(state, { phase: 'check', since: memory.now, progress: null });
    if (outcome.kind === 'passed') state.done = true;
    if ('result' in outcome && outcome.result !== undefined) state.result = outcome.result;
    if ('progress' in outcome && outcome.progress !== undefined) state.progress = structuredClone(outcome.progress);
    return outcome;
  }

  /** Visits until the step has passed or stopped, letting the time of every wait pass. */
  async function run(
    kind: StepKind,
    most = 1_000,
  ): Promise<{ readonly last: Outcome; readonly all: readonly Outcome[] }> {
    const all: Outcome[] = [];
    for (let i = 0; i < most; i++) {
      const outcome = await visit(kind);
      all.push(outcome);
      if (outcome.kind === 'waiting') memory.pass(outcome.recheckAfterMs);
      else if (outcome.kind !== 'applied') return { last: outcome, all };
    }
    throw new Error(`${kind} does not end: ${all.at(-1)?.kind} ${JSON.stringify(all.at(-1))}`);
  }

  return {
    plan,
    visit,
    run,
    stateOf,
    contextOf,
    ready: async (kind: StepKind): Promise<Outcome> => {
      const outcome = await works[kind].ready?.(contextOf(kind));
      return outcome ?? { kind: 'passed', summary: 'nothing to ask', evidence: [] };
    },
    /** One visit of the way back; `begin` starts its clock afresh. */
    undoOnce: async (kind: StepKind): Promise<UndoOutcome> => works[kind].undo(contextOf(kind)),
    undo: async (kind: StepKind, most = 1_000): Promise<UndoOutcome> => {
      stateOf(kind).since = memory.now;
      for (let i = 0; i < most; i++) {
        const outcome = await works[kind].undo(contextOf(kind));
        if (outcome.kind !== 'waiting') return outcome;
        memory.pass(outcome.recheckAfterMs);
      }
      throw new Error(`the undo of ${kind} does not end`);
    },
    /** As if a person had said to go on: deadlines and clocks begin again, progress stays. */
    resume: (kind: StepKind): void => {
      stateOf(kind).since = memory.now;
    },
    /** As if the worker had died before its report. */
    forget: (kind: StepKind, before: Kept): void => {
      kept.set(kind, before);
    },
    copyOf: (kind: StepKind): Kept => structuredClone(stateOf(kind)),
    supersede: (): void => {
      superseded = true;
    },
    fences: (): number => fences,
  };
}

/** Runs every step up to and without `kind`; each must pass. */
export async function reach(visits: Visits, memory: MemoryWorld, kind: StepKind): Promise<void> {
  for (const step of visits.plan.steps) {
    if (step.kind === kind) return;
    for (let ready = await visits.ready(step.kind); ready.kind !== 'passed'; ready = await visits.ready(step.kind)) {
      if (ready.kind !== 'waiting') throw new Error(`${step.kind} is not ready: ${JSON.stringify(ready)}`);
      memory.pass(ready.recheckAfterMs);
    }
    visits.stateOf(step.kind).since = memory.now;
    const { last } = await visits.run(step.kind);
    if (last.kind !== 'passed') throw new Error(`${step.kind} ended ${last.kind}: ${JSON.stringify(last)}`);
  }
}

function readOf(memory: MemoryWorld): Observed {
  return observedOf({
    records: [...memory.records.values()],
    queues: [...memory.members].map(([id, members]) => ({ id, name: id, members: members.size, joined: 0 })),
    licencesMissing: memory.site.agents.length,
  });
}
