import { askGateway, type Quorum } from '../jobs/steps/gateways';
import { readGatewayAnswer } from '../src/core/gateway-answer';
import type { Gateway, Site } from '../src/core/site';
import { Fault } from '../src/ports/fault';
import type { SipOutcome } from '../src/ports/sip-probe';
import { createMemoryWorld, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

const answered = (status: number, retryAfterSeconds: number | null = null): SipOutcome => ({
  kind: 'answered',
  status,
  reason: 'Said So',
  retryAfterSeconds,
  elapsedMs: 4,
});
const silent: SipOutcome = { kind: 'silent', detail: 'no answer to 3 requests in 3000 ms', elapsedMs: 3000 };

describe('an answer of a gateway', () => {
  it.each([
    [199, [], 'other'],
    [200, [], 'ready'],
    [299, [], 'ready'],
    [300, [], 'other'],
    [401, [], 'policy'],
    [403, [], 'policy'],
    [404, [], 'policy'],
    [405, [], 'policy'],
    [407, [], 'policy'],
    [481, [], 'policy'],
    [483, [], 'policy'],
    [488, [], 'policy'],
    [400, [], 'other'],
    [499, [], 'other'],
    [500, [], 'broken'],
    [503, [], 'refusing'],
    [599, [], 'broken'],
    [603, [], 'other'],
    [405, [403, 405], 'ready'],
    [404, [403, 405], 'policy'],
    [302, [302], 'ready'],
    [501, [501], 'ready'],
    [503, [503], 'refusing'],
  ])('%i is read, with %j expected, as %s', (status, expected, reading) => {
    expect(readGatewayAnswer(status, expected)).toBe(reading);
  });
});

/** A site whose gateway is asked by hand: what each place hears, by the probe's name, ours as `bot`. */
function askedFrom(heard: Readonly<Record<string, SipOutcome | Fault>>, more: Partial<Site> = {}) {
  const memory = createMemoryWorld(steppedSite(more));
  const asked: string[] = [];
  Object.assign(memory.world, {
    sip: {
      options: async (_gateway: Gateway, from?: string) => {
        asked.push(from ?? 'bot');
        const outcome = heard[from ?? 'bot'];
        if (outcome instanceof Fault) throw outcome;
        return outcome ?? answered(200);
      },
    },
  });
  const context = visitsIn(memory).contextOf('check-readiness');
  return { asked, find: (quorum?: Quorum) => askGateway(context, 'target', quorum) };
}

describe('a gateway without probes at its site', () => {
  it.each([
    [answered(204), 'reachable', true],
    [answered(403), 'policy', false],
    [answered(503, 12), 'busy', false],
    [answered(500), 'unreachable', false],
    [silent, 'unreachable', false],
    [
      { kind: 'certificate', wrong: 'expired', detail: 'its certificate has expired', elapsedMs: 2 },
      'unreachable',
      false,
    ],
  ] as const)('is judged by what we hear: %j', async (outcome, state, good) => {
    const { find, asked } = askedFrom({ bot: outcome });
    const finding = await find();
    expect(finding).toMatchObject({ state, evidence: { good } });
    expect(finding.everywhere).toEqual([finding.evidence]);
    expect(asked).toEqual(['bot']);
  });

  it('tells how to say that its refusal is its way', async () => {
    const { evidence } = await askedFrom({ bot: answered(403) }).find();
    expect(evidence.answered).toMatch(/^403 Said So, 4 ms; reached, .* put 403 into its "expect"$/);
  });

  it('is ready by a code that its file expects, and the line says so', async () => {
    const { gateways } = steppedSite();
    const expecting = { gateways: { ...gateways, target: { ...gateways.target, expect: [403, 405] } } };
    expect(await askedFrom({ bot: answered(405) }, expecting).find()).toMatchObject({
      state: 'reachable',
      evidence: { good: true, answered: '405 Said So, 4 ms; expected of this gateway (403, 405)' },
    });
    expect(await askedFrom({ bot: answered(404) }, expecting).find()).toMatchObject({ state: 'policy' });
  });

  it('keeps its Retry-After', async () => {
    expect((await askedFrom({ bot: answered(503, 12) }).find()).retryAfterMs).toBe(12_000);
  });
});

describe('a gateway with probes at its site', () => {
  const probes = ['springfield', 'depot'];

  it('is asked from everywhere, and each place has its line', async () => {
    const { find, asked } = askedFrom({}, { probes });
    const { state, everywhere } = await find();
    expect(state).toBe('reachable');
    expect(asked.sort()).toEqual(['bot', 'depot', 'springfield']);
    expect(everywhere.map(({ asked: question }) => question.split(' from ')[1])).toEqual([
      undefined,
      'the probe springfield',
      'the probe depot',
    ]);
  });

  it('is not ready because we reach it', async () => {
    const { state, evidence } = await askedFrom({ springfield: silent }, { probes }).find();
    expect(state).toBe('unreachable');
    expect(evidence.asked).toMatch(/from the probe springfield$/);
  });

  it('is ready although we do not reach it', async () => {
    const { state, everywhere } = await askedFrom({ bot: silent }, { probes }).find();
    expect(state).toBe('reachable');
    expect(everywhere[0]).toMatchObject({ good: null, answered: expect.stringMatching(/probes decide$/) });
  });

  it('is as busy as the place that says so, and waits for the longest', async () => {
    const heard = { springfield: answered(503, 5), depot: answered(503, 40), bot: answered(503, 900) };
    expect(await askedFrom(heard, { probes }).find()).toMatchObject({ state: 'busy', retryAfterMs: 40_000 });
  });

  const away = (probe: string, transient = true) =>
    new Fault(`The probe ${probe} does not answer`, { system: `The probe ${probe}`, transient });

  it('is not judged at all while a probe does not answer, before callers are handed over', async () => {
    const down = away('depot');
    await expect(askedFrom({ depot: down }, { probes }).find()).rejects.toBe(down);
  });

  it.each([
    ['reachable', answered(200)],
    ['busy', answered(503)],
    ['unreachable', silent],
  ] as const)(
    'is judged as %s by the probe that answers, where some are enough, and the other is named',
    async (state, heard) => {
      const finding = await askedFrom({ depot: away('depot'), springfield: heard }, { probes }).find('some');
      expect(finding).toMatchObject({ state, unseenFrom: ['depot'] });
      expect(finding.everywhere[2]).toMatchObject({
        asked: expect.stringMatching(/from the probe depot$/),
        answered: 'no data from there: The probe depot does not answer',
        good: null,
      });
    },
  );

  it('is never ready when every probe is dead, however well we reach it ourselves', async () => {
    const down = away('springfield');
    const heard = { bot: answered(200), springfield: down, depot: away('depot') };
    await expect(askedFrom(heard, { probes }).find('some')).rejects.toBe(down);
    await expect(askedFrom({ springfield: down }, { probes: ['springfield'] }).find('some')).rejects.toBe(down);
  });

  it('is held for people when a probe is not believed, however many others answer', async () => {
    const forged = away('depot', false);
    await expect(askedFrom({ depot: forged }, { probes }).find('some')).rejects.toBe(forged);
  });

  it('is judged by the probes when our own network cannot ask', async () => {
    const { state, everywhere, unseenFrom } = await askedFrom({ bot: away('bot') }, { probes }).find();
    expect({ state, unseenFrom }).toEqual({ state: 'reachable', unseenFrom: [] });
    expect(everywhere[0]).toMatchObject({ good: null, answered: expect.stringMatching(/no data/) });
  });
});

it('keeps the site from being ready while it answers by a rule that nobody expects', async () => {
  const memory = createMemoryWorld();
  const visits = visitsIn(memory);
  await reach(visits, memory, 'check-readiness');
  memory.sip = () => answered(403);
  const { last } = await visits.run('check-readiness');
  expect(last).toMatchObject({ kind: 'held', cause: 'not-ready' });
});

it('keeps the phones where they are while it answers so in the middle of the walk', async () => {
  const memory = createMemoryWorld();
  const visits = visitsIn(memory);
  await reach(visits, memory, 'activate-inbound');
  memory.sip = () => answered(403);
  const outcome = await visits.visit('activate-inbound');
  expect(outcome).toMatchObject({ kind: 'waiting', summary: expect.stringMatching(/otherwise than expected; nobody/) });
  expect(memory.restarts).toEqual([]);
});

it('does not keep the phones where they are when one of two probes dies in the middle of the walk', async () => {
  const memory = createMemoryWorld(steppedSite({ probes: ['springfield', 'depot'] }));
  const visits = visitsIn(memory);
  await reach(visits, memory, 'activate-inbound');
  const { options } = memory.world.sip;
  Object.assign(memory.world.sip, {
    options: async (gateway: Gateway, from?: string) => {
      if (from === 'depot') throw new Fault('The probe depot does not answer', { system: 'x', transient: true });
      return options(gateway, from);
    },
  });
  const outcome = await visits.visit('activate-inbound');
  expect(outcome).toMatchObject({ kind: 'waiting', summary: expect.stringMatching(/No data from 1 probe: depot/) });
  expect(memory.restarts).not.toEqual([]);
});
