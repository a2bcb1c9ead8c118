import { STEP_KINDS } from '../src/core/step-kinds';
import { stepChanges } from '../templates/change-lines';
import { byHand } from '../templates/runbook-words';
import { planOf, siteOf } from './support/core-waves';

const { platform } = siteOf();
const allocation = { table: 'cutover-site-t.csv', row: 'site-t' };
const onCxone = siteOf({ platform: { ...platform, kind: 'nice-cxone', allocation } });

describe('a site on NICE CXone', () => {
  test.each(STEP_KINDS)('is never sent to Genesys Cloud to take back %s by hand', (kind) => {
    expect(byHand(kind, onCxone) ?? '').not.toMatch(/Genesys|license\/organization|datatables|trunkbasesettings/);
  });

  test.each([
    ['activate-inbound', 'ACD > Points of Contact'],
    ['activate-outbound', 'PUT /skills/{id}'],
    ['shift-queues', 'file cutover-site-t.csv, line site-t'],
    ['shadow-routing', 'file cutover-site-t.csv, line site-t'],
    ['drain-legacy', 'On the legacy system'],
  ] as const)('is told where to take back %s', (kind, place) => {
    expect(byHand(kind, onCxone)).toContain(place);
  });

  test('has its platform named at every change', () => {
    const step = planOf({ site: onCxone }).steps.find(({ kind }) => kind === 'activate-inbound');
    expect(step && stepChanges(step, onCxone)).toEqual([expect.stringMatching(/NICE CXone.*point of contact Inbound/)]);
  });
});

test('a site on Genesys Cloud is sent there', () => {
  expect(byHand('activate-inbound', siteOf())).toContain('Genesys Cloud, Telephony > Trunks');
});
