/** A red line by hand: seen in the plan, met at the start, waived by two people, and shown to whoever decides later. */
import type { Browser } from 'playwright-core';
import type { Sandbox } from '../../sandbox/sandbox';
import { openSandbox } from '../support/wave-run';
import { openChromium } from './chromium';
import { Desk, PHONE, see, TALL } from './desk';

const LINE = 'genesys-permission-analytics-queueobservation-view';

let browser: Browser;
let sandbox: Sandbox;
let desk: Desk;

beforeAll(async () => {
  browser = await openChromium();
  sandbox = await openSandbox({ faults: ['missing-permission'] });
  await sandbox.startBot();
  desk = await Desk.at(browser, sandbox.workspace.url);
});

afterAll(async () => {
  await desk?.page.context().close();
  await sandbox?.close();
  await browser?.close();
});

it('holds the wave until two people have waived it, and stands on the gate cards', async () => {
  await desk.send('/cutover plan site-a');
  await see(desk.privately.filter({ hasText: 'Preflight' }));
  await see(desk.privately.filter({ hasText: LINE }));
  await desk.page.getByText(LINE).first().scrollIntoViewIfNeeded();
  await desk.picture('31-plan-with-preflight', TALL);
  await desk.picture('31-plan-with-preflight-phone', PHONE);

  await desk.send('/cutover start site-a');
  await see(desk.rootCard.getByRole('heading', { name: 'held' }));
  await see(desk.thread.getByText(LINE).first());
  await desk.picture('32-held-by-a-red-line', TALL);

  await desk.send(`/cutover waive site-a ${LINE} who is free is counted on the wallboard tonight`);
  await see(desk.privately.filter({ hasText: 'it takes one more person' }));
  await desk.send(`/cutover waive site-a ${LINE} and once more`);
  await see(desk.privately.filter({ hasText: 'You have waived' }));
  await desk.become('Daniel Okafor');
  await desk.send(`/cutover waive site-a ${LINE} agreed with the floor manager`);
  await see(desk.privately.filter({ hasText: 'waived by two people' }));
  await desk.send('/cutover status site-a');
  await see(desk.privately.filter({ hasText: 'Waived for this wave' }));
  await see(desk.privately.filter({ hasText: 'Every red line is waived' }));
  await desk.picture('33-waived', TALL);

  await desk.send('/cutover resume site-a');
  await see(desk.gate(1));
  await see(desk.gate(1).getByText('Waived for this wave'));
  await desk.picture('34-gate-with-waiver', TALL);
});
