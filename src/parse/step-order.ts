/** A step as far as its place in the order goes. */
export interface OrderedStep {
  readonly id: string;
  readonly after: readonly string[];
}

export type Order<Step> =
  | { readonly kind: 'ordered'; readonly steps: readonly Step[] }
  /** Ids that wait for each other; the first is repeated at the end. */
  | { readonly kind: 'cycle'; readonly ids: readonly string[] };

/** The steps so that each stands after those that it names, otherwise as written. Every named id must exist. */
export function orderSteps<Step extends OrderedStep>(steps: readonly Step[]): Order<Step> {
  const placed = new Set<string>();
  const ordered: Step[] = [];
  let left = [...steps];
  while (left.length > 0) {
    const next = left.find((step) => step.after.every((id) => placed.has(id)));
    if (!next) return { kind: 'cycle', ids: cycleIn(left) };
    placed.add(next.id);
    ordered.push(next);
    left = left.filter((step) => step !== next);
  }
  return { kind: 'ordered', steps: ordered };
}

/** From any step that cannot be placed, the way along those that it waits for comes round. */
function cycleIn(left: readonly OrderedStep[]): readonly string[] {
  const way: string[] = [];
  let step = left[0];
  while (step && !way.includes(step.id)) {
    way.push(step.id);
    const waitsFor: readonly string[] = step.after;
    step = left.find((other) => waitsFor.includes(other.id));
  }
  return step ? [...way.slice(way.indexOf(step.id)), step.id] : way;
}
