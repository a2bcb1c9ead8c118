import type { Json } from '../src/core/json';
import type { HttpWork, Plan } from '../src/core/plan';
import { literalRecipe, MINUTE, planOf } from './support/core-waves';
import { createMemoryWorld, SRV, steppedSite } from './support/memory-world';
import { visitsIn } from './support/step-visits';

const ENDPOINT = '/api/v1/zones/t.example.com/records/srv/_sip._tcp';
const DIG: HttpWork['validation'] = {
  kind: 'dig',
  server: 'google',
  name: SRV,
  type: 'SRV',
  text: `dig @google ${SRV} SRV`,
};
const GET: HttpWork['validation'] = { kind: 'get', endpoint: '/phones', text: 'GET /phones' };

function given(more: Partial<HttpWork> = {}, trigger: string | null = 'validation_failure_rate > 2%') {
  const memory = createMemoryWorld();
  const whole = planOf({ site: steppedSite(), recipe: literalRecipe([false]) });
  const [step] = whole.steps;
  if (!step?.http) throw new Error('a literal plan has calls');
  const http: HttpWork = {
    ...step.http,
    name: 'update_dns',
    endpoint: ENDPOINT,
    body: { ttl: 300, target: 'new.example.net' },
    validation: DIG,
    ...more,
  };
  const plan: Plan = { ...whole, rollbackTrigger: trigger, steps: [{ ...step, http }] };
  memory.http.set(ENDPOINT, {
    status: 200,
    body: { name: '_sip._tcp', ttl: 3600, target: 'sbc.t.example.com', version: 4 },
  });
  return { memory, visits: visitsIn(memory, { plan }) };
}

const show = (memory: ReturnType<typeof createMemoryWorld>, target: string) =>
  memory.answers.set('google', { values: [`10 0 5060 ${target}`], ttl: 60 });

describe('a call of a literal wave document', () => {
  it('keeps what was there, calls once, and passes when dig shows the target', async () => {
    const { memory, visits } = given();
    show(memory, 'NEW.example.net');
    expect((await visits.run('http')).last).toMatchObject({
      kind: 'passed',
      summary: `update_dns: validated by dig @google ${SRV} SRV.`,
    });
    expect(memory.writes).toEqual([`PUT ${ENDPOINT} {"ttl":300,"target":"new.example.net"}`]);
    expect(visits.stateOf('http').captured).toMatchObject({
      kind: 'answer',
      body: { ttl: 3600, target: 'sbc.t.example.com' },
    });
  });

  it('does not call again what GET shows as done', async () => {
    const { memory, visits } = given();
    const before = visits.copyOf('http');
    await visits.visit('http');
    visits.forget('http', { ...before, captured: visits.stateOf('http').captured });
    expect((await visits.visit('http')).kind).toBe('applied');
    expect(memory.writes).toHaveLength(1);
  });

  it('waits for the change until one millisecond before 15 minutes, then rolls back', async () => {
    const { memory, visits } = given();
    show(memory, 'sbc.t.example.com');
    await visits.visit('http');
    memory.pass(15 * MINUTE - 1);
    expect(await visits.visit('http')).toMatchObject({ kind: 'waiting', recheckAfterMs: 1 });
    memory.pass(1);
    expect(await visits.visit('http')).toMatchObject({
      kind: 'failed',
      summary: expect.stringContaining('still fails after 15 min'),
    });
  });

  it.each([
    ['entities', { entities: [] }, { entities: [{ id: 'phone-1' }] }],
    ['total', { total: 0 }, { total: 3 }],
  ] as const)('takes an empty list by "%s" for not yet, and anything in it for good', async (_name, empty, full) => {
    const { memory, visits } = given({ validation: GET });
    memory.http.set('/phones', { status: 200, body: empty });
    await visits.visit('http');
    expect((await visits.visit('http')).kind).toBe('waiting');
    memory.http.set('/phones', { status: 200, body: full });
    expect((await visits.visit('http')).kind).toBe('passed');
  });

  it.each([
    [{ failureRate: 0.02 }, 'passed'],
    [{ failureRate: 0.021 }, 'failed'],
    [{ failureRatePercent: 2 }, 'passed'],
    [{ failureRatePercent: 2.1 }, 'failed'],
    [{ failureRate: 0, completed: 0, failed: 0 }, 'held'],
    [{ failureRate: 0.02, completed: 49, failed: 1 }, 'passed'],
    [{ failureRate: 0.0400001, completed: 48, failed: 2 }, 'failed'],
  ] as const)('watches %j for the whole window and feeds it to the rollback trigger: %s', async (body, kind) => {
    const { memory, visits } = given({ validation: GET });
    memory.http.set('/phones', { status: 200, body });
    const began = memory.now;
    const { last } = await visits.run('http');
    expect(last.kind).toBe(kind);
    if (kind !== 'failed') expect(memory.now - began).toBe(30 * 60_000);
  });

  it('takes one failed call of one for too little to go back on, and five of forty for enough', async () => {
    const { memory, visits } = given({ validation: GET });
    memory.http.set('/phones', { status: 200, body: { failureRate: 1, completed: 0, failed: 1 } });
    await visits.visit('http');
    expect((await visits.visit('http')).kind).toBe('waiting');
    memory.http.set('/phones', { status: 200, body: { failureRate: 0.125, completed: 35, failed: 5 } });
    expect((await visits.visit('http')).kind).toBe('failed');
  });

  it('rolls back on a failed validation also without a trigger', async () => {
    const { memory, visits } = given({}, null);
    memory.answers.set('google', 'silent');
    expect((await visits.run('http')).last.kind).toBe('failed');
  });

  it('is held when the other system refuses the call', async () => {
    const { memory, visits } = given();
    memory.http.set(ENDPOINT, { status: 403, body: null });
    expect(await visits.visit('http')).toMatchObject({
      kind: 'held',
      cause: 'fault',
      summary: expect.stringContaining('403'),
    });
  });

  it('writes the fields from before back with the same method, and only those', async () => {
    const { memory, visits } = given();
    await visits.visit('http');
    expect((await visits.undo('http')).kind).toBe('undone');
    expect(memory.writes[1]).toBe(`PUT ${ENDPOINT} {"ttl":3600,"target":"sbc.t.example.com"}`);
    expect((await visits.undo('http')).kind).toBe('undone');
    expect(memory.writes).toHaveLength(2);
  });

  it('uses the inverse that the document names', async () => {
    const inverse = { method: 'DELETE', endpoint: `${ENDPOINT}/new`, body: null as Json };
    const { memory, visits } = given({ inverse });
    await visits.visit('http');
    expect((await visits.undo('http')).kind).toBe('undone');
    expect(memory.writes[1]).toBe(`DELETE ${ENDPOINT}/new null`);
  });

  it.each([
    [404, 'did not exist before'],
    [405, 'could not be read before'],
  ])('says so when there is no way back because GET answered %i', async (status, text) => {
    const { visits } = given();
    visits.stateOf('http').captured = status === 404 ? { kind: 'absent' } : { kind: 'unsupported', status };
    expect(await visits.undo('http')).toMatchObject({ kind: 'failed', summary: expect.stringContaining(text) });
  });
});
