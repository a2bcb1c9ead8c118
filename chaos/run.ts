/** One run: the rig, the people, the faults, and at the end the record of what can be seen from outside. */

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { storedLog } from '../sandbox/store/stored-log';
import { AVOIDABLE } from '../sandbox/twin/model/ledger';
import type { WorldSnapshot } from '../sandbox/twin/twin';
import { type Figures, Mischief } from './mischief';
import { Player } from './player';
import { SLOTS } from './processes';
import type { Leftovers, Logged, RunRecord, WaveRecord } from './record';
import { openRig, PREFIX, type Rig, waveOf } from './rig';
import type { Deed, Schedule } from './schedule';
import { toldWithinMs } from './told-within';

export interface Ran {
  readonly record: RunRecord;
  readonly figures: Figures;
  readonly ms: number;
}

/** A dead worker's lease runs out by itself. */
const FREE_WITHIN_MS = 4_000;
const LOOK_EVERY_MS = 40;

/** `program` is the product as it was built. */
export async function runOnce(schedule: Schedule, program: string): Promise<Ran> {
  const began = Date.now();
  const mischief = new Mischief(schedule);
  const rig = await openRig({
    sites: schedule.sites,
    seed: schedule.seed * 1009 + schedule.run,
    program,
    withFront: schedule.faults.some(({ deed }) => hits(deed, 'front')),
    onAppend: (slot) => mischief.onAppend(slot),
    platforms: mischief.platforms,
    slackApi: mischief.slackApi,
    toBot: mischief.toBot,
  });
  try {
    if (schedule.callsFail) rig.twin.faults.set('call-failures', true);
    await rig.processes.ready;
    const before = new Map(schedule.sites.map((site) => [site, rig.twin.snapshot(site)]));
    const player = new Player(rig, schedule);
    mischief.begin(rig, (verb, site) => player.steer(verb, site));
    const givenUp = await player.play(() => mischief.isQuiet());
    await mischief.settle();
    await told(rig, toldWithinMs(schedule));
    const leftovers = await leftOver(rig);
    const waves = await Promise.all(
      schedule.sites.map((site) => waveRecord(rig, schedule, site, before.get(site) ?? {})),
    );
    const record: RunRecord = {
      schedule,
      waves,
      messages: rig.workspace.messages(),
      writes: mischief.writes,
      clicks: player.clicks,
      steered: player.steered,
      troubles: mischief.troubles,
      leftovers,
      whispers: whispersOf(rig),
      crashes: crashesOf(rig, mischief),
      complaints: complaintsOf(rig),
      givenUp,
    };
    return { record, figures: mischief.figures, ms: Date.now() - began };
  } finally {
    await mischief.settle().catch(() => undefined);
    await rig.close();
  }
}

function hits(deed: Deed, victim: string): boolean {
  if (deed.do === 'several') return deed.deeds.some((each) => hits(each, victim));
  return 'victim' in deed && deed.victim === victim;
}

/** Until Slack has heard all, and shows the cards as they are at the end; what stays behind is the invariants' affair. */
async function told(rig: Rig, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; ) {
    if ((await rig.store.scard(`{${PREFIX}}:unheard`)) === 0) break;
    await sleep(LOOK_EVERY_MS);
  }
  await rig.logs.caughtUp();
}

async function leftOver(rig: Rig): Promise<Leftovers> {
  const { store } = rig;
  const leases = async (): Promise<readonly string[]> => {
    const keys = rig.waves.flatMap((wave) =>
      ['work', 'thread'].map((purpose) => `{${PREFIX}}:wave:${wave}:lease:${purpose}`),
    );
    const there = await Promise.all(keys.map((key) => store.exists(key)));
    return keys.filter((_key, i) => there[i] === 1);
  };
  let held = await leases();
  for (const end = Date.now() + FREE_WITHIN_MS; held.length > 0 && Date.now() < end; held = await leases())
    await sleep(LOOK_EVERY_MS);
  return {
    locks: await store.hgetall(`{${PREFIX}}:locks`),
    open: await store.smembers(`{${PREFIX}}:open`),
    due: await store.zrange(`{${PREFIX}}:due`, '0', '-1'),
    unheard: await store.smembers(`{${PREFIX}}:unheard`),
    leases: held,
  };
}

async function waveRecord(rig: Rig, schedule: Schedule, site: string, before: WorldSnapshot): Promise<WaveRecord> {
  const id = waveOf(site);
  const log = (await storedLog(rig.store, `{${PREFIX}}:wave:${id}`, id)) as readonly Logged[];
  const [head, stateSeq] = await rig.store.hmget(`{${PREFIX}}:wave:${id}`, 'head', 'seq');
  const seen = new Map(rig.logs.events(id).map(({ seq, seenAt }) => [seq, seenAt]));
  const lost = rig.twin.ledger().calls[site]?.lostCalls ?? [];
  return {
    id,
    site,
    log,
    seenAt: log.map(({ seq }) => seen.get(seq) ?? 0),
    head: head ?? null,
    stateSeq: stateSeq == null ? null : Number(stateSeq),
    before,
    after: rig.twin.snapshot(site),
    lost: lost.map(({ at, reason, detail }) => ({
      at: Date.parse(at),
      reason: `${reason}: ${detail}`,
      avoidable: AVOIDABLE[reason],
    })),
    audit: schedule.audit && log.length > 0 ? await verified(rig, id) : null,
  };
}

async function verified(rig: Rig, wave: string): Promise<{ readonly ok: boolean; readonly text: string }> {
  const args = [rig.program, '--config', rig.config, 'audit', 'verify', wave];
  return promisify(execFile)(process.execPath, args, { timeout: 30_000 }).then(
    ({ stdout }) => ({ ok: true, text: stdout.trim() }),
    (cause: { stderr?: string; stdout?: string }) => ({
      ok: false,
      text: `${cause.stdout ?? ''}${cause.stderr ?? ''}`.trim(),
    }),
  );
}

const whispersOf = (rig: Rig): readonly string[] =>
  rig.people.flatMap((user) =>
    rig.workspace.ephemerals(user).map(({ text, blocks }) => `${text} ${JSON.stringify(blocks)}`),
  );

/** A process that cannot reach Redis may end, and is started again; all others live until they are killed. */
function crashesOf(rig: Rig, { troubles }: Mischief): readonly string[] {
  const redisAway = troubles.filter(({ what }) => what.startsWith('redis') || what.startsWith('lag'));
  return (
    rig.processes.ended
      // A machine that is too busy to start it in time is no fault of the product's.
      .filter(({ how }) => !/was not ready in/.test(how))
      .filter(({ at }) => !redisAway.some(({ from, to }) => at >= from && at <= to + 3_000))
      .map(({ slot, how }) => `${slot}: ${how}`)
  );
}

/** pino's levels: 50 and above are errors. */
function complaintsOf(rig: Rig): readonly string[] {
  return SLOTS.flatMap((slot) => {
    const file = join(rig.folder, `${slot}.log`);
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter(
        (line) =>
          /"level":(?:50|60)|"level":"(?:error|fatal)"/.test(line) ||
          /not a wave's record|own mistake|is of another kind/.test(line),
      )
      .map((line) => `${slot}: ${line.slice(0, 600)}`);
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
