import { type WaveId, waveOf } from '../core/ids';
import type { Json } from '../core/json';
import type { HttpWork } from '../core/plan';
import { type Recipe, type RecipeStep, recipeFaults } from '../core/recipe';
import type { Site } from '../core/site';
import { STEP_KINDS } from '../core/step-kinds';
import { endpointFinding, readValidation } from './endpoint';
import { checkExpression, TRIGGER_VARIABLES } from './expression';
import { fitSchema } from './fit-schema';
import { KNOWN_BODIES } from './known-bodies';
import { type Located, type Path, parseLocated } from './located-yaml';
import { bad, type Finding, good, isRecord, type Parsed, type ParseFault, shown } from './parse-fault';
import { bind, bindJson, placeholdersOf, textsOf, unboundFindings } from './placeholders';
import { fault } from './site-checks';
import { type SequenceStep, WAVE_FILE } from './wave-schema';

/** A wave document as a recipe of `http` steps. */
export interface WaveDocument {
  readonly recipe: Recipe;
  readonly waveId: WaveId;
  readonly waveNumber: number;
  /** What was added to the document, for people to read before they start it. */
  readonly notes: readonly string[];
}

/** Whether a text is meant as a wave document and not as a recipe. */
export function isWaveDocument(text: string): boolean {
  const read = parseLocated(text, '');
  // What cannot be read is told apart by its words, so that its faults come from the right parser.
  if (!read.ok) return /["']?(waveId|sequence)["']?\s*:/.test(text.slice(0, 2000));
  return 'waveId' in read.value.value || 'sequence' in read.value.value;
}

interface Binding {
  readonly site: Site;
  readonly bound: ReadonlyMap<string, string>;
  readonly waveNumber: number;
}

/** The guide's document, bound to a site: its endpoints, bodies and validations are those of that site. */
export function parseWaveDocument(text: string, file: string, site: Site): Parsed<WaveDocument> {
  const read = parseLocated(text, file);
  if (!read.ok) return read;
  const located = read.value;
  const { value, faults } = fitSchema(located, WAVE_FILE);
  const number = waveNumberOf(located.get(['waveId']), site);
  const binding: Binding = { site, bound: placeholdersOf(site), waveNumber: typeof number === 'number' ? number : 0 };
  const all = [
    ...faults,
    ...(typeof number === 'number' || typeof located.get(['waveId']) !== 'string'
      ? []
      : [fault(located, ['waveId'], number)]),
    ...triggerFaults(located),
    ...sequenceFaults(located, binding),
  ];
  if (value === null || typeof number !== 'number' || all.length > 0) return bad(...all);
  const { steps, notes } = withGate(recipeSteps(value.sequence, binding));
  const recipe: Recipe = { name: nameOf(file), steps, limits: {}, rollbackTrigger: value.rollbackTrigger };
  const semantic = recipeFaults(recipe, STEP_KINDS).map((wrong) => ({
    place: located.place(['sequence']),
    wrong,
    mend: 'Correct the sequence',
  }));
  return semantic.length > 0
    ? bad(...semantic)
    : good({ recipe, waveId: waveOf(site.site, number), waveNumber: number, notes });
}

const nameOf = (file: string): string => (file.split('/').at(-1) ?? file).replace(/\.(json|ya?ml)$/, '');

/** `site-a-wave-1`, also with one word more for the part of the site: `site-a-east-wave-1`. */
function waveNumberOf(waveId: unknown, site: Site): number | Finding {
  const [, designation, figure] = /^([a-z0-9-]+)-wave-([1-9]\d{0,5})$/.exec(String(waveId)) ?? [];
  const mend = `Write "${site.site}-wave-1", with the number of the wave`;
  if (designation === undefined) return { wrong: `is ${shown(waveId)}, not the id of a wave`, mend };
  const alias = designation.startsWith(`${site.site}-`) && /^[a-z]+$/.test(designation.slice(site.site.length + 1));
  if (designation === site.site || alias) return Number(figure);
  return { wrong: `is ${shown(waveId)}, a wave of another site than ${site.site}`, mend };
}

function triggerFaults(located: Located): readonly ParseFault[] {
  const trigger = located.get(['rollbackTrigger']);
  if (typeof trigger !== 'string') return [];
  const checked = checkExpression(trigger, TRIGGER_VARIABLES);
  return checked.ok ? [] : checked.faults.map((each) => fault(located, ['rollbackTrigger'], each));
}

function sequenceFaults(located: Located, binding: Binding): readonly ParseFault[] {
  const sequence = located.get(['sequence']);
  if (!Array.isArray(sequence)) return [];
  return sequence.flatMap((_step, i) => {
    const path: Path = ['sequence', i];
    const findings: readonly (readonly [Path, Finding])[] = [
      ...endpointFindings(located, [...path, 'endpoint'], binding),
      ...endpointFindings(located, [...path, 'inverse', 'endpoint'], binding),
      ...validationFindings(located, [...path, 'validation'], binding),
      ...[['body'], ['inverse', 'body']].flatMap((part) => bodyTextFindings(located, [...path, ...part], binding)),
      ...stepFindings(located, path, binding),
    ];
    return findings.map(([at, finding]) => fault(located, at, finding));
  });
}

type Findings = readonly (readonly [Path, Finding])[];

function endpointFindings(located: Located, path: Path, { bound }: Binding): Findings {
  const text = located.get(path);
  if (typeof text !== 'string') return [];
  const unbound = unboundFindings(text, bound);
  const finding = unbound.length > 0 ? null : endpointFinding(bind(text, bound));
  return [...unbound, ...(finding ? [finding] : [])].map((each) => [path, each] as const);
}

function validationFindings(located: Located, path: Path, { bound, site }: Binding): Findings {
  const text = located.get(path);
  if (typeof text !== 'string') return [];
  const unbound = unboundFindings(text, bound);
  if (unbound.length > 0) return unbound.map((each) => [path, each] as const);
  const validation = readValidation(bind(text, bound), site);
  return 'wrong' in validation ? [[path, validation]] : [];
}

function bodyTextFindings(located: Located, path: Path, { bound }: Binding): Findings {
  return textsOf(located.get(path), path).flatMap(({ path: at, text }) =>
    unboundFindings(text, bound).map((each) => [at, each] as const),
  );
}

/** What a step lacks: a body, or a way back. */
function stepFindings(located: Located, path: Path, binding: Binding): Findings {
  const entry = located.get(path);
  if (!isRecord(entry) || typeof entry.step !== 'string' || typeof entry.method !== 'string') return [];
  const findings: (readonly [Path, Finding])[] = [];
  const missing = bodyFinding(entry, binding);
  if (missing) findings.push([path, missing]);
  if (entry.method === 'GET' && entry.body !== undefined) {
    findings.push([
      [...path, 'body'],
      { wrong: 'stands at a GET, which sends none', mend: 'Take the body out or choose another method' },
    ]);
  }
  if ((entry.method === 'POST' || entry.method === 'DELETE') && entry.inverse === undefined) {
    const wrong = `(${entry.method} ${shown(entry.step)}) has no way back: writing back what GET showed undoes only PUT and PATCH`;
    findings.push([path, { wrong, mend: 'Add "inverse" with method, endpoint and body' }]);
  }
  return findings;
}

function bodyFinding(entry: Readonly<Record<string, unknown>>, { site, bound, waveNumber }: Binding): Finding | null {
  if (entry.body !== undefined || entry.method === 'GET' || entry.method === 'DELETE') return null;
  const known = KNOWN_BODIES[String(entry.step)];
  if (!known || !Object.hasOwn(KNOWN_BODIES, String(entry.step))) {
    const names = Object.keys(KNOWN_BODIES).join(', ');
    return { wrong: `(${shown(entry.step)}) has no body`, mend: `Add "body"; only ${names} bring one along` };
  }
  const made = known({ site, endpoint: bind(String(entry.endpoint), bound), waveNumber });
  return made.kind === 'finding' ? made.finding : null;
}

function recipeSteps(sequence: readonly SequenceStep[], binding: Binding): readonly RecipeStep[] {
  const names = sequence.map((each) => each.step);
  return sequence.map((each, i) => {
    const before = names.slice(0, i).filter((name) => name === each.step).length;
    return {
      id: before === 0 ? each.step : `${each.step}-${before + 1}`,
      kind: 'http',
      title: each.title ?? TITLES[each.step] ?? each.step.replaceAll('_', ' '),
      gated: each.gate ?? false,
      http: httpWork(each, binding),
    };
  });
}

const TITLES: Readonly<Record<string, string>> = {
  update_dns: 'Update DNS',
  activate_trunk_inbound: 'Activate the inbound trunk',
  shift_queue_traffic: 'Shift queue traffic',
};

function httpWork(step: SequenceStep, { site, bound, waveNumber }: Binding): HttpWork {
  const endpoint = bind(step.endpoint, bound);
  const validation = readValidation(bind(step.validation, bound), site);
  if ('wrong' in validation) throw new Error(`the validation of ${step.step} was not checked`);
  const { inverse } = step;
  return {
    name: step.step,
    endpoint,
    method: step.method,
    body: step.body === undefined ? knownBody(step, { site, endpoint, waveNumber }) : bindJson(step.body, bound),
    validation,
    inverse: inverse
      ? { method: inverse.method, endpoint: bind(inverse.endpoint, bound), body: bindJson(inverse.body ?? null, bound) }
      : null,
  };
}

function knownBody(step: SequenceStep, input: { site: Site; endpoint: string; waveNumber: number }): Json {
  const made = step.method === 'GET' || step.method === 'DELETE' ? null : KNOWN_BODIES[step.step]?.(input);
  return made?.kind === 'body' ? made.body : null;
}

/** The guide lists no gates, but DNS and trunks never change without one between them: the first trunk step gets it. */
function withGate(steps: readonly RecipeStep[]): {
  readonly steps: readonly RecipeStep[];
  readonly notes: readonly string[];
} {
  const dns = steps.findIndex(changesDns);
  const trunk = steps.findIndex((step, i) => i > dns && changesTrunk(step));
  const between = steps.slice(dns + 1, trunk + 1);
  if (dns < 0 || trunk < 0 || between.some((step) => step.gated)) return { steps, notes: [] };
  const id = steps[trunk]?.id ?? '';
  const note = `A gate was added before "${id}": DNS and trunks do not change without one between them.`;
  return { steps: steps.map((step, i) => (i === trunk ? { ...step, gated: true } : step)), notes: [note] };
}

const writes = (step: RecipeStep): boolean => step.http !== null && step.http.method !== 'GET';
const changesDns = (step: RecipeStep): boolean =>
  writes(step) && /dns|\/zones\//i.test(`${step.id} ${step.http?.endpoint}`);
const changesTrunk = (step: RecipeStep): boolean => writes(step) && /trunk/i.test(`${step.id} ${step.http?.endpoint}`);
