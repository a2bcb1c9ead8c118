import { z } from 'zod';
import type { Limits } from '../core/limits';
import { type Recipe, type RecipeStep, recipeFaults } from '../core/recipe';
import { STEP_KINDS, type StepKind } from '../core/step-kinds';
import { checkExpression, TRIGGER_VARIABLES } from './expression';
import { fitSchema, must } from './fit-schema';
import { type Located, parseLocated } from './located-yaml';
import { suggestion } from './nearest';
import { bad, type Finding, good, isRecord, type Parsed, type ParseFault, shown } from './parse-fault';
import { recipeLimits } from './recipe-limits';
import { fault } from './site-checks';
import { lineFinding, wordFinding } from './site-fields';
import { orderSteps } from './step-order';

/** `http` steps stand in wave documents, which say what they call. */
const KINDS = STEP_KINDS.filter((kind) => kind !== 'http');

const MOST_STEPS = 50;

const word = z.string().superRefine(must(wordFinding));
const step = z.strictObject({
  step: z.string().superRefine(must(kindFinding)),
  id: word.exactOptional(),
  title: z.string().superRefine(must(lineFinding)).exactOptional(),
  gate: z.boolean().exactOptional(),
  after: z.array(word).max(MOST_STEPS).exactOptional(),
});

const RECIPE_FILE = z.strictObject({
  recipe: word,
  /** For people only: which edition of the recipe this is. */
  version: z.int().min(1).optional(),
  steps: z
    .array(z.preprocess((each) => (typeof each === 'string' ? { step: each } : each), step))
    .min(1)
    .max(MOST_STEPS),
  /** Read by `recipe-limits.ts`. */
  limits: z.unknown().optional(),
  rollbackTrigger: z.string().optional(),
});

function kindFinding(kind: string): Finding | null {
  if (kind === 'http')
    return { wrong: 'is "http"', mend: 'Write steps that call an endpoint as a wave document ("waveId", "sequence")' };
  return KINDS.some((known) => known === kind)
    ? null
    : { wrong: `is ${shown(kind)}, which is no kind of step`, mend: suggestion(kind, KINDS) };
}

interface WrittenStep extends RecipeStep {
  readonly after: readonly string[];
  /** Its place in the file's list. */
  readonly index: number;
}

/** A recipe: the order of the built-in steps, their gates, and limits that are tighter than the standard. */
export function parseRecipe(text: string, file: string): Parsed<Recipe> {
  const read = parseLocated(text, file);
  if (!read.ok) return read;
  const located = read.value;
  const { value, faults } = fitSchema(located, RECIPE_FILE);
  const limits = recipeLimits(located);
  const written = writtenSteps(located);
  const all = [
    ...faults,
    ...(limits.ok ? [] : limits.faults),
    ...triggerFaults(located),
    ...idFaults(located, written),
  ];
  const steps = all.length === 0 || written.length > 0 ? inOrder(located, written, all) : null;
  if (value === null || steps === null || !limits.ok || all.length > 0) return bad(...all);
  return good(recipeOf(value.recipe, steps, limits.value, value.rollbackTrigger ?? null));
}

function recipeOf(
  name: string,
  steps: readonly WrittenStep[],
  limits: Partial<Limits>,
  rollbackTrigger: string | null,
): Recipe {
  return { name, steps: steps.map(({ after: _after, index: _index, ...rest }) => rest), limits, rollbackTrigger };
}

/** The steps as far as they can be read: a slip elsewhere must not hide what is wrong with their order. */
function writtenSteps(located: Located): readonly WrittenStep[] {
  const list = located.get(['steps']);
  return (Array.isArray(list) ? list.slice(0, MOST_STEPS + 1) : []).flatMap((each: unknown, index) => {
    const entry = typeof each === 'string' ? { step: each } : each;
    if (!isRecord(entry)) return [];
    const kind = KINDS.find((known) => known === entry.step);
    if (kind === undefined) return [];
    const after = Array.isArray(entry.after)
      ? entry.after.slice(0, MOST_STEPS).filter((id) => typeof id === 'string')
      : [];
    const id = typeof entry.id === 'string' ? entry.id : kind;
    const title = typeof entry.title === 'string' ? entry.title : null;
    return [{ id, kind, title, gated: entry.gate === true, http: null, after, index }];
  });
}

function idFaults(located: Located, steps: readonly WrittenStep[]): readonly ParseFault[] {
  const ids = steps.map((each) => each.id);
  return steps.flatMap((each, i) => {
    // Without ids of their own, two steps of a kind are a fault of the order, which the core finds.
    const own = located.get(['steps', each.index, 'id']) !== undefined;
    const twice = own && ids.indexOf(each.id) !== i;
    const unknown = each.after.flatMap((id, j) => (ids.includes(id) ? [] : [{ id, j }]));
    return [
      ...(twice
        ? [
            fault(located, ['steps', each.index, 'id'], {
              wrong: `${shown(each.id)} stands there twice`,
              mend: 'Give each step an id of its own',
            }),
          ]
        : []),
      ...unknown.map(({ id, j }) =>
        fault(located, ['steps', each.index, 'after', j], {
          wrong: `names ${shown(id)}, and there is no such step`,
          mend: suggestion(id, ids),
        }),
      ),
    ];
  });
}

/** The steps in the order that `after` asks for; adds what is wrong with that order to `faults`. */
function inOrder(
  located: Located,
  written: readonly WrittenStep[],
  faults: ParseFault[],
): readonly WrittenStep[] | null {
  const known = written.map((each) => ({
    ...each,
    after: each.after.filter((id) => written.some((other) => other.id === id)),
  }));
  const order = orderSteps(known);
  if (order.kind === 'cycle') {
    const [first] = order.ids;
    const index = written.find((each) => each.id === first)?.index ?? 0;
    const way = order.ids.join(' after ');
    faults.push(
      fault(located, ['steps', index], {
        wrong: `waits for itself: ${way}`,
        mend: 'Take one of these "after" entries out',
      }),
    );
    return null;
  }
  if (written.length > 0) faults.push(...semanticFaults(located, order.steps));
  return order.steps;
}

function semanticFaults(located: Located, steps: readonly WrittenStep[]): readonly ParseFault[] {
  return recipeFaults(recipeOf('', steps, {}, null), STEP_KINDS).map((sentence) => {
    const index = placeOf(sentence, steps);
    return {
      place: located.place(index === null ? ['steps'] : ['steps', index]),
      wrong: sentence,
      mend: mendOf(sentence),
    };
  });
}

/** Where the last step stands that the sentence names in quotes. */
function placeOf(sentence: string, steps: readonly WrittenStep[]): number | null {
  const named = [...sentence.matchAll(/"([a-z-]+)"/g)].map(([, kind]) => kind);
  // "X stands after Y but has to run before it" is about X, everything else about what is named last.
  const kind = / has to run before /.test(sentence) ? named[0] : named.at(-1);
  return steps.findLast((each) => each.kind === kind)?.index ?? null;
}

const MENDS: readonly (readonly [RegExp, string])[] = [
  [/ is missing/, ''],
  [/ stands there twice/, 'Take one of the two out'],
  [/ has to run before /, 'Move it before that step'],
  [/ gate/, 'Write "gate: true" at this step'],
];

function mendOf(sentence: string): string {
  const missing = /^step "([a-z-]+)" is missing/.exec(sentence)?.[1];
  if (missing !== undefined) return `Add "- step: ${missing}" ${neighbourOf(missing as StepKind)}`;
  return MENDS.find(([form]) => form.test(sentence))?.[1] ?? 'Correct the list of steps';
}

function neighbourOf(kind: StepKind): string {
  const before = STEP_KINDS[STEP_KINDS.indexOf(kind) - 1];
  return before === undefined ? 'at the beginning' : `after "${before}"`;
}

function triggerFaults(located: Located): readonly ParseFault[] {
  const trigger = located.get(['rollbackTrigger']);
  if (typeof trigger !== 'string') return [];
  const checked = checkExpression(trigger, TRIGGER_VARIABLES);
  return checked.ok ? [] : checked.faults.map((each) => fault(located, ['rollbackTrigger'], each));
}
