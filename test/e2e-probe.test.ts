/** A whole wave whose site is seen through a real probe: its own resolvers, its gateways, and where its endpoints come to. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { playWave, type Seen, textOf } from '../sandbox/auto';
import { judge } from '../sandbox/judgement';
import { PROJECT } from '../sandbox/options';
import type { Sandbox } from '../sandbox/sandbox';
import { settingsOf } from './support/cutover-process';
import { type ProbeProcess, startProbe } from './support/probe-process';
import { openSandbox, said } from './support/wave-run';

jest.setTimeout(300_000);

const SITE = 'site-b';
const SECRET = 'a-secret-of-the-rehearsal-nobody-guesses';
/** Servers of the site's own network; the public ones are asked from the bot. */
const OWN = /^site-b-/;

interface Room {
  readonly sandbox: Sandbox;
  readonly probe: () => ProbeProcess;
  readonly takeAway: () => Promise<unknown>;
  readonly putBack: () => Promise<void>;
  readonly close: () => Promise<void>;
}

async function roomWithProbe(): Promise<Room> {
  const sitesDir = mkdtempSync(join(tmpdir(), 'cutover-test-sites-'));
  cpSync(join(PROJECT, 'sites'), sitesDir, { recursive: true });
  const file = join(sitesDir, `${SITE}.yaml`);
  const more = 'sipDomain: siteb.example.com\nprobes: [shelbyville]\n';
  // The site's one SRV set is that of TCP: endpoints of another transport would come nowhere.
  const text = readFileSync(file, 'utf8').replaceAll('transport: udp', 'transport: tcp');
  writeFileSync(file, `${text}\n${more}`);
  const sandbox = await openSandbox({ site: SITE, sitesDir });
  const settings = settingsOf(sandbox);
  const entries = (settings.RESOLVERS ?? '').split(',');
  const { CONNECT_TO: connectTo = '' } = settings;
  const ways = connectTo.split(',').map((entry) => entry.split('=')[0] ?? '');
  const started = (port: number): Promise<ProbeProcess> =>
    startProbe({
      PROBE_NAME: 'shelbyville',
      PROBE_SECRET: SECRET,
      PROBE_LISTEN: `127.0.0.1:${port}`,
      PROBE_RESOLVERS: entries.filter((entry) => OWN.test(entry)).join(','),
      PROBE_GATEWAYS: ways.flatMap((way) => ['udp', 'tcp', 'tls'].map((transport) => `${way}/${transport}`)).join(','),
      PROBE_CONNECT_TO: connectTo,
    });
  let probe = await started(0);
  const { port } = probe;
  const changed = {
    ...settings,
    RESOLVERS: entries.map((entry) => (OWN.test(entry) ? `${entry}@shelbyville` : entry)).join(','),
    PROBES: `shelbyville=http://127.0.0.1:${port}`,
    PROBE_SECRETS: `shelbyville=${SECRET}`,
  };
  writeFileSync(sandbox.config, stringify(changed));
  return {
    sandbox,
    probe: () => probe,
    takeAway: () => probe.stop('SIGKILL'),
    putBack: async () => {
      probe = await started(port);
    },
    close: async () => {
      await sandbox.close();
      await probe.stop();
      rmSync(sitesDir, { recursive: true, force: true });
    },
  };
}

let room: Room;
afterEach(() => room?.close());

/** What in the wave's end is not as it should be; empty when all is well. */
async function played(): Promise<{ readonly seen: Seen; readonly wrong: readonly string[] }> {
  const { sandbox } = room;
  const before = sandbox.twin.snapshot(SITE);
  const seen = await playWave(sandbox, { site: SITE, say: (line) => said.push(line) });
  const { findings } = await judge(sandbox, SITE, [], seen, before);
  return { seen, wrong: findings.filter(({ good }) => !good).map(({ text }) => text) };
}

it('a wave of a site with a probe completes, with the site’s own resolvers and both gateways asked through it', async () => {
  room = await roomWithProbe();
  await room.sandbox.startBot();
  const { seen, wrong } = await played();
  expect(wrong).toEqual([]);
  expect(seen.holds).toEqual([]);
  const notes = room
    .probe()
    .log()
    .filter(({ status }) => status !== undefined);
  const whats = notes.map(({ what = '' }) => what);
  expect(whats.some((what) => OWN.test(what) && what.endsWith(' SRV'))).toBe(true);
  expect(whats.some((what) => OWN.test(what) && what.endsWith('siteb.example.com NAPTR'))).toBe(true);
  expect(whats.some((what) => what.startsWith('sbc.siteb.example.com:5060/'))).toBe(true);
  expect(whats.some((what) => what.startsWith('site-b.byoc.usw2.pure.cloud:5060/'))).toBe(true);
  expect(notes.filter(({ status }) => status !== 200)).toEqual([]);
});

it('a probe that dies once DNS is switched keeps the wave where it is, and the wave goes on when it is back', async () => {
  room = await roomWithProbe();
  const { sandbox } = room;
  await sandbox.startBot();
  const wrote = (what: RegExp): boolean =>
    sandbox.twin
      .ledger()
      .writes.some(({ effect, resource, after }) => effect && what.test(`${resource} ${JSON.stringify(after)}`));
  const drained = (): boolean => wrote(/standby/);
  const until = async (look: () => boolean): Promise<void> => {
    for (const end = Date.now() + 60_000; !look() && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const told = (text: string): boolean =>
    sandbox.workspace.messages().some((message) => `${textOf(message)} ${message.text}`.includes(text));
  const meanwhile = async () => {
    await until(() => wrote(/site-b\.byoc/));
    const early = !drained();
    await room.takeAway();
    await until(() => told('The probe shelbyville does not answer') || told('no answer'));
    const [heard, waited] = [told('The probe shelbyville does not answer') || told('no answer'), !drained()];
    await room.putBack();
    return { early, heard, waited };
  };
  const [{ seen, wrong }, watched] = await Promise.all([played(), meanwhile()]);
  expect(watched).toEqual({ early: true, heard: true, waited: true });
  expect(wrong).toEqual([]);
  expect(seen.status).toBe('completed');
});
