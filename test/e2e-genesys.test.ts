/** What only Genesys Cloud offers, in whole waves: the audit that is kept there, and the fast way back. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../sandbox/options';
import { OPERATOR } from '../sandbox/people';
import type { Sandbox } from '../sandbox/sandbox';
import { COLLEAGUES_CLIENT } from '../sandbox/twin/genesys/login';
import { runWave } from './support/wave-run';

jest.setTimeout(300_000);

const GROUP = '5f3a0000-0000-4000-8000-0000000000aa';
const QUEUE = '/api/v2/routing/queues/5f3b0000-0000-4000-8000-0000000000d1';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-genesys-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A colleague renames what the queue is for, with the organisation's other client. */
async function describeQueue(sandbox: Sandbox): Promise<void> {
  const { GENESYS_API_URL: api, GENESYS_LOGIN_URL: login, GENESYS_CLIENT_SECRET: secret } = sandbox.twin.settings;
  const basic = Buffer.from(`${COLLEAGUES_CLIENT}:${secret}`).toString('base64');
  const token = await fetch(`${login}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  const queue = (await (await fetch(`${api}${QUEUE}`, { headers })).json()) as object;
  const body = JSON.stringify({ ...queue, description: 'moved to the new platform' });
  expect((await fetch(`${api}${QUEUE}`, { method: 'PUT', headers, body })).status).toBe(200);
}

it("after a wave the board sees that the platform's audit agrees with the log, but for a colleague's change", async () => {
  const answers: string[] = [];
  const { wrong } = await runWave({
    site: 'site-b',
    meanwhile: (sandbox) => {
      let told: Promise<void> | null = null;
      const timer = setInterval(() => {
        const begun = sandbox.twin.ledger().writes.some(({ resource }) => resource.startsWith('queue-members'));
        if (begun) told ??= describeQueue(sandbox);
      }, 20);
      return async () => {
        clearInterval(timer);
        await told;
        const reply = await sandbox.workspace.command(OPERATOR, '/cutover audit site-b', { settleMs: 20_000 });
        answers.push(JSON.stringify(reply));
      };
    },
  });
  expect(wrong).toEqual([]);
  expect(answers[0]).toContain('Changed by others during the wave');
  expect(answers[0]).toMatch(/queue Shelbyville Front desk: Update \(description\) by the client admin-console/);
  expect(answers[0]).not.toContain("not in the platform's audit");
});

it('a rollback of a site with an emergency group diverts the calls first and leaves the group as it was', async () => {
  const sitesDir = join(folder, 'sites');
  cpSync(join(PROJECT, 'sites'), sitesDir, { recursive: true });
  const file = join(sitesDir, 'site-a.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/^( {2}shadowFlow: .*)$/m, `$1\n  emergencyGroup: ${GROUP}`));
  const order: string[] = [];
  const { wrong, end } = await runWave({
    faults: ['call-failures'],
    sitesDir,
    meanwhile: (sandbox) => () => {
      for (const { resource, after } of sandbox.twin.ledger().writes) {
        if (/^(emergency-group|allocation|queue-members)/.test(resource))
          order.push(`${resource} ${JSON.stringify(after)}`);
      }
    },
  });
  expect(wrong).toEqual([]);
  expect(end.emergencyGroup).toEqual({ enabled: false });
  const on = order.findIndex(
    (write) => write.startsWith(`emergency-group ${GROUP}`) && write.includes('"enabled":true'),
  );
  expect(on).toBeGreaterThan(0);
  expect(order[on + 1]).toMatch(/^allocation site-a .*"allocationPercent":0/);
  expect(order[on + 2]).toMatch(/^emergency-group .*"enabled":false/);
  const rest = order.slice(on + 3);
  expect(rest.some((write) => write.startsWith('queue-members'))).toBe(true);
  expect(rest.filter((write) => write.startsWith('emergency-group'))).toEqual([]);
});
