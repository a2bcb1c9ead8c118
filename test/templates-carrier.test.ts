import { stepChanges } from '../templates/change-lines';
import { byHand } from '../templates/runbook-words';
import { observedOf, planOf, siteOf } from './support/core-waves';

const site = siteOf({ carrier: { kind: 'twilio', trunk: 'TK1', legacy: 'OU1', target: 'OU2' } });
const usual = { enabled: true, priority: 10, weight: 10 };

test('the way back by hand leads the carrier back, legacy first, only once legacy takes calls', () => {
  const text = byHand('drain-legacy', site) ?? '';
  expect(text).toContain('/v1/Trunks/TK1/OriginationUrls/{id}');
  expect(text.indexOf('set each carrier trunk back')).toBeLessThan(text.indexOf('Once it takes calls'));
  expect(text.indexOf('OU1')).toBeLessThan(text.indexOf('OU2'));
  expect(byHand('drain-legacy', siteOf())).not.toContain('Origination');
});

test('changes at the carrier are shown under its name', () => {
  const observed = observedOf({ carrier: { legacy: usual, target: { ...usual, enabled: false } } });
  const step = planOf({ site, observed }).steps.find(({ kind }) => kind === 'drain-legacy');
  expect(step && stepChanges(step, site)[0]).toBe(
    '• *Carrier* `new destination of twilio trunk TK1` · enabled: `false` → `true`; priority: `10` → `11`',
  );
});
