import { STEP_KINDS, type StepKind } from '../src/core/step-kinds';
import { Fault } from '../src/ports/fault';
import { createMemoryWorld, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

/**
 * The platform is away, or refuses for good: the bot's own trouble. Whatever a step is doing, it hands the fault on (the
 * shell retries or holds) or answers itself; it never calls the wave failed, which would roll a healthy site back.
 * A preflight answers with lines instead and has tests of its own.
 */
const KINDS = STEP_KINDS.filter((kind): kind is StepKind => kind !== 'http' && kind !== 'preflight');
const away = new Fault('Genesys Cloud answered 503.', { system: 'g', transient: true, status: 503 });
const refused = new Fault('Genesys Cloud answered 403.', { system: 'g', transient: false, status: 403 });

async function reached(kind: StepKind) {
  const memory = createMemoryWorld(steppedSite());
  const visits = visitsIn(memory);
  await reach(visits, memory, kind);
  return { memory, visits };
}

function spoil(memory: ReturnType<typeof createMemoryWorld>, fault: Fault): void {
  const platform = memory.world.platform as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(platform)) {
    if (typeof value === 'function') platform[name] = () => Promise.reject(fault);
  }
}

/** What became of it, with the fault itself as 'faulted'. */
async function kindOf(visit: () => Promise<{ readonly kind: string }>): Promise<string> {
  try {
    return (await visit()).kind;
  } catch (cause) {
    if (cause === away || cause === refused) return 'faulted';
    throw cause;
  }
}

const CASES = KINDS.flatMap((kind) =>
  [away, refused].map((fault) => ({ kind, fault, how: fault.transient ? 'away' : 'refusing' })),
);
/** Callers find no way in while the new trunk cannot be switched on: going back re-arms legacy at once. */
const OUTSIDE = { kind: 'activate-inbound', how: 'refusing' };
const isOutside = (one: { kind: string; how: string }): boolean => one.kind === OUTSIDE.kind && one.how === OUTSIDE.how;

it.each(CASES.filter((one) => !isOutside(one)))(
  '$kind with the platform $how is not failed',
  async ({ kind, fault }) => {
    const { memory, visits } = await reached(kind);
    spoil(memory, fault);
    expect(await kindOf(() => visits.ready(kind))).not.toBe('failed');
    expect(await kindOf(() => visits.visit(kind))).not.toBe('failed');
  },
);

it.each(CASES)('the check of $kind with the platform $how is not failed', async ({ kind, fault }) => {
  const { memory, visits } = await reached(kind);
  for (let visit = 0; visit < 50; visit += 1) {
    const outcome = await visits.visit(kind);
    if (outcome.kind !== 'waiting') break;
    memory.pass(outcome.recheckAfterMs);
  }
  spoil(memory, fault);
  expect(await kindOf(() => visits.visit(kind))).not.toBe('failed');
  expect(await kindOf(() => visits.undoOnce(kind))).not.toBe('failed');
});

it('only a new trunk that can never be switched on fails its step: legacy no longer takes the calls', async () => {
  const { memory, visits } = await reached('activate-inbound');
  memory.world.platform.setTrunk = () => Promise.reject(refused);
  const outcome = await visits.visit('activate-inbound');
  expect(outcome).toMatchObject({ kind: 'failed', summary: expect.stringContaining('callers find no way in') });
});
