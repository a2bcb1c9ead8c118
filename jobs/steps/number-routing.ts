import type { Evidence } from '../../src/core/evidence';
import type { Outcome, UndoOutcome } from '../../src/core/outcome';
import { counted, listed } from '../../src/core/wording';
import { applied, held, line, NOTHING_WRITTEN, recalled, undone, waiting } from './outcomes';
import type { StepContext } from './step-work';

/** Numbers that this wave gave to the call route, and nobody had before. */
export type CapturedNumbers = { readonly route: string; readonly added: readonly string[] };

const READ_BACK_MS = 5_000;

/** The site's numbers on its call route, where the site names one; numbers of other owners are told, never taken. */
export async function routeSiteNumbers(context: StepContext): Promise<Outcome> {
  const { platform, mirror } = context.plan.site;
  const { callRoute, routeNumbers } = context.world.platform;
  const route = platform.callRoute;
  if (route === undefined || !callRoute || !routeNumbers) {
    return applied('Nothing to write: the new side is looked at only.', []);
  }
  const found = await callRoute(route, mirror.dids);
  if (found.elsewhere.length > 0) {
    const clashes = found.elsewhere.map(({ did, owner }) => line(context, `owner of ${did}`, owner, false));
    const names = found.elsewhere.map(({ did, owner }) => `${did} (${owner})`);
    const summary = `${counted(names.length, 'number')} of the site already ring elsewhere on the new side: ${listed(names, 3)}. Take them off there, then resume.`;
    return held('not-ready', summary, clashes);
  }
  const missing = mirror.dids.filter((did) => !found.dids.includes(did));
  if (missing.length > 0) {
    await context.capture({ route, added: missing } satisfies CapturedNumbers);
    await context.fence();
    await routeNumbers(route, { add: missing, remove: [] });
  }
  const now = await callRoute(route, mirror.dids);
  const evidence = [numbersLine(context, now, mirror.dids)];
  if (evidence.some(({ good }) => good === false)) {
    return waiting('The call route does not show all numbers yet.', evidence, { afterMs: READ_BACK_MS });
  }
  const added = recalled<CapturedNumbers>(context.captured)?.added ?? missing;
  const what =
    added.length === 0 ? 'had all numbers already' : `was given ${counted(added.length, 'number')} that nobody had`;
  return applied(`The call route ${now.name} ${what}.`, evidence);
}

/** Takes off what this wave gave, and nothing else. */
export async function unrouteSiteNumbers(context: StepContext): Promise<UndoOutcome> {
  const captured = recalled<CapturedNumbers>(context.captured);
  const { callRoute, routeNumbers } = context.world.platform;
  if (!captured || captured.added.length === 0 || !callRoute || !routeNumbers) return NOTHING_WRITTEN;
  const { route, added } = captured;
  const isOn = async (): Promise<readonly string[]> => {
    const { dids } = await callRoute(route, added);
    return added.filter((did) => dids.includes(did));
  };
  if ((await isOn()).length > 0) {
    await context.fence();
    await routeNumbers(route, { add: [], remove: added });
  }
  const rest = await isOn();
  const evidence = [
    line(
      context,
      'numbers of this wave on the call route',
      rest.length === 0 ? 'none' : listed(rest, 3),
      rest.length === 0,
    ),
  ];
  if (rest.length === 0) return undone('The call route has the numbers that it had before.', evidence);
  const summary = 'The call route still shows numbers that this wave gave to it.';
  return { kind: 'waiting', summary, evidence, recheckAfterMs: READ_BACK_MS, until: null };
}

function numbersLine(
  context: StepContext,
  { name, dids }: { readonly name: string; readonly dids: readonly string[] },
  wanted: readonly string[],
): Evidence {
  const there = wanted.filter((did) => dids.includes(did)).length;
  return line(context, `numbers on the call route ${name}`, `${there} of ${wanted.length}`, there === wanted.length);
}
