/** A command's way to its effect as a collector is told of it, bot and worker being processes of their own. */
import { cpSync } from 'node:fs';
import { hasAction } from '../sandbox/auto';
import { OPERATOR } from '../sandbox/people';
import type { Sandbox } from '../sandbox/sandbox';
import { type Collector, type KeptSpan, startCollector } from './support/collector';
import { settingsWith } from './support/cutover-process';
import { openSandbox } from './support/wave-run';

jest.setTimeout(120_000);

const WAVE = 'site-b-wave-1';

let collector: Collector;
let sandbox: Sandbox;
beforeAll(async () => {
  collector = await startCollector();
  sandbox = await openSandbox({ site: 'site-b' });
  const change = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/tenant/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=a%20key%2C%20for%20this',
    OTEL_SERVICE_NAME: 'cutover-test',
  };
  cpSync(settingsWith(sandbox, 'traced', change), sandbox.config);
  await sandbox.startBot('worker');
  await sandbox.startBot('bot');
});
afterAll(async () => {
  await sandbox?.close();
  await collector?.close();
});

async function until<Found>(what: string, look: () => Found | undefined): Promise<Found> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not seen in time: ${what}; spans: ${collector.spans.map(({ name }) => name).join(', ')}`);
}

/** From the span to the first of its trace. */
function chainOf(span: KeptSpan): readonly KeptSpan[] {
  const parent = collector.spans.find(({ id }) => id === span.parent);
  return parent ? [span, ...chainOf(parent)] : [span];
}

const whole = (span: KeptSpan | undefined): KeptSpan | undefined =>
  span && chainOf(span).at(-1)?.parent === null ? span : undefined;

describe('a trace', () => {
  it('leads from the command of a person to the write at the name servers, across two processes', async () => {
    await sandbox.workspace.command(OPERATOR, '/cutover start site-b', { settleMs: 15_000 });
    const write = await until('the write of step lower-ttl', () =>
      whole(
        collector.spans.findLast(
          ({ name, facts }) =>
            name === 'call' && facts['cutover.step'] === 'lower-ttl' && facts['http.response.status_code'] === 204,
        ),
      ),
    );
    expect(sandbox.twin.ledger().writes.some(({ system, effect }) => system === 'powerdns' && effect)).toBe(true);
    const chain = chainOf(write);
    expect(chain.map(({ name }) => name)).toEqual(['call', 'run-step', 'job run-step', 'handle', 'slack']);
    expect(new Set(chain.map(({ trace }) => trace)).size).toBe(1);
    expect(chain.map(({ instance }) => instance === write.instance)).toEqual([true, true, true, false, false]);
    expect(new Set(chain.map(({ service }) => service))).toEqual(new Set(['cutover-test']));
    expect(write.facts).toMatchObject({
      'cutover.wave': WAVE,
      'cutover.step': 'lower-ttl',
      'cutover.visit': expect.any(Number),
      'cutover.system': 'PowerDNS',
    });
    expect(chain[3]?.facts).toMatchObject({ 'cutover.command': 'StartWave', 'cutover.wave': WAVE });
    expect(chain[4]?.facts).toEqual({ 'cutover.gesture': 'command', 'cutover.system': 'Slack' });
    const report = collector.spans.find(
      ({ name, trace, facts }) =>
        name === 'append' && trace === write.trace && String(facts['cutover.events']).includes('StepBegun'),
    );
    expect(report?.facts).toMatchObject({ 'cutover.wave': WAVE });
  });

  it('of a later click is linked to that of the wave', async () => {
    const card = await until('a card', () =>
      sandbox.workspace.messages().findLast((each) => hasAction(each, 'wave.pause')),
    );
    await sandbox.workspace.click(OPERATOR, card.ts, 'wave.pause');
    // The worker may have written in between: then the first try is one that counts for nothing.
    const append = await until('the pause', () =>
      whole(collector.spans.findLast(({ facts }) => String(facts['cutover.events']).includes('WaveHeld'))),
    );
    const started = collector.spans.find(({ facts }) => String(facts['cutover.events']).includes('WaveStarted'));
    expect(chainOf(append).map(({ name }) => name)).toEqual(['append', 'handle', 'slack']);
    expect(chainOf(append).at(-1)?.facts).toMatchObject({ 'cutover.gesture': 'block_actions' });
    expect(append.trace).not.toBe(started?.trace);
    expect(append.links).toEqual([started?.trace]);
  });

  it('goes to the collector that is named and with the headers for it, and holds no words of anybody', async () => {
    expect(new Set(collector.requests.map(({ path }) => path))).toEqual(new Set(['/tenant/v1/traces']));
    expect(new Set(collector.requests.map(({ headers }) => headers['x-api-key']))).toEqual(
      new Set(['a key, for this']),
    );
    const names = new Set(collector.spans.flatMap(({ facts }) => Object.keys(facts)));
    const allowed = ['wave', 'step', 'attempt', 'visit', 'command', 'events', 'gesture', 'system'];
    const known = [...allowed.map((name) => `cutover.${name}`), 'http.response.status_code', 'error.type'];
    expect([...names].filter((name) => !known.includes(name))).toEqual([]);
  });
});
