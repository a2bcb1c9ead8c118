import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonical } from '../sandbox/twin/model/ledger';
import { duplicates, formatLedger } from '../sandbox/twin/twin';
import { countOf, lossesOf, type Moves, movesOf } from './twin-wave';
import { agentsOf, HOUR, legacy, MINUTE, openWorld, overUdp, portOf, SECOND, type TestWorld } from './twin-world';

let world: TestWorld;
let wave: Moves;
const open = async (site: string, options: Parameters<typeof openWorld>[0] = {}) => {
  world = await openWorld(options);
  wave = movesOf(world, site);
};
afterEach(() => world.twin.close());

const avoidable = (site: string) => world.twin.ledger().calls[site]?.avoidable;
const options = async (host: string) => {
  const head = [
    `OPTIONS sip:${host} SIP/2.0`,
    'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKw',
    'From: <sip:p@example.com>;tag=a',
    'To: <sip:p@example.com>',
  ];
  const text = [...head, 'Call-ID: w@example.com', 'CSeq: 1 OPTIONS', 'Content-Length: 0', '', ''].join('\r\n');
  return (await overUdp(portOf(world.twin.settings, `${host}:5060`), text)).toString();
};

describe('a wave in the right order', () => {
  test.each(['site-a', 'site-b', 'site-c'])(
    '%s loses no call that the order could have saved, and ends on the new platform',
    async (site) => {
      await open(site);
      await wave.allocate(0, 5);
      world.go(4 * HOUR);
      await wave.allocate(0, 0);
      await wave.shift();
      const shiftedAt = world.now();
      world.go(40 * MINUTE);
      const offered = await countOf(world, wave.file, 'nOffered', shiftedAt, world.now());
      const answered = await countOf(world, wave.file, 'tAnswered', shiftedAt, world.now());
      expect(offered).toBeGreaterThan(site === 'site-b' ? 5 : 30);
      expect(answered / offered).toBeGreaterThan(0.9);
      const trunk = await legacy(world, 'GET', `/v1/trunks/${wave.file.legacy.trunks[0]}`);
      expect(trunk.body.liveCalls).toBe(0);
      await wave.legacyTrunk('off');
      await wave.legacyQueues(false);
      world.go(2 * HOUR);
      await wave.dns('target', wave.file.dns.records[0]?.ttl ?? 3600);
      world.go(12 * HOUR);
      expect(await wave.registered()).toBe(agentsOf(site).length);
      expect([avoidable(site), lossesOf(world, site)]).toEqual([
        0,
        expect.not.objectContaining({ 'platform-failure': expect.anything() }),
      ]);
      expect(duplicates(world.twin.ledger())).toEqual([]);
    },
  );
});

describe('a wave in a wrong order loses calls:', () => {
  test('legacy drained before DNS was switched', async () => {
    await open('site-a');
    await wave.legacyTrunk('standby');
    world.go(10 * MINUTE);
    expect(lossesOf(world, 'site-a')).toEqual({ 'no-inbound-path': expect.any(Number) });
  });
  test('legacy drained while caches still held the old answer', async () => {
    await open('site-a');
    await wave.dns('target', 300);
    await wave.trunk('inbound', true);
    await wave.legacyTrunk('standby');
    world.go(20 * MINUTE);
    expect(lossesOf(world, 'site-a')['stale-resolver']).toBeGreaterThan(5);
  });
  test('a gap of minutes between drain and activation', async () => {
    await open('site-a');
    await wave.dns('target', 300);
    world.go(2 * HOUR);
    await wave.legacyTrunk('standby');
    world.go(3 * MINUTE);
    expect(lossesOf(world, 'site-a')['no-inbound-path']).toBeGreaterThan(5);
  });
  test('but a gap of seconds is bridged by the carrier’s retries', async () => {
    await open('site-a');
    await wave.dns('target', 300);
    world.go(2 * HOUR);
    await wave.legacyTrunk('standby');
    world.go(15 * SECOND);
    await wave.trunk('inbound', true);
    world.go(30 * MINUTE);
    expect(avoidable('site-a')).toBe(0);
  });
  test('the allocation at 100 percent before phones were registered', async () => {
    await open('site-a');
    await wave.assignLicences();
    await wave.dns('target', 300);
    await wave.join(true);
    await wave.allocate(100);
    world.go(2 * HOUR);
    expect(avoidable('site-a')).toBe(0);
    await wave.trunk('inbound', true);
    world.go(5 * MINUTE);
    expect(lossesOf(world, 'site-a')['no-agent-new'] ?? 0).toBeGreaterThan(0);
  });
  test('the allocation at 100 percent before members had joined', async () => {
    await open('site-a');
    await wave.assignLicences();
    await wave.dns('target', 300);
    world.go(2 * HOUR);
    await wave.trunk('inbound', true);
    await wave.allocate(100);
    world.go(20 * MINUTE);
    expect(lossesOf(world, 'site-a')['no-agent-new']).toBeGreaterThan(50);
  });
  test('agents without licences', async () => {
    await open('site-b');
    await wave.dns('target', 300);
    world.go(2 * HOUR);
    await wave.trunk('inbound', true);
    world.go(10 * SECOND);
    await wave.reboot(agentsOf('site-b').map((agent) => agent.phone));
    world.go(2 * MINUTE);
    await wave.join(true);
    await wave.allocate(100);
    world.go(HOUR);
    expect(lossesOf(world, 'site-b')['agent-unlicensed']).toBeGreaterThan(5);
  });
  test('a tenth of the phones registered, all of the traffic', async () => {
    await open('site-a');
    await wave.assignLicences();
    await wave.dns('target', 300);
    world.go(2 * HOUR);
    await wave.trunk('inbound', true);
    world.go(10 * SECOND);
    await wave.reboot(
      agentsOf('site-a')
        .slice(0, 12)
        .map((agent) => agent.phone),
    );
    world.go(2 * MINUTE);
    await wave.join(true);
    await wave.allocate(100);
    world.go(15 * MINUTE);
    const losses = lossesOf(world, 'site-a');
    expect((losses['too-few-agents-new'] ?? 0) + (losses['no-agent-new'] ?? 0)).toBeGreaterThan(10);
  });
  test('the legacy trunk off while it carried calls', async () => {
    await open('site-a');
    await wave.dns('target', 300);
    world.go(2 * HOUR);
    await wave.trunk('inbound', true);
    world.go(MINUTE);
    await wave.legacyTrunk('off');
    expect(lossesOf(world, 'site-a')['cut-live-call']).toBeGreaterThan(0);
  });
  test('the legacy queues off while the allocation was 0', async () => {
    await open('site-a');
    world.go(MINUTE);
    await wave.legacyQueues(false);
    world.go(10 * MINUTE);
    expect(lossesOf(world, 'site-a')['queue-switched-off']).toBeGreaterThan(20);
  });
});

describe('the way back', () => {
  test('restores the world as captured, and loses no avoidable call on the way', async () => {
    await open('site-a');
    await wave.dns('legacy', 300);
    await wave.assignLicences();
    world.go(72 * HOUR);
    const captured = world.twin.snapshot('site-a');
    await wave.shift();
    world.go(10 * MINUTE);
    expect(world.twin.snapshot('site-a')).not.toEqual(captured);
    await wave.allocate(0);
    await wave.join(false);
    await wave.legacyTrunk('active');
    await wave.trunk('failover', false);
    await wave.route(false);
    await wave.trunk('inbound', false);
    await wave.dns('legacy', 300);
    world.go(30 * MINUTE);
    expect(JSON.stringify(world.twin.snapshot('site-a'))).toBe(JSON.stringify(captured));
    expect(await wave.registered()).toBe(0);
    expect(avoidable('site-a')).toBe(0);
    expect(world.twin.panel('site-a').facts).toContainEqual({
      label: 'Phones on legacy',
      value: '240 of 240',
      tone: 'plain',
    });
  });
});

describe('registration', () => {
  const phones = () => agentsOf('site-a').map((agent) => agent.phone);
  const prepared = async () => {
    await open('site-a');
    await wave.dns('target', 300);
    world.go(2 * HOUR);
    await wave.trunk('inbound', true);
    world.go(10 * SECOND);
  };
  const target = 'site-a.byoc.usw2.pure.cloud';

  test('of a cohort is done within two minutes and refused by nobody', async () => {
    await prepared();
    const before = await wave.registered();
    await wave.reboot(phones().slice(0, 24));
    world.go(MINUTE);
    expect((await wave.registered()) - before).toBeGreaterThanOrEqual(20);
    expect(await options(target)).toMatch(/^SIP\/2\.0 200/);
  });
  test('of the whole site at once is a storm that shows as 503 and passes', async () => {
    await prepared();
    for (let i = 0; i < 240; i += 80) await wave.reboot(phones().slice(i, i + 80));
    const seen: string[] = [];
    for (let i = 0; i < 12; i++) {
      world.go(10 * SECOND);
      seen.push((await options(target)).slice(8, 11));
    }
    expect(seen).toContain('503');
    world.go(10 * MINUTE);
    expect([await wave.registered(), (await options(target)).slice(8, 11)]).toEqual([240, '200']);
  });
  test('with registration-storm takes a cohort some minutes', async () => {
    await prepared();
    world.twin.faults.set('registration-storm', true);
    await wave.reboot(phones().slice(0, 24));
    world.go(MINUTE);
    const soon = await wave.registered();
    expect(await options(target)).toMatch(/^SIP\/2\.0 503[\s\S]*Retry-After: 30/);
    world.go(5 * MINUTE);
    expect([soon < 24, (await wave.registered()) >= 24]).toEqual([true, true]);
  });
});

describe('faults', () => {
  test('call-failures: an eighth of the new side’s calls fail once it has most of the traffic', async () => {
    await open('site-a');
    world.twin.faults.set('call-failures', true);
    await wave.shift();
    const from = world.now();
    world.go(32 * MINUTE);
    const failed = await countOf(world, wave.file, 'nError', from, from + 30 * MINUTE);
    const offered = await countOf(world, wave.file, 'nOffered', from, from + 30 * MINUTE);
    expect(failed / offered).toBeGreaterThan(0.06);
    expect(failed / offered).toBeLessThan(0.2);
    expect(avoidable('site-a')).toBe(0);
  });
  test('split-brain: the legacy trunk is back once, after outbound went live', async () => {
    await open('site-a');
    world.twin.faults.set('split-brain', true);
    await wave.legacyTrunk('standby');
    await wave.route(true);
    world.go(25 * SECOND);
    const mode = async () => (await legacy(world, 'GET', '/v1/trunks/spr-carrier-in')).body.mode;
    expect(await mode()).toBe('active');
    expect(world.twin.ledger().writes.at(-1)).toMatchObject({
      system: 'by-hand',
      before: { mode: 'standby' },
      after: { mode: 'active' },
    });
    await wave.legacyTrunk('standby');
    await wave.route(true);
    world.go(MINUTE);
    expect(await mode()).toBe('standby');
  });
  test('drift: a hand changes a record or a trunk, says so, and costs no call', async () => {
    await open('site-a');
    const before = canonical(world.twin.snapshot('site-a'));
    expect(world.twin.editByHand('dns-record', 'site-a')).toContain('"10 5 5060 sbc.sitea.example.com."');
    expect(canonical(world.twin.snapshot('site-a'))).not.toBe(before);
    expect(world.twin.editByHand('legacy-trunk', 'site-a')).toContain('from 500 to 450');
    world.go(HOUR);
    expect(avoidable('site-a')).toBe(0);
    expect(() => world.twin.editByHand('dns-record', 'site-z')).toThrow('no site "site-z"');
  });
});

describe('the model', () => {
  test('gives the same world for the same seed and another for another', async () => {
    const day = async (seed: number) => {
      await open('site-a', { seed });
      await wave.shift();
      world.go(HOUR);
      const { calls, writes } = world.twin.ledger();
      const seen = JSON.stringify([calls, writes, world.twin.panel('site-a')]);
      await world.twin.close();
      return seen;
    };
    const [one, again, other] = [await day(5), await day(5), await day(6)];
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });
  test('lives through 72 hours of all sites at one go', async () => {
    await open('site-a');
    world.go(72 * HOUR);
    expect(world.twin.ledger().calls['site-a']?.offered).toBeGreaterThan(25_000);
  });
  test('forgets the calls of more than eight days ago', async () => {
    await open('site-b');
    const query = () =>
      `from=${new Date(world.now() - 30 * 24 * HOUR).toISOString()}&to=${new Date(world.now()).toISOString()}`;
    world.go(8 * 24 * HOUR);
    const eightDays = Number((await legacy(world, 'GET', `/v1/sites/site-b/calls?${query()}`)).body.completed);
    world.go(12 * 24 * HOUR);
    const later = Number((await legacy(world, 'GET', `/v1/sites/site-b/calls?${query()}`)).body.completed);
    expect(later).toBeLessThan(eightDays * 1.1);
  }, 90_000);
  test('accounts for every call', async () => {
    await open('site-c');
    await wave.shift();
    world.go(5 * HOUR);
    for (const calls of Object.values(world.twin.ledger().calls)) {
      const lost = Object.values(calls.lost).reduce((sum, count) => sum + count, 0);
      const open = calls.offered - calls.answered - calls.abandoned - lost;
      expect(open).toBeGreaterThanOrEqual(0);
      expect(open).toBeLessThan(20);
    }
  });
});

describe('the ledger', () => {
  test('is appended to its file, printed for people, and finds writes made twice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'twin-ledger-'));
    const ledgerFile = join(folder, 'ledger.jsonl');
    await open('site-b', { ledgerFile });
    await wave.legacyTrunk('standby');
    await wave.legacyTrunk('standby');
    await wave.legacyTrunk('active');
    await wave.legacyTrunk('standby');
    const phone = agentsOf('site-b')[0]?.phone ?? '';
    await wave.reboot([phone]);
    await wave.reboot([phone]);
    world.go(HOUR);
    const lines = readFileSync(ledgerFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; effect?: boolean });
    expect(lines.filter((line) => line.kind === 'write').map((line) => line.effect)).toEqual([
      true,
      false,
      true,
      true,
      true,
      true,
    ]);
    expect(lines.some((line) => line.kind === 'lost-call')).toBe(true);
    expect(duplicates(world.twin.ledger())).toMatchObject([{ resource: `phone ${phone}`, first: 5, second: 6 }]);
    const table = formatLedger(world.twin.ledger());
    expect(table).toMatch(/legacy\s+PUT\s+legacy-trunk shv-carrier-in {2}mode: "active" -> "standby"/);
    expect(table).toMatch(/\d+ {2}no-inbound-path {2}\(avoidable by order\)/);
    rmSync(folder, { recursive: true });
  });
});
