/** The listener for health and figures, and the figures themselves, without a bot around them. */
import { hearCalls, noted } from '../src/adapters/http/call-notes';
import { createScrape } from '../src/adapters/ops/gauges';
import { createMeters } from '../src/adapters/ops/meters';
import { LONGEST_LAG_MS, type OpsServer, startOps } from '../src/adapters/ops/ops-server';
import { figuresFrom } from '../src/compose-figures';
import { waveId } from '../src/core/ids';
import { Fault } from '../src/ports/fault';
import { type Answered, send } from './support/front-door';
import { figureOf, readFigures } from './support/prometheus-text';

let server: OpsServer | null = null;
const world = { lag: 0, redis: null as string | null, metrics: async () => 'x 1\n' };
const never = (): Promise<string | null> => new Promise(() => undefined);

async function open(
  ready: Parameters<typeof startOps>[0]['ready'] = { redis: async () => world.redis },
): Promise<void> {
  server = await startOps({
    host: '127.0.0.1',
    port: 0,
    lagMs: () => world.lag,
    ready,
    metrics: () => world.metrics(),
  });
}
const get = (path: string, method = 'GET'): Promise<Answered> =>
  send(`http://127.0.0.1:${server?.port}${path}`, method, {}, '');

afterEach(async () => {
  await server?.close();
  server = null;
  Object.assign(world, { lag: 0, redis: null, metrics: async () => 'x 1\n' });
});

describe('the listener', () => {
  it('is well up to the longest lag, and not past it', async () => {
    await open();
    world.lag = LONGEST_LAG_MS;
    expect((await get('/healthz')).status).toBe(200);
    world.lag = LONGEST_LAG_MS + 1;
    const said = await get('/healthz');
    expect([said.status, said.body]).toEqual([503, JSON.stringify({ ok: false, eventLoopLagMs: LONGEST_LAG_MS + 1 })]);
  });

  it('names what is not ready, whether it says so, throws or says nothing', async () => {
    await open({
      redis: async () => null,
      slack: async () => 'not connected',
      workers: () => Promise.reject(new Error('redis://:hunter2@127.0.0.1')),
      silent: never,
    });
    const said = await get('/readyz');
    expect(said.status).toBe(503);
    expect(JSON.parse(said.body)).toEqual({
      ready: false,
      checks: { redis: 'ok', slack: 'not connected', workers: 'does not answer', silent: 'does not answer' },
    });
  });

  it('is ready when every check is well, and gives the figures as text', async () => {
    await open();
    expect((await get('/readyz')).status).toBe(200);
    const said = await get('/metrics?x=1');
    expect([said.status, said.body]).toEqual([200, 'x 1\n']);
    expect((await get('/healthz', 'HEAD')).body).toBe('');
  });

  it('takes nothing else, and does not say what went wrong inside', async () => {
    await open();
    world.metrics = () => Promise.reject(new Error('hunter2'));
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics/')).status).toBe(404);
    expect((await get('/readyz', 'DELETE')).status).toBe(405);
    const said = await get('/metrics');
    expect(said.status).toBe(500);
    expect(said.body).not.toContain('hunter2');
  });

  it('says which settings to change when its port is taken', async () => {
    await open();
    const again = startOps({
      host: '127.0.0.1',
      port: server?.port ?? 0,
      lagMs: () => 0,
      ready: {},
      metrics: never as never,
    });
    await expect(again).rejects.toThrow(/cannot be listened on.*EADDRINUSE.*OPS_PORT and OPS_HOST/);
    await expect(again).rejects.toBeInstanceOf(Fault);
  });
});

const READINGS = {
  census: {
    standings: new Map([
      [waveId('a-wave-1'), { status: 'held', cause: 'lag', since: 1_000 }],
      [waveId('b-wave-1'), { status: 'held', cause: 'lag', since: 4_000 }],
      [waveId('c-wave-1'), { status: 'running', cause: null, since: 2_000 }],
      [waveId('d-wave-1'), { status: 'stuck', cause: null, since: 9_000 }],
    ]),
    unread: [waveId('e-wave-1')],
  },
  thread: { behind: 2, oldestAt: 7_000, waves: [] },
  depths: [{ queue: 'steps' as const, jobs: { waiting: 3, active: 1, delayed: 7 }, oldestWaitingMs: 1_500 }],
  calls: { taken: 12, limit: 245, pausedUntil: 13_000, shared: false },
};

describe('what is read from the store', () => {
  it('is counted by state and cause, with the age of the oldest', async () => {
    const { registry } = createMeters();
    const text = readFigures(await createScrape(registry, async () => figuresFrom(READINGS, 10_000))());
    const figure = (name: string, labels = {}) => figureOf(text, name, labels);
    expect(
      ['running', 'gated', 'held', 'rolling-back', 'stuck', 'unread'].map((state) =>
        figure('cutover_waves', { state }),
      ),
    ).toEqual([1, 0, 2, 0, 1, 1]);
    expect(figure('cutover_waves_held', { cause: 'lag' })).toBe(2);
    expect(figure('cutover_waves_oldest_seconds', { state: 'held' })).toBe(9);
    expect(figure('cutover_waves_oldest_seconds', { state: 'stuck' })).toBe(1);
    expect(figure('cutover_projection_lag_seconds', { projection: 'thread' })).toBe(3);
    expect(figure('cutover_projection_waves_behind', { projection: 'thread' })).toBe(2);
    expect(figure('cutover_queue_jobs', { queue: 'steps', state: 'delayed' })).toBe(7);
    expect(figure('cutover_queue_oldest_waiting_seconds', { queue: 'steps' })).toBe(1.5);
    expect(figure('cutover_call_budget_paused_seconds', { system: 'Genesys Cloud' })).toBe(3);
    expect(figure('cutover_call_budget_shared', { system: 'Genesys Cloud' })).toBe(0);
  });

  it('is read once for everybody who asks at the same time or soon after', async () => {
    let reads = 0;
    const scrape = createScrape(createMeters().registry, async () => {
      reads += 1;
      return figuresFrom(READINGS, 10_000);
    });
    await Promise.all([scrape(), scrape(), scrape()]);
    await scrape();
    expect(reads).toBe(1);
  });

  it('is nought where it was never read, and the process is counted all the same', async () => {
    const meters = createMeters();
    meters.repaired('lost');
    const text = readFigures(await createScrape(meters.registry, () => Promise.reject(new Error('away')))());
    expect(figureOf(text, 'cutover_store_up')).toBe(0);
    expect(figureOf(text, 'cutover_waves', { state: 'held' })).toBeUndefined();
    expect(figureOf(text, 'cutover_reconcile_repairs_total', { what: 'lost' })).toBe(1);
  });
});

describe('calls to systems outside', () => {
  const told = async (play: () => Promise<unknown>) => {
    const meters = createMeters();
    const stop = hearCalls(meters.called);
    await play().catch(() => undefined);
    stop();
    return readFigures(await meters.registry.metrics());
  };
  const answering = (status: number) => () =>
    noted(
      'PowerDNS',
      (answer: number) => answer,
      async () => status,
    );

  it.each([
    [200, null],
    [404, null],
    [429, '429'],
    [408, 'timeout'],
    [503, 'server'],
  ])('that end in %d are counted by status, and as trouble where they are (%s)', async (status, kind) => {
    const text = await told(answering(status));
    expect(figureOf(text, 'cutover_calls_total', { system: 'PowerDNS', status: String(status) })).toBe(1);
    expect(figureOf(text, 'cutover_call_seconds_count', { system: 'PowerDNS' })).toBe(1);
    const faults = text.filter(({ name }) => name === 'cutover_call_faults_total');
    expect(faults.map(({ labels }) => labels.kind)).toEqual(kind === null ? [] : [kind]);
  });

  it('that get no answer are counted so, and the error goes on', async () => {
    const lost = new Error('ECONNRESET');
    const call = () =>
      noted(
        'PowerDNS',
        () => 200,
        () => Promise.reject(lost),
      );
    const text = await told(() => expect(call()).rejects.toBe(lost));
    expect(figureOf(text, 'cutover_call_faults_total', { system: 'PowerDNS', kind: 'no-answer' })).toBe(1);
  });

  it('bring no new series with every new status', async () => {
    const text = await told(async () => {
      for (let status = 500; status < 600; status++) await answering(status)();
    });
    const statuses = text.filter(({ name }) => name === 'cutover_calls_total').map(({ labels }) => labels.status);
    expect(statuses.sort()).toEqual(['500', '502', '503', '504', '5xx']);
  });
});
