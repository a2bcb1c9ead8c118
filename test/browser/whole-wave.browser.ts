/** Whole waves by hand: a slash command typed, gates decided by other people, in a browser against the sandbox's page. */
import type { Browser, Locator } from 'playwright-core';
import { OUTSIDER } from '../../sandbox/people';
import type { Sandbox } from '../../sandbox/sandbox';
import { openSandbox } from '../support/wave-run';
import { openChromium } from './chromium';
import { Desk, PHONE, see, TALL } from './desk';

const MARIA = 'Maria Lindqvist';
const DANIEL = 'Daniel Okafor';
const AISHA = 'Aisha Rahman';
const TOM = 'Tom Becker';

let browser: Browser;
let sandbox: Sandbox;
let desk: Desk;

beforeAll(async () => {
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
});

beforeEach(async () => {
  sandbox = await openSandbox();
  await sandbox.startBot();
  desk = await Desk.at(browser, sandbox.workspace.url);
});

afterEach(async () => {
  await desk?.page.context().close();
  await sandbox?.close();
});

it('takes a site over, gate by gate, decided by people who may', async () => {
  await see(desk.page.getByText('You are Maria Lindqvist'));
  await desk.picture('01-start');
  await desk.picture('01-start-phone', PHONE);
  await desk.type('/cutover st');
  await desk.picture('02-suggestions');
  await desk.page.keyboard.type('art site-a');
  await desk.page.keyboard.press('Enter');

  await see(desk.rootCard.getByRole('heading', { name: 'Springfield contact centre: preparing' }));
  await see(desk.thread.getByText('site-a-wave-1 has started'));
  await desk.picture('03-started');
  await see(desk.gate(1));
  await see(desk.rootCard.getByRole('heading', { name: 'waiting for approval' }));
  await desk.picture('04-gate-as-starter');

  await desk.gate(1).getByRole('button', { name: 'Approve' }).click();
  await see(desk.page.getByRole('dialog', { name: 'Approve this gate?' }));
  await desk.picture('05-confirm');
  await desk.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await see(desk.privately.filter({ hasText: 'started this wave' }));
  await desk.picture('06-refused-as-starter');

  await desk.become(TOM);
  expect(await desk.privately.count()).toBe(0);
  await desk.approve(1);
  await see(desk.privately.filter({ hasText: 'approve' }));
  await desk.picture('07-refused-as-outsider');

  await desk.become(DANIEL);
  await desk.picture('08-gate');
  await desk.pictureInTheDark('08-gate-dark');
  await desk.picture('08-gate-phone', PHONE);
  await desk.approve(1);
  await see(desk.gate(1).getByText('Approved'));
  await see(desk.replies.filter({ hasText: 'is approved by @Daniel' }));

  await see(desk.gate(2).getByRole('button', { name: 'Approve' }));
  await desk.picture('09-second-gate');
  await desk.approve(2);
  await readsOlderReplies();

  await see(desk.gate(3).getByRole('button', { name: 'Approve' }));
  await see(desk.rootCard.getByRole('heading', { name: 'waiting for approval' }));
  await desk.picture('11-third-gate');
  await desk.picture('11-third-gate-whole', TALL);
  await desk.approve(3);

  await see(desk.gate(4).getByText('0 of 2'));
  await desk.picture('12-last-gate');
  await desk.approve(4);
  await see(desk.gate(4).getByText('1 of 2'));
  await desk.picture('13-one-of-two');
  await desk.become(AISHA);
  await desk.approve(4);

  await see(desk.rootCard.getByRole('heading', { name: 'Springfield contact centre: cut over' }));
  await see(desk.replies.filter({ hasText: 'is cut over' }));
  await desk.picture('14-cut-over');
  await desk.pictureInTheDark('14-cut-over-dark');
  expect(await desk.figure('Lost, avoidably')).toBe('0');
  expect(await desk.figure('Traffic on Genesys')).toBe('100 %');
});

/** Whoever has scrolled up is left where they are while the bot goes on, and one press brings them to the newest. */
async function readsOlderReplies(): Promise<void> {
  await see(desk.replies.filter({ hasText: 'Gate 2 · Legacy trunk to standby is approved' }));
  const older = desk.replies.filter({ hasText: 'Step 6 · Check readiness has passed' });
  await older.scrollIntoViewIfNeeded();
  await desk.thread.hover();
  await desk.page.mouse.wheel(0, -1500);
  await desk.picture('10-reading-older');
  const stood = await cameToRest(older);
  // The bot may have said all that it has to say by now: somebody else's reply comes for certain after the scrolling.
  const root = sandbox.workspace.messages().find(({ thread_ts, metadata }) => thread_ts === null && metadata !== null);
  sandbox.workspace.say(OUTSIDER, 'How is it going?', root?.ts ?? '');
  const more = desk.thread.getByRole('button', { name: 'New messages' });
  await see(more);
  await see(desk.replies.filter({ hasText: 'Step 10 · Switch inbound trunks on, cohort by cohort has passed' }));
  expect(Math.abs((await desk.heightOf(older)) - stood)).toBeLessThan(3);
  await more.click();
  expect(await desk.isNewestInView()).toBe(true);
}

/** Where something stands once scrolling has ended: a wheel's turn takes effect after it was made. */
async function cameToRest(what: Locator): Promise<number> {
  let before = Number.NaN;
  for (let looks = 0; looks < 200; looks++) {
    const now = await desk.heightOf(what);
    if (now === before) return now;
    before = now;
    for (let frame = 0; frame < 10; frame++) await desk.page.evaluate('new Promise(requestAnimationFrame)');
  }
  throw new Error('the thread does not come to rest');
}

it('goes back by itself when the calls fail after the shift, and leaves the world as it was', async () => {
  const before = sandbox.twin.snapshot('site-a');
  await desk.send('/cutover start site-a');
  await see(desk.gate(1));
  await desk.become(DANIEL);
  for (const gate of [1, 2]) await desk.approve(gate);
  await see(desk.gate(3).getByRole('button', { name: 'Approve' }));

  await desk.page.getByRole('button', { name: 'Faults' }).click();
  await desk.page.getByRole('switch', { name: 'call-failures' }).click();
  await see(desk.page.getByRole('switch', { name: 'call-failures', checked: true }));
  await desk.picture('20-fault-on');
  await desk.page.getByRole('button', { name: 'Faults' }).click();
  // Evenly, without a leap: the way back would else be over before the card is redrawn.
  sandbox.pace.freeze();
  sandbox.clock.setSpeed(120);
  await desk.approve(3);

  await see(desk.rootCard.getByRole('heading', { name: 'rolling back' }));
  await see(desk.rootCard.getByText(/\b[2-9] of 14 undone/));
  await desk.picture('21-rolling-back');
  await desk.picture('21-rolling-back-whole', TALL);
  sandbox.pace.thaw();
  await see(desk.rootCard.getByRole('heading', { name: 'back as it was' }));
  await see(desk.replies.filter({ hasText: 'is back as it was' }));
  await desk.picture('22-rolled-back');
  await desk.pictureInTheDark('22-rolled-back-dark');
  await desk.replies.filter({ hasText: 'To do: nothing; it runs by itself' }).scrollIntoViewIfNeeded();
  await desk.picture('23-why', TALL);
  expect(sandbox.twin.snapshot('site-a')).toEqual(before);
});

it('answers a wrong word, holds with a reason, and aborts only by the name of the site', async () => {
  await desk.send('/cutover strat site-a');
  await see(desk.privately.filter({ hasText: 'Did you mean start? Usage: /cutover start SITE' }));
  await desk.picture('30-wrong-word');

  await desk.send('/cutover start site-a');
  await see(desk.gate(1));
  await desk.become(DANIEL);
  await desk.gate(1).getByRole('button', { name: 'Hold' }).click();
  const modal = desk.page.getByRole('dialog');
  await see(modal.getByRole('heading', { name: 'Hold at the gate' }));
  await desk.page.keyboard.type('The carrier asked us to wait for their change freeze.');
  await desk.picture('31-hold');
  await modal.getByRole('button', { name: 'Hold' }).click();
  await modal.waitFor({ state: 'detached' });
  await see(desk.rootCard.getByRole('heading', { name: 'held' }));
  await see(desk.replies.filter({ hasText: 'is held by @Daniel' }).getByText('The carrier asked us to wait'));
  await desk.picture('32-held');

  await desk.become(MARIA);
  await desk.send('/cutover abort site-a');
  await see(modal.getByRole('heading', { name: 'Abort the wave' }));
  await modal.getByRole('textbox', { name: 'Reason' }).fill('Postponed to next month.');
  await modal.getByRole('textbox', { name: 'To go ahead, type site-a' }).fill('site-b');
  await modal.getByRole('button', { name: 'Abort' }).click();
  await see(modal.getByText('Type site-a to abort its wave; nothing has been changed.'));
  await desk.picture('33-abort');
  await modal.getByRole('textbox', { name: 'To go ahead, type site-a' }).fill('site-a');
  await modal.getByRole('button', { name: 'Abort' }).click();
  await modal.waitFor({ state: 'detached' });
  await see(desk.rootCard.getByRole('heading', { name: 'aborted' }));
  await desk.picture('34-aborted');
});
