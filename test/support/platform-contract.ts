/**
 * What every adapter of the platform port keeps, whatever the vendor: run on each of them before its own twin, which
 * speaks the vendor's paths and refuses everything else.
 */
import { duplicates, type LedgerWrite, type Twin } from '../../sandbox/twin/twin';
import { LEVERS } from '../../src/core/missing-levers';
import type { PlatformKind } from '../../src/core/site';
import type { Fault } from '../../src/ports/fault';
import type { Platform } from '../../src/ports/platform';
import { faultOf } from '../adapters-platforms-wire';

/** One site of the twin, by its ids on the platform. */
export interface ContractSite {
  readonly site: string;
  readonly inbound: { readonly id: string; readonly name: string };
  readonly route: string;
  readonly queue: { readonly id: string; readonly name: string };
  readonly table: string;
  readonly row: string;
  readonly shadowFlow: string;
  readonly managementUnit: string;
  readonly dids: readonly string[];
  readonly callerId: string;
  readonly licences: readonly string[];
  readonly users: readonly string[];
  readonly phones: readonly string[];
}

export interface PlatformBench {
  readonly kind: PlatformKind;
  readonly platform: Platform;
  readonly twin: Twin;
  readonly now: () => number;
  /** Moves the clock, and the world with it. */
  readonly pass: (ms: number) => void;
  readonly organisation: string;
  /** Small enough to be cut over within a test. */
  readonly branch: ContractSite;
  /** A queue with more than 100 members. */
  readonly large: { readonly queue: string; readonly users: readonly string[] };
  /** An id that the platform does not know. */
  readonly nobody: string;
  readonly writes: () => readonly LedgerWrite[];
  /** Points the branch's record at the new gateway. */
  readonly pointDns: () => Promise<void>;
  /** From now on the platform refuses the tokens that it gave, and the adapter does not know. */
  readonly killTokens: () => void;
  /** Tokens that were asked for since the bench was opened. */
  readonly tokensAsked: () => number;
  readonly close: () => Promise<void>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export function platformContract(vendor: string, open: () => Promise<PlatformBench>): void {
  describe(`${vendor} as a platform`, () => {
    let bench: PlatformBench;
    let platform: Platform;
    beforeEach(async () => {
      bench = await open();
      platform = bench.platform;
    });
    afterEach(() => bench.close());

    /** Asks until it is so; no more than a sandbox minute. */
    async function eventually(isSo: () => Promise<boolean>): Promise<void> {
      for (let seconds = 0; seconds < 60; seconds += 2) {
        if (await isSo()) return;
        bench.pass(2 * SECOND);
      }
      expect(await isSo()).toBe(true);
    }

    it('names the organisation', async () => {
      expect(await platform.organisation()).toEqual({ id: bench.organisation, name: expect.stringMatching(/\S/) });
    });

    it('switches the way in on and off again, each once, and reads it back', async () => {
      const { id, name } = bench.branch.inbound;
      const off = { id, name, enabled: false, inService: false, liveCalls: 0 };
      expect(await platform.trunk(id)).toMatchObject({ ...off, health: expect.stringContaining(name) });
      await expect(platform.setTrunk(id, false)).resolves.toBe(false);
      await expect(platform.setTrunk(id, true)).resolves.toBe(true);
      await expect(platform.setTrunk(id, true)).resolves.toBe(false);
      expect((await platform.trunk(id)).enabled).toBe(true);
      await eventually(async () => (await platform.trunk(id)).inService);
      await expect(platform.setTrunk(id, false)).resolves.toBe(true);
      await expect(platform.setTrunk(id, false)).resolves.toBe(false);
      await eventually(async () => !(await platform.trunk(id)).inService);
      expect(bench.writes()).toHaveLength(2);
    });

    it('leaves everything else of the way in as it was', async () => {
      const before = bench.twin.snapshot(siteNameOf(bench)).trunkBases;
      await platform.setTrunk(bench.branch.inbound.id, true);
      await platform.setTrunk(bench.branch.inbound.id, false);
      expect(bench.twin.snapshot(siteNameOf(bench)).trunkBases).toEqual(before);
    });

    it('switches an outbound route on and off, each once', async () => {
      const { site, route } = bench.branch;
      expect(await platform.outboundRoute(site, route)).toEqual({
        id: route,
        name: expect.stringMatching(/\S/),
        enabled: false,
      });
      await expect(platform.setOutboundRoute(site, route, true)).resolves.toBe(true);
      await expect(platform.setOutboundRoute(site, route, true)).resolves.toBe(false);
      expect((await platform.outboundRoute(site, route)).enabled).toBe(true);
      await expect(platform.setOutboundRoute(site, route, false)).resolves.toBe(true);
      expect((await platform.outboundRoute(site, route)).enabled).toBe(false);
      expect(bench.writes()).toHaveLength(2);
    });

    it('tells which of the numbers asked for ring the site, and its caller id', async () => {
      const { site, dids, callerId } = bench.branch;
      await expect(platform.numbers(site, [...dids, '+12175559999'])).resolves.toEqual({ dids, callerId });
    });

    it('lets more than a hundred members join and leave a queue, and nobody twice', async () => {
      const { queue, users } = bench.large;
      expect(users.length).toBeGreaterThan(100);
      expect(new Set((await platform.members(queue)).keys())).toEqual(new Set(users));
      const all = async (joined: boolean) => [...(await platform.members(queue)).values()].every((is) => is === joined);
      expect(await all(false)).toBe(true);
      await expect(platform.setJoined(queue, users, true)).resolves.toBe(true);
      await eventually(() => all(true));
      expect(await platform.queue(queue)).toMatchObject({ id: queue, members: users.length, joined: users.length });
      await expect(platform.setJoined(queue, users, true)).resolves.toBe(false);
      expect(bench.writes()).toHaveLength(Math.ceil(users.length / 100));
      await expect(platform.setJoined(queue, users, false)).resolves.toBe(true);
      await eventually(() => all(false));
      expect((await platform.queue(queue)).joined).toBe(0);
    });

    it('joins members only, and only those named', async () => {
      const { queue, users } = bench.branch;
      const [first = '', second = ''] = users;
      await expect(platform.setJoined(queue.id, [first, bench.nobody], true)).resolves.toBe(true);
      await eventually(async () => (await platform.members(queue.id)).get(first) === true);
      const members = await platform.members(queue.id);
      expect([members.size, members.get(second), members.has(bench.nobody)]).toEqual([users.length, false, false]);
      await expect(platform.setJoined(queue.id, [bench.nobody], true)).resolves.toBe(false);
      expect(await platform.queue(queue.id)).toEqual({ ...queue, members: users.length, joined: 1 });
    });

    it.each([
      ['both shares', { allocationPercent: 100, shadowPercent: 0 }],
      ['the share of the calls alone', { allocationPercent: 37 }],
      ['the shadow alone', { shadowPercent: 5 }],
    ])('writes %s, once, and reads exactly that back', async (_what, next) => {
      const { table, row } = bench.branch;
      const before = await platform.allocation(table, row);
      expect(before).toEqual({ allocationPercent: 0, shadowPercent: 0 });
      await expect(platform.setAllocation(table, row, next)).resolves.toBe(true);
      await expect(platform.allocation(table, row)).resolves.toEqual({ ...before, ...next });
      await expect(platform.setAllocation(table, row, next)).resolves.toBe(false);
      expect(bench.writes()).toHaveLength(1);
    });

    it.each([-1, 101, Number.NaN])('writes no share of %p', async (allocationPercent) => {
      const { table, row } = bench.branch;
      await expect(platform.setAllocation(table, row, { allocationPercent })).rejects.toThrow(/percent/);
      expect(bench.writes()).toEqual([]);
    });

    it('loses neither of two shares that are written at once', async () => {
      const { table, row } = bench.branch;
      await Promise.all([
        platform.setAllocation(table, row, { allocationPercent: 40 }),
        platform.setAllocation(table, row, { shadowPercent: 7 }),
      ]);
      await expect(platform.allocation(table, row)).resolves.toEqual({ allocationPercent: 40, shadowPercent: 7 });
    });

    it('switches the same thing once when two want it at once', async () => {
      const { id } = bench.branch.inbound;
      await Promise.all([platform.setTrunk(id, true), platform.setTrunk(id, true)]);
      expect((await platform.trunk(id)).enabled).toBe(true);
      expect(bench.writes().filter(({ effect }) => effect)).toHaveLength(1);
    });

    it('knows what every agent holds, and nothing of a stranger', async () => {
      const { users, licences } = bench.branch;
      if (platform.capabilities.assignsLicences) {
        await expect(platform.assignLicences(users, licences)).resolves.toBe(true);
        bench.pass(30 * MINUTE);
        await expect(platform.assignLicences(users, licences)).resolves.toBe(false);
      }
      const held = await platform.licences([...users, bench.nobody]);
      for (const user of users) expect(licences.filter((licence) => !held.get(user)?.has(licence))).toEqual([]);
      expect(held.get(bench.nobody)).toEqual(new Set());
    });

    it('shows no phone before the cutover, the phones of the site after it, and none of another site', async () => {
      const { site, phones } = bench.branch;
      await expect(platform.registeredPhones(site)).resolves.toEqual(new Set());
      await cutOver(bench);
      const registered = await platform.registeredPhones(site);
      expect(phones.filter((phone) => !registered.has(phone))).toEqual([]);
      await expect(platform.registeredPhones(bench.nobody)).resolves.toEqual(new Set());
    });

    it('says null, never zero, where there is nothing to count', async () => {
      bench.pass(10 * MINUTE);
      const quiet = { from: bench.now() - 8 * MINUTE, to: bench.now() - 3 * MINUTE };
      await expect(platform.calls([bench.branch.queue.id], quiet)).resolves.toBeNull();
      await expect(platform.calls([], quiet)).resolves.toBeNull();
      await expect(platform.flow(bench.branch.shadowFlow, quiet)).resolves.toBeNull();
      const empty = { from: quiet.to, to: quiet.to };
      await expect(platform.calls([bench.branch.queue.id], empty)).resolves.toBeNull();
      await expect(platform.flow(bench.branch.shadowFlow, empty)).resolves.toBeNull();
    });

    it('counts the calls of a closed interval, and the legs through the shadow flow', async () => {
      const { table, row, queue, shadowFlow, inbound } = bench.branch;
      await cutOver(bench);
      await platform.setAllocation(table, row, { allocationPercent: 100, shadowPercent: 50 });
      bench.pass(4 * HOUR);
      const interval = { from: bench.now() - 3 * HOUR, to: bench.now() - 3 * MINUTE };
      const calls = await platform.calls([queue.id], interval);
      const offered = calls?.offered ?? 0;
      expect(offered).toBeGreaterThan(10);
      expect(calls?.completed).toBeGreaterThan(offered * 0.8);
      expect(calls?.failed).toBeLessThan(offered * 0.2);
      const legs = await platform.flow(shadowFlow, interval);
      expect(legs?.entered).toBeGreaterThan(10);
      expect(legs?.finished).toBeGreaterThan(0);
      expect(legs?.finished).toBeLessThanOrEqual(legs?.entered ?? 0);
      expect(legs?.failed).toBeLessThanOrEqual(legs?.finished ?? 0);
      expect((await platform.trunk(inbound.id)).inService).toBe(true);
    });

    it('counts the calls that are on the way in just now', async () => {
      await cutOver(bench);
      let seen = 0;
      for (let minutes = 0; minutes < 120 && seen === 0; minutes += 1) {
        bench.pass(MINUTE);
        seen = (await platform.trunk(bench.branch.inbound.id)).liveCalls ?? 0;
      }
      expect(seen).toBeGreaterThan(0);
    });

    describe('is honest about what it can do:', () => {
      it('plans are told the same', () => expect(LEVERS[bench.kind]).toEqual(platform.capabilities));

      it('codecs and session limits are there, or known not to be', async () => {
        const { codecs, maxConcurrentSessions } = await platform.trunk(bench.branch.inbound.id);
        if (platform.capabilities.showsTrunks) {
          expect(codecs.length).toBeGreaterThan(0);
          expect(maxConcurrentSessions).toBeGreaterThan(0);
        } else expect([codecs, maxConcurrentSessions]).toEqual([[], null]);
      });

      it('phones register afresh, or are refused', async () => {
        const restart = platform.restartPhones(bench.branch.phones);
        if (platform.capabilities.restartsPhones) await expect(restart).resolves.toBeUndefined();
        else expectNoLever(await faultOf(restart), /phone/i);
      });

      it('licences are given and taken back, or are refused', async () => {
        const { users, licences } = bench.branch;
        if (platform.capabilities.assignsLicences) {
          await platform.assignLicences(users, licences);
          bench.pass(30 * MINUTE);
          await expect(platform.removeLicences(users, licences)).resolves.toBe(true);
          expect([...(await platform.licences(users)).values()].every((held) => held.size === 0)).toBe(true);
        } else {
          expectNoLever(await faultOf(platform.assignLicences(users, licences)), /licence/i);
          expectNoLever(await faultOf(platform.removeLicences(users, licences)), /licence/i);
        }
      });

      it('the published schedule is read, or is refused', async () => {
        const { managementUnit, users } = bench.branch;
        const ask = platform.scheduledAgents(managementUnit, { from: bench.now(), to: bench.now() + HOUR });
        if (platform.capabilities.showsSchedules) {
          const scheduled = await ask;
          expect([...(scheduled ?? [])].every((user) => users.includes(user))).toBe(true);
          expect(scheduled?.size).toBeGreaterThan(users.length * 0.8);
        } else expectNoLever(await faultOf(ask), /schedule/i);
      });
    });

    it.each<[string, (id: string) => Promise<unknown>]>([
      ['a way in', (id) => platform.trunk(id)],
      ['a way in to be switched', (id) => platform.setTrunk(id, true)],
      ['an outbound route', (id) => platform.outboundRoute(bench.branch.site, id)],
      ['an outbound route to be switched', (id) => platform.setOutboundRoute(bench.branch.site, id, true)],
      ['a queue', (id) => platform.queue(id)],
      ['the members of a queue', (id) => platform.members(id)],
      ['an allocation', (id) => platform.allocation(bench.branch.table, id)],
      ['an allocation to be written', (id) => platform.setAllocation(bench.branch.table, id, { shadowPercent: 1 })],
      ['a table', (id) => platform.allocation(id, bench.branch.row)],
    ])('refuses %s that it does not know, for good and by its id', async (_what, ask) => {
      const fault = await faultOf(ask(bench.nobody));
      expect(fault).toMatchObject({ transient: false, message: expect.stringContaining(bench.nobody) });
      expect(bench.writes()).toEqual([]);
    });

    it('goes on when its token dies in the middle, and asks for one new token only', async () => {
      await platform.organisation();
      bench.killTokens();
      const before = bench.tokensAsked();
      const many = Array.from({ length: 8 }, () => platform.queue(bench.branch.queue.id));
      await expect(Promise.all(many)).resolves.toHaveLength(8);
      await expect(platform.setTrunk(bench.branch.inbound.id, true)).resolves.toBe(true);
      expect(bench.tokensAsked() - before).toBe(1);
    });

    it.each(['api-429', 'api-5xx', 'api-conflict'])(
      'does its work through %s, and writes each thing once',
      async (name) => {
        const { inbound, site, route, table, row, queue, users } = bench.branch;
        bench.twin.faults.set(name, true);
        await expect(platform.setTrunk(inbound.id, true)).resolves.toBe(true);
        await expect(platform.setOutboundRoute(site, route, true)).resolves.toBe(true);
        await expect(platform.setAllocation(table, row, { allocationPercent: 10 })).resolves.toBe(true);
        await expect(platform.setJoined(queue.id, users, true)).resolves.toBe(true);
        await eventually(async () => (await platform.queue(queue.id)).joined === users.length);
        expect((await platform.trunk(inbound.id)).enabled).toBe(true);
        const effective = bench.writes().filter(({ effect }) => effect);
        expect(new Set(effective.map(({ resource }) => resource)).size).toBe(4);
        expect(duplicates(bench.twin.ledger())).toEqual([]);
      },
    );
  });
}

/** The branch on the new side: way in, record, agents, calls. */
async function cutOver(bench: PlatformBench): Promise<void> {
  const { platform, branch } = bench;
  const { assignsLicences, restartsPhones } = platform.capabilities;
  if (assignsLicences) await platform.assignLicences(branch.users, branch.licences);
  await bench.pointDns();
  bench.pass(30 * MINUTE);
  await platform.setTrunk(branch.inbound.id, true);
  bench.pass(MINUTE);
  if (restartsPhones) await platform.restartPhones(branch.phones);
  bench.pass(30 * MINUTE);
  await platform.setJoined(branch.queue.id, branch.users, true);
  await platform.setAllocation(branch.table, branch.row, { allocationPercent: 100 });
  bench.pass(10 * MINUTE);
}

function expectNoLever(fault: Fault, names: RegExp): void {
  expect(fault).toMatchObject({ transient: false, message: expect.stringMatching(names) });
}

/** Rows carry the site's name in the demonstration sites. */
function siteNameOf(bench: PlatformBench): string {
  return bench.branch.row;
}
