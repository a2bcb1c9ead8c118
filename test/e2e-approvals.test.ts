import { hasAction, newestRoot, textOf } from '../sandbox/auto';
import { exportLog, type LogLine } from '../sandbox/judgement';
import { rootPayload } from '../sandbox/pace';
import { APPROVER, OPERATOR, OUTSIDER, SECOND_APPROVER } from '../sandbox/people';
import type { Sandbox } from '../sandbox/sandbox';
import type { StoredMessage } from '../sandbox/slack/workspace';
import { openSandbox } from './support/wave-run';

jest.setTimeout(200_000);

const WAVE = 'site-a-wave-1';

let sandbox: Sandbox;
let card: StoredMessage;

beforeAll(async () => {
  sandbox = await openSandbox({ site: 'site-a' });
  const first = await sandbox.startBot();
  const second = await sandbox.startBot();
  expect(first.requestUrl).not.toBe(second.requestUrl);
  await sandbox.workspace.command(OPERATOR, '/cutover start site-a');
  card = await until(() => sandbox.workspace.messages().find((message) => hasAction(message, 'gate.approve')));
  // From here on the world stands still: what is tested are the clicks.
  sandbox.pace.freeze();
});
afterAll(() => sandbox.close());

async function until<Value>(look: () => Value | undefined | null | false): Promise<Value> {
  for (const end = Date.now() + 100_000; Date.now() < end; ) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error(
    `not seen in time; the wave is ${rootPayload(newestRoot(sandbox.workspace.messages()) as StoredMessage)?.status}`,
  );
}

const log = (): Promise<readonly LogLine[]> => exportLog(sandbox, WAVE);
const told = (user: string): string[] => sandbox.workspace.ephemerals(user).map(textOf);

/** A click that must change nothing, and the sentence that its owner gets. */
async function refused(user: string, click: () => Promise<void>): Promise<string> {
  const before = await log();
  const heard = told(user).length;
  await click();
  await until(() => told(user).length > heard);
  expect((await log()).filter(({ event }) => event.type.startsWith('Gate')).length).toBe(
    before.filter(({ event }) => event.type.startsWith('Gate')).length,
  );
  return told(user).at(-1) ?? '';
}

const approve = (user: string) => () => sandbox.workspace.click(user, card.ts, 'gate.approve');

describe('a gate', () => {
  it('is not approved by the person who started the wave', async () => {
    expect(await refused(OPERATOR, approve(OPERATOR))).toMatch(/somebody else has to approve/);
  });

  it('is not approved by an outsider', async () => {
    expect(await refused(OUTSIDER, approve(OUTSIDER))).toMatch(/not among the approvers/);
  });

  it('is not approved by a button whose value was altered', async () => {
    const value = JSON.stringify({ v: 1, w: WAVE, s: 'switch-dns', g: 1, h: 'a'.repeat(64) });
    expect(await refused(APPROVER, () => sandbox.workspace.click(APPROVER, card.ts, 'gate.approve', value))).toMatch(
      /another plan/,
    );
    expect(
      await refused(APPROVER, () => sandbox.workspace.click(APPROVER, card.ts, 'gate.approve', '{"v":2}')),
    ).toMatch(/not ours/);
  });

  it('is not approved by the button of a gate that is not there', async () => {
    const value = JSON.stringify({ v: 1, w: WAVE, s: 'switch-dns', g: 7, h: 'a'.repeat(64) });
    expect(await refused(APPROVER, () => sandbox.workspace.click(APPROVER, card.ts, 'gate.approve', value))).toMatch(
      /out of date/,
    );
  });

  it('takes 100 approvals at once by two approvers through two bots as one decision and one next step', async () => {
    const urls = sandbox.bots.map(({ requestUrl }) => requestUrl);
    const clicks = Array.from({ length: 100 }, (_, i) => {
      sandbox.workspace.setRequestUrl(urls[i % 2] ?? null);
      return sandbox.workspace.click(i % 4 < 2 ? APPROVER : SECOND_APPROVER, card.ts, 'gate.approve');
    });
    await Promise.all(clicks);
    const answers = await until(() => {
      const all = [...told(APPROVER), ...told(SECOND_APPROVER)].filter(
        (text) => /approv/.test(text) && !/another plan|out of date|not ours/.test(text),
      );
      return all.length >= 100 && all;
    });
    expect(answers.filter((text) => /has your approval/.test(text))).toHaveLength(1);
    expect(answers.filter((text) => /approved already by <@U0(DANIEL1|AISHA01)>/.test(text))).toHaveLength(99);
    const events = (await log()).map(({ event }) => event);
    expect(events.filter(({ type }) => type === 'GateApproved')).toHaveLength(1);
    await until(async () => true);
    const begun = async () =>
      (await log()).filter(({ event }) => event.type === 'StepBegun' && event.step === 'switch-dns').length;
    for (const end = Date.now() + 60_000; (await begun()) === 0 && Date.now() < end; );
    expect(await begun()).toBe(1);
  });

  it('says who decided to whoever comes late, on a card that has no buttons any more', async () => {
    await until(() => {
      const now = sandbox.workspace.messages().find(({ ts }) => ts === card.ts);
      return now && !hasAction(now, 'gate.approve');
    });
    expect(await refused(SECOND_APPROVER, approve(SECOND_APPROVER))).toMatch(
      /approved already by|out of date|is closed/,
    );
  });
});
