/** The first step of a wave: what its look at every system makes of the wave. */
import type { PreflightLine } from '../src/core/preflight';
import type { Waiver } from '../src/core/waivers';
import { Fault } from '../src/ports/fault';
import { DANIEL, MARIA, T0 } from './support/core-waves';
import { createMemoryWorld, type MemoryWorld } from './support/memory-world';
import { visitsIn } from './support/step-visits';

const RIGHT = 'genesys-permission-routing-queue-edit';

/** A world in which the client lacks a right; `found` is what the platform says of it. */
function lacking(): MemoryWorld {
  const memory = createMemoryWorld();
  Object.assign(memory.world.inspection, {
    permissions: async () => [{ permission: 'routing:queue:edit', neededFor: 'queues', granted: false, evidence: '' }],
  });
  return memory;
}

const waiverOf = (found: string, people = 2): Waiver => ({
  line: RIGHT,
  found,
  people: [DANIEL, MARIA]
    .slice(0, people)
    .map(({ user }) => ({ user, at: T0, reason: 'known', approver: user === DANIEL.user })),
});

async function looked(memory: MemoryWorld, waivers: readonly Waiver[] = []) {
  const { last } = await visitsIn(memory, { waivers }).run('preflight');
  if (last.kind !== 'passed' && last.kind !== 'held') throw new Error(`it is ${last.kind}`);
  return last;
}
const ids = (lines: readonly PreflightLine[] | undefined, state: PreflightLine['state']) =>
  (lines ?? []).filter((line) => line.state === state).map(({ id }) => id);

test('it passes when nothing is red, tells how many lines there were and writes nothing', async () => {
  const memory = createMemoryWorld();
  const last = await looked(memory);
  expect(last).toMatchObject({ kind: 'passed', summary: expect.stringMatching(/^Armed\. \d+ lines: .*\d+ green\.$/) });
  expect(last.evidence.length).toBeGreaterThan(20);
  expect(last.evidence.every(({ good }) => good !== false)).toBe(true);
  expect(last.preflight?.every(({ state }) => state !== 'green')).toBe(true);
  expect(memory.writes).toEqual([]);
});

test('it holds for a red line, names it, says that nothing was changed, and has it first in its evidence', async () => {
  const memory = lacking();
  const last = await looked(memory);
  expect(last).toMatchObject({
    kind: 'held',
    cause: 'not-ready',
    summary: expect.stringMatching(new RegExp(`1 red, .*Red and not waived: ${RIGHT}\\. Nothing was changed\\.`)),
  });
  expect(ids(last.preflight, 'red')).toEqual([RIGHT]);
  expect(last.evidence[0]).toMatchObject({ good: false, answered: 'missing (red; wanted: for queues)' });
  expect(memory.writes).toEqual([]);
});

test('it passes with a line that two people have waived, says so, and shows it as information', async () => {
  const last = await looked(lacking(), [waiverOf('missing')]);
  expect(last).toMatchObject({ kind: 'passed', summary: expect.stringContaining(`Waived: ${RIGHT}.`) });
  expect(last.evidence[0]).toMatchObject({ good: null, answered: 'missing (waived; wanted: for queues)' });
  expect(ids(last.preflight, 'red')).toEqual([RIGHT]);
});

test.each([
  ['of one person', waiverOf('missing', 1)],
  ['of what was found before', waiverOf('revoked')],
])('it holds in spite of a waiver %s', async (_what, waiver) => {
  expect((await looked(lacking(), [waiver])).kind).toBe('held');
});

test('it holds in spite of a waiver where a line is never waived', async () => {
  const memory = createMemoryWorld();
  Object.assign(memory.world.platform, { organisation: async () => ({ id: 'other', name: 'Elsewhere' }) });
  const people = waiverOf('').people;
  const waiver = { line: 'genesys-organisation', found: 'Elsewhere (other)', people };
  expect((await looked(memory, [waiver])).kind).toBe('held');
});

test('a system that is down holds it by one line and is no fault of the step', async () => {
  const memory = createMemoryWorld();
  const down = async () => {
    throw new Fault('The CRM is down.', { system: 'CRM', transient: false });
  };
  Object.assign(memory.world.crm, { entry: down });
  const last = await looked(memory);
  expect([last.kind, ids(last.preflight, 'red')]).toEqual(['held', ['crm-entry']]);
});

test('asked again it looks again, and passes once the line is mended', async () => {
  const memory = lacking();
  const visits = visitsIn(memory);
  expect((await visits.run('preflight')).last.kind).toBe('held');
  Object.assign(memory.world.inspection, { permissions: async () => [] });
  visits.resume('preflight');
  expect((await visits.visit('preflight')).kind).toBe('passed');
});

test('there is nothing to take back', async () => {
  const visits = visitsIn(createMemoryWorld());
  expect(await visits.undoOnce('preflight')).toMatchObject({ kind: 'undone' });
});
