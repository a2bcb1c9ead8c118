import type { Limits } from './limits';
import type { HttpWork } from './plan';
import type { StepKind } from './step-kinds';

/** A reusable order of steps, gates and limits. A file in `templates/waves/`. */
export interface Recipe {
  readonly name: string;
  readonly steps: readonly RecipeStep[];
  readonly limits: Partial<Limits>;
  readonly rollbackTrigger: string | null;
}

export interface RecipeStep {
  readonly id: string;
  readonly kind: StepKind;
  readonly title: string | null;
  readonly gated: boolean;
  readonly http: HttpWork | null;
}

/** Steps that a standard wave may not leave out, and why. */
const REQUIRED: readonly (readonly [StepKind, string])[] = [
  ['preflight', 'nobody would know what is missing until it is needed'],
  ['lower-ttl', 'resolvers would keep the old gateway for the old TTL'],
  ['assign-licences', 'agents could not log in'],
  ['provision-standby', 'DNS would point at trunks that nobody has looked at'],
  ['shadow-routing', 'the new side would meet its first calls unproven'],
  ['check-readiness', 'missing mappings orphan calls'],
  ['switch-dns', 'nothing would be cut over'],
  ['confirm-propagation', 'a TTL that has run out proves nothing'],
  ['drain-legacy', 'two inbound trunks would be active at once'],
  ['activate-inbound', 'nothing would answer at the new gateway'],
  ['activate-outbound', 'agents could not call out'],
  ['shift-queues', 'no call would reach the new queues'],
  ['observe-calls', 'nobody would know whether calls complete'],
  ['retire-legacy', 'the legacy side would stay armed'],
];

const DNS: readonly StepKind[] = ['switch-dns'];
const TRUNK: readonly StepKind[] = ['activate-inbound', 'drain-legacy'];

/** What is wrong with an order of steps, as sentences; none when it may run. `order` is that of `STEP_KINDS`. */
export function recipeFaults(recipe: Recipe, order: readonly StepKind[]): readonly string[] {
  const kinds = recipe.steps.map((step) => step.kind);
  if (kinds.every((kind) => kind === 'http')) return literalFaults(recipe);
  const faults: string[] = [...repeatedIds(recipe)];
  if (kinds.includes('http'))
    faults.push('steps of kind "http" stand in a wave document of their own, not among the built-in steps');
  for (const [kind, why] of REQUIRED) if (!kinds.includes(kind)) faults.push(`step "${kind}" is missing: ${why}`);
  kinds.forEach((kind, i) => {
    if (kinds.indexOf(kind) !== i) faults.push(`step "${kind}" stands there twice`);
  });
  for (let i = 1; i < kinds.length; i++) {
    const [before, after] = [kinds[i - 1], kinds[i]];
    if (before && after && order.indexOf(after) < order.indexOf(before))
      faults.push(`step "${after}" stands after "${before}" but has to run before it`);
  }
  const gateFault = unguarded(recipe);
  if (gateFault) faults.push(gateFault);
  const dns = recipe.steps.find((step) => step.kind === 'switch-dns');
  if (dns && !dns.gated)
    faults.push('"switch-dns" waits for days and then moves the way that calls take: it always stands behind a gate');
  const inbound = recipe.steps.find((step) => step.kind === 'activate-inbound');
  if (inbound?.gated) {
    faults.push(
      '"activate-inbound" follows "drain-legacy" at once: a gate between them would leave callers outside while people decide; put it before "drain-legacy"',
    );
  }
  const preflight = recipe.steps.find((step) => step.kind === 'preflight');
  if (preflight?.gated)
    faults.push('"preflight" only reads: a gate before it would ask people before there is anything to decide on');
  const retire = recipe.steps.find((step) => step.kind === 'retire-legacy');
  if (retire && !retire.gated) faults.push('"retire-legacy" is the last cheap return and always stands behind a gate');
  const shift = recipe.steps.find((step) => step.kind === 'shift-queues');
  if (shift && !shift.gated)
    faults.push('"shift-queues" puts the callers on the new side and always stands behind a gate');
  return faults;
}

/** A change of DNS and the first change of a trunk after it need a gate between them: people look before calls can move. */
function unguarded(recipe: Recipe): string | null {
  const dns = recipe.steps.findIndex((step) => DNS.includes(step.kind));
  const trunk = recipe.steps.findIndex((step, i) => i > dns && TRUNK.includes(step.kind));
  if (dns < 0 || trunk < 0) return null;
  const guarded = recipe.steps.slice(dns + 1, trunk + 1).some((step) => step.gated);
  return guarded
    ? null
    : `DNS ("${recipe.steps[dns]?.kind}") and trunks ("${recipe.steps[trunk]?.kind}") change without a gate between them`;
}

function literalFaults(recipe: Recipe): readonly string[] {
  return recipe.steps.length === 0 ? ['the document has no step'] : repeatedIds(recipe);
}

/** The log tells steps apart by their ids: with one of them used twice, a report would move the wrong step. */
function repeatedIds(recipe: Recipe): readonly string[] {
  const ids = recipe.steps.map((step) => step.id);
  const repeated = new Set(ids.filter((id, i) => ids.indexOf(id) !== i));
  return [...repeated].map((id) => `the id "${id}" stands at more than one step; every step needs its own`);
}
