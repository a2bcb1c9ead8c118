/** A whole wave whose site is seen through a real probe: its own resolvers, its gateways, and where its endpoints come to. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { playWave, type Seen } from '../sandbox/auto';
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

let sitesDir: string;
let sandbox: Sandbox;
let probe: ProbeProcess;

beforeAll(async () => {
  sitesDir = mkdtempSync(join(tmpdir(), 'cutover-test-sites-'));
  cpSync(join(PROJECT, 'sites'), sitesDir, { recursive: true });
  const file = join(sitesDir, `${SITE}.yaml`);
  const more = 'sipDomain: siteb.example.com\nprobes: [shelbyville]\n';
  // The site's one SRV set is that of TCP: endpoints of another transport would come nowhere.
  const text = readFileSync(file, 'utf8').replaceAll('transport: udp', 'transport: tcp');
  writeFileSync(file, `${text}\n${more}`);
  sandbox = await openSandbox({ site: SITE, sitesDir });
  const settings = settingsOf(sandbox);
  const entries = (settings.RESOLVERS ?? '').split(',');
  const { CONNECT_TO: connectTo = '' } = settings;
  const ways = connectTo.split(',').map((entry) => entry.split('=')[0] ?? '');
  probe = await startProbe({
    PROBE_NAME: 'shelbyville',
    PROBE_SECRET: SECRET,
    PROBE_LISTEN: '127.0.0.1:0',
    PROBE_RESOLVERS: entries.filter((entry) => OWN.test(entry)).join(','),
    PROBE_GATEWAYS: ways.flatMap((way) => ['udp', 'tcp', 'tls'].map((transport) => `${way}/${transport}`)).join(','),
    PROBE_CONNECT_TO: connectTo,
  });
  const changed = {
    ...settings,
    RESOLVERS: entries.map((entry) => (OWN.test(entry) ? `${entry}@shelbyville` : entry)).join(','),
    PROBES: `shelbyville=http://127.0.0.1:${probe.port}`,
    PROBE_SECRETS: `shelbyville=${SECRET}`,
  };
  writeFileSync(sandbox.config, stringify(changed));
});
afterAll(async () => {
  await sandbox?.close();
  await probe?.stop();
  rmSync(sitesDir, { recursive: true, force: true });
});

describe('a wave of a site with a probe', () => {
  let seen: Seen;

  it('completes, and loses no call', async () => {
    await sandbox.startBot();
    const before = sandbox.twin.snapshot(SITE);
    seen = await playWave(sandbox, { site: SITE, say: (line) => said.push(line) });
    const judged = await judge(sandbox, SITE, [], seen, before);
    expect(judged.findings.filter(({ good }) => !good).map(({ text }) => text)).toEqual([]);
    expect(seen.holds).toEqual([]);
  });

  it('has asked the site’s own resolvers and both gateways through it, and nothing that it may not ask', () => {
    const notes = probe.log().filter(({ status }) => status !== undefined);
    const whats = notes.map(({ what = '' }) => what);
    expect(whats.some((what) => OWN.test(what) && what.endsWith(' SRV'))).toBe(true);
    expect(whats.some((what) => OWN.test(what) && what.endsWith('siteb.example.com NAPTR'))).toBe(true);
    expect(whats.some((what) => what.startsWith('sbc.siteb.example.com:5060/'))).toBe(true);
    expect(whats.some((what) => what.startsWith('site-b.byoc.usw2.pure.cloud:5060/'))).toBe(true);
    expect(notes.filter(({ status }) => status !== 200)).toEqual([]);
  });
});
