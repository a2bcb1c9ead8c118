/** Fifty phones and a gateway that takes ten REGISTERs a second: with the product's walk through the roster, and all at once. */
import { createSipProbe } from '../../src/adapters/probes/sip-options';
import type { Outcome } from '../../src/core/outcome';
import { type EndpointResult, type SipLab, startSipLab } from '../lab/lab';
import { createMemoryWorld, steppedSite } from '../support/memory-world';
import { reach, visitsIn } from '../support/step-visits';

jest.setTimeout(240_000);

const PHONES = 50;
const LIMIT_PER_SECOND = 10;
/** A tenth of what desk phones wait: a storm of the usual kind would keep this file busy for minutes. */
const RETRY_AFTER_SECONDS = 3;
const HOST = 'new.example.net';
/** Phones that are told to restart come up one after the other. */
const BOOT_MS = 3_500;

interface Run {
  readonly seconds: number;
  readonly refused: number;
  readonly registered: number;
}
const runs: Record<string, Run> = {};

afterAll(() => {
  const least = PHONES / LIMIT_PER_SECOND;
  for (const [how, { seconds, refused, registered }] of Object.entries(runs)) {
    console.info(
      `${how}: ${registered} of ${PHONES} registered in ${seconds.toFixed(1)} s (${(seconds / least).toFixed(1)} times the theoretical least of ${least} s), ${refused} REGISTERs refused (${((100 * refused) / PHONES).toFixed(0)} percent of the phones); refused phones wait ${RETRY_AFTER_SECONDS} s here, 30 s at a site`,
    );
  }
});

test('walked cohort by cohort all register, and no more than 2 percent are refused', async () => {
  const lab = await labOf();
  try {
    runs['with the governor'] = await governed(lab);
    const { accepted, refused } = await lab.target.counts();
    expect(accepted).toBeGreaterThanOrEqual(PHONES);
    expect(refused).toBe(runs['with the governor'].refused);
    expect(runs['with the governor'].registered).toBe(PHONES);
    expect(refused).toBeLessThanOrEqual(0.02 * PHONES);
  } finally {
    await lab.stop();
  }
});

test('asked all at once most are refused, and come again in waves', async () => {
  const lab = await labOf();
  try {
    const began = Date.now();
    const results = [...(await lab.register(wanted(lab, phones(), 50, 120_000))).values()];
    runs['all at once'] = runOf(results, began);
    expect(runs['all at once'].registered).toBe(PHONES);
    expect(runs['all at once'].refused).toBeGreaterThan(PHONES / 2);
  } finally {
    await lab.stop();
  }
});

const phones = (): readonly string[] => Array.from({ length: PHONES }, (_, i) => `phone-${i + 1}`);

const labOf = (): Promise<SipLab> =>
  startSipLab({ registersPerSecond: LIMIT_PER_SECOND, retryAfterSeconds: RETRY_AFTER_SECONDS, targetHosts: [HOST] });

function wanted(lab: SipLab, endpoints: readonly string[], ratePerSecond: number, limitMs: number) {
  return { gateway: lab.target.address, transport: 'udp' as const, endpoints, ratePerSecond, limitMs };
}

/** The product's own step, at the pace of the real clock; what it restarts is a real phone that registers for real. */
async function governed(lab: SipLab): Promise<Run> {
  const site = steppedSite(
    {
      gateways: {
        target: { host: HOST, port: 5060, transport: 'udp' },
        legacy: { host: 'sbc.t.example.com', port: 5060, transport: 'udp' },
      },
      endpoints: { retrySeconds: 30, registersPerSecond: LIMIT_PER_SECOND },
    },
    PHONES,
  );
  const memory = createMemoryWorld(site);
  const visits = visitsIn(memory);
  await reach(visits, memory, 'activate-inbound');
  const results: Promise<ReadonlyMap<string, EndpointResult>>[] = [];
  memory.world.platform.registeredPhones = () => lab.target.registered();
  memory.world.platform.restartPhones = async (restarted) => {
    const ratePerSecond = Math.max(1, Math.ceil((1000 * restarted.length) / BOOT_MS));
    results.push(lab.register(wanted(lab, restarted, ratePerSecond, 60_000)));
  };
  const probe = createSipProbe({
    connectTo: new Map([[`${HOST}:5060`, lab.target.address]]),
    clock: memory.world.clock,
    timeoutMs: 2_000,
  });
  Object.assign(memory.world, { sip: probe });
  const began = Date.now();
  const base = memory.now;
  for (let outcome: Outcome = await visits.visit('activate-inbound'); outcome.kind !== 'passed'; ) {
    if (outcome.kind !== 'waiting' && outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
    if (outcome.kind === 'waiting') await passing(outcome.recheckAfterMs);
    memory.now = base + (Date.now() - began);
    outcome = await visits.visit('activate-inbound');
  }
  const all = (await Promise.all(results)).flatMap((map) => [...map.values()]);
  return runOf(all, began);
}

function runOf(results: readonly EndpointResult[], began: number): Run {
  const times = results.flatMap(({ registeredAt }) => registeredAt ?? []);
  return {
    seconds: (Math.max(...times) - began) / 1000,
    refused: results.reduce((sum, { refused }) => sum + refused, 0),
    registered: times.length,
  };
}

/** Real time: the phones live in it. */
const passing = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
