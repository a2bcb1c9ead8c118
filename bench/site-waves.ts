/**
 * Waves as long and as wordy as real ones: the standard recipe on the large demonstration site, its own steps run once in a
 * world in memory up to the first gate; what they captured and reported is then said again for any number of waves.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepWorks } from '../jobs/steps';
import type { StepContext, StepWork, StepWorks } from '../jobs/steps/step-work';
import { sha256 } from '../src/adapters/digest';
import { buildPlan } from '../src/core/build-plan';
import { waveId } from '../src/core/ids';
import type { Json } from '../src/core/json';
import type { Outcome } from '../src/core/outcome';
import type { Plan } from '../src/core/plan';
import { STEP_KINDS, type StepKind } from '../src/core/step-kinds';
import { observeSite } from '../src/engine/observe-site';
import { evaluate } from '../src/parse/expression';
import { parseLibraryRecipe } from '../src/parse/library-recipe';
import { parseSite } from '../src/parse/site';
import type { Clock } from '../src/ports/clock';
import { createMemoryWorld, type MemoryWorld } from '../test/support/memory-world';

const PROJECT = join(__dirname, '..');
const SITE = 'site-a';

type Phase = 'ready' | 'apply' | 'check';

/** What a step did at one visit. */
interface Said {
  readonly captured: Json;
  readonly outcome: Outcome;
}

type Record = Map<string, Said[]>;

export interface SiteWaves {
  /** The plan of the site under another name, so that any number may stand side by side. */
  planOf(name: string): Plan;
  /** Steps that say what the recorded ones said, in order; the same for every wave. */
  readonly works: StepWorks;
  readonly clock: Clock & { pass(ms: number): void };
}

export interface Recording {
  readonly memory: MemoryWorld;
  readonly plan: Plan;
  readonly works: StepWorks;
  readonly clock: Clock & { pass(ms: number): void };
  /** Once a wave of `plan` has been walked by `works`. */
  replay(): SiteWaves;
}

export async function recordSite(): Promise<Recording> {
  const read = (name: string): string => readFileSync(join(PROJECT, 'sites', name), 'utf8');
  const site = given(parseSite(read(`${SITE}.yaml`), `${SITE}.yaml`, read));
  const file = join(PROJECT, 'templates', 'waves', `${site.recipe}.yaml`);
  const { recipe } = given(parseLibraryRecipe(readFileSync(file, 'utf8'), file, site));
  const memory = createMemoryWorld(site);
  const observed = await observeSite(memory.world, site);
  const built = buildPlan({ site, recipe, observed, waveNumber: 1, digest: sha256 });
  if (built.kind !== 'plan') throw new Error(built.faults.join('\n'));
  const record: Record = new Map();
  const { plan } = built;
  const clock = { ...memory.world.clock, pass: (ms: number) => memory.pass(ms) };
  return {
    memory,
    plan,
    clock,
    works: recording(stepWorks({ evaluate }), record),
    replay: () => ({ planOf: (name) => renamed(plan, name), works: replaying(record), clock }),
  };
}

function given<Value>(parsed: { ok: true; value: Value } | { ok: false; faults: readonly object[] }): Value {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value;
}

function renamed(plan: Plan, name: string): Plan {
  return {
    ...plan,
    wave: waveId(`${name}-wave-1`),
    site: { ...plan.site, site: name },
    locks: plan.locks.map((lock) => `${lock}-${name}`),
  };
}

const each = (work: (kind: StepKind) => StepWork): StepWorks =>
  Object.fromEntries(STEP_KINDS.map((kind) => [kind, work(kind)])) as StepWorks;

function recording(inner: StepWorks, record: Record): StepWorks {
  const noted =
    (kind: StepKind, phase: Phase, work: (context: StepContext) => Promise<Outcome>) =>
    async (context: StepContext): Promise<Outcome> => {
      let captured: Json = null;
      const capture = (state: Json): Promise<Json> => {
        captured = state;
        return context.capture(state);
      };
      const outcome = await work({ ...context, capture });
      const key = `${kind} ${phase}`;
      record.set(key, [...(record.get(key) ?? []), { captured, outcome }]);
      return outcome;
    };
  return each((kind) => {
    const { ready, apply, check, undo } = inner[kind];
    return {
      ...(ready ? { ready: noted(kind, 'ready', ready) } : {}),
      apply: noted(kind, 'apply', apply),
      check: noted(kind, 'check', check),
      undo,
    };
  });
}

function replaying(record: Record): StepWorks {
  const next = new Map<string, number>();
  const said =
    (kind: StepKind, phase: Phase) =>
    async (context: StepContext): Promise<Outcome> => {
      const key = `${context.wave} ${kind} ${phase}`;
      const visit = next.get(key) ?? 0;
      next.set(key, visit + 1);
      const then = record.get(`${kind} ${phase}`)?.[visit];
      if (!then) throw new Error(`${kind} was not recorded for its ${phase} number ${visit + 1}`);
      if (then.captured !== null) await context.capture(then.captured);
      return then.outcome;
    };
  return each((kind) => ({
    ...(record.has(`${kind} ready`) ? { ready: said(kind, 'ready') } : {}),
    apply: said(kind, 'apply'),
    check: said(kind, 'check'),
    undo: async () => ({ kind: 'undone', summary: '', evidence: [] }),
  }));
}
