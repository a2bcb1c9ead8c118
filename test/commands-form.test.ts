import { openForm } from '../commands/open-form';

const asked = { site: 'site-a', wave: 'site-a-wave-1', channel: 'C0CUTOVER' } as const;

describe('a form that asks for a reason', () => {
  it('is opened by the trigger of the click', async () => {
    const requests: unknown[] = [];
    const client = { views: { open: async (request: unknown) => void requests.push(request) } };
    expect(await openForm(client, 'trigger-1', { kind: 'abort', ...asked })).toBeNull();
    expect(requests).toMatchObject([{ trigger_id: 'trigger-1', view: { type: 'modal' } }]);
  });

  it.each([
    ['rollback', /Press the button again or give the reason at once: `\/cutover rollback site-a REASON`/],
    ['hold', /Press the button again\.$/],
  ] as const)('that Slack does not open leaves nobody without an answer: %s', async (kind, sentence) => {
    const client = { views: { open: () => Promise.reject(new Error('expired_trigger_id')) } };
    expect(await openForm(client, 'late', { kind, ...asked })).toMatch(sentence);
  });
});

it('keeps the reason that was typed with the command', async () => {
  const requests: unknown[] = [];
  const client = { views: { open: async (request: unknown) => void requests.push(request) } };
  await openForm(client, 'trigger-1', { kind: 'abort', ...asked, reason: 'carrier is down' });
  expect(JSON.stringify(requests)).toContain('"initial_value":"carrier is down"');
});
