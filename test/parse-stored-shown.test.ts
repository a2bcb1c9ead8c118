/** Whatever is read from the store as a wave can be shown: each part of it is lost or becomes something else, and no card falls over it. */
import type { PlatformKind } from '../src/core/site';
import type { Wave } from '../src/core/wave';
import { parseStoredWave } from '../src/parse/stored-wave';
import { statusText } from '../templates/answers';
import { rootCard } from '../templates/root-card';
import { expectFault, goodValue } from './fixtures/faults';
import { begin, literalRecipe, planOf, report, rollBack, siteOf, start, waitingFor } from './support/core-waves';
import { capture, Story, started } from './templates-stories';

type Path = readonly (string | number)[];
const GONE = Symbol('gone');
const WOUNDS: readonly unknown[] = [GONE, null, -1, 'x', { toString: 1, length: -1 }];

const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The value with what stands at the path replaced; everything else is shared with it. */
function wounded(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const inner = wounded((value as Record<string, unknown>)[key], rest, by);
  if (Array.isArray(value)) return value.flatMap((each, i) => (i !== key ? [each] : inner === GONE ? [] : [inner]));
  const { [key]: _, ...others } = value as Record<string, unknown>;
  return inner === GONE ? others : { ...others, [key]: inner };
}

/** Members of lists are alike: the first two stand for all, but for what each step had captured. */
function* pathsIn(value: unknown, at: Path = []): Generator<Path> {
  if (at.length > 0) yield at;
  if (typeof value !== 'object' || value === null) return;
  const isState = at[0] === 'steps' && at.length === 1;
  const isLater = at[0] === 'steps' && at.length === 2 && Number(at[1]) > 1;
  const all = Array.isArray(value) ? [...value.keys()].slice(0, isState ? undefined : 2) : Object.keys(value);
  for (const key of isLater ? ['captured'] : all)
    yield* pathsIn((value as Record<string | number, unknown>)[key], [...at, key]);
}

function show(wave: Wave): void {
  statusText(wave, 1);
  rootCard(wave, 1, 'ab'.repeat(32));
}

const literal = new Story().does(
  start(planOf({ recipe: literalRecipe([false, false]) })),
  begin,
  capture({ kind: 'answer', body: { a: 1 } }),
  report(waitingFor(1)),
).wave;
const small = (kind: PlatformKind): Story =>
  started(planOf({ site: siteOf({ platform: { ...siteOf().platform, kind } }) })).upTo('restore-ttl');

const WAVES: readonly (readonly [string, Wave])[] = [
  ['on its way', small('nice-cxone').wave],
  ['on its way back', small('genesys-cloud').does(rollBack()).wave],
  ['of a wave document', literal],
];

describe('a stored wave of which one part is altered', () => {
  it.each(WAVES)('%s is refused, or can be shown', (_name, wave) => {
    const sound = copy(wave);
    expect(() => show(goodValue(parseStoredWave(sound)))).not.toThrow();
    const fallen: string[] = [];
    let refused = 0;
    for (const path of pathsIn(sound))
      for (const by of WOUNDS) {
        const read = parseStoredWave(wounded(sound, path, by));
        if (!read.ok) refused += 1;
        else
          try {
            show(read.value);
          } catch (cause) {
            fallen.push(
              `${path.join('.')} = ${String(JSON.stringify(by))}: ${String((cause as Error).stack).slice(0, 160)}`,
            );
          }
      }
    expect(fallen).toEqual([]);
    expect(refused).toBeGreaterThan(500);
  });
});

describe('a stored wave', () => {
  const at = (kind: string): number => WAVES[0]?.[1].plan.steps.findIndex((step) => step.kind === kind) ?? -1;
  const broken = (path: Path, by: unknown): unknown => wounded(copy(WAVES[0]?.[1]), path, by);

  it.each([
    [
      'a trunk without a mode',
      'drain-legacy',
      ['trunks', 0, 'mode'],
      GONE,
      'what drain-legacy had captured: trunks[0].mode is missing',
    ],
    [
      'a record’s values as one text',
      'switch-dns',
      ['records', 0, 'values'],
      'x',
      'what switch-dns had captured: records[0].values is text',
    ],
    ['a list in place of it', 'shift-queues', [], [], 'what shift-queues had captured is a list'],
  ] as const)('is refused with %s in what a step had captured', (_what, kind, path, by, wrong) => {
    expectFault(
      parseStoredWave(broken(['steps', at(kind), 'captured', ...path], by)),
      'stored wave',
      wrong,
      'Restore the key',
    );
  });

  it.each([
    ['a platform without queues', ['platform', 'queues'], GONE, 'plan.site.platform.queues'],
    ['a time zone that is none', ['timeZone'], 'Mars/Base', 'plan.site.timeZone is not a time zone'],
    ['a gate’s rule that is none', ['policy', 'gates', 'retire-legacy'], 7, 'plan.site.policy.gates'],
    ['an agent without a phone', ['agents', 3, 'phone'], GONE, 'plan.site.agents[3].phone'],
  ] as const)('is refused with %s in its site', (_what, path, by, wrong) => {
    expectFault(parseStoredWave(broken(['plan', 'site', ...path], by)), 'stored wave', wrong, 'Restore the key');
  });

  it('keeps fields of its site and of what was captured that are not known', () => {
    const more = broken(['steps', at('drain-legacy'), 'captured', 'later'], { x: 1 });
    const both = wounded(more, ['plan', 'site', 'later'], { x: 1 });
    expect(goodValue(parseStoredWave(both))).toEqual(both);
  });
});
