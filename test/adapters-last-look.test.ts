/** Work that has begun may be overtaken while it waits: what would change something asks once more, each time it is sent. */

import { forEverybody, lastLook, withLastLook } from '../src/adapters/http/last-look';
import { createVendorClient } from '../src/adapters/http/vendor-client';
import { createHttpCall } from '../src/adapters/legacy/http-call';
import { createSalesforceLogin } from '../src/adapters/legacy/salesforce-login';
import { createTokenSource } from '../src/adapters/platforms/genesys/token';
import { answer, type HttpSite, type Reply, type SleepingClock, serve, sleepingClock } from './adapters-dns.loopback';
import { genesysOverWire, SECRET, TOKEN } from './adapters-platforms-wire';

class TakenOver extends Error {}

let site: HttpSite;
let clock: SleepingClock;
afterEach(() => site?.close());

async function clientAt(...replies: readonly Reply[]) {
  site = await serve(...replies);
  clock = sleepingClock();
  return createVendorClient({
    system: 'Genesys Cloud',
    baseUrl: site.url,
    headers: () => ({}),
    clock,
    timeoutMs: 2_000,
    random: () => 0,
  });
}

/** Yes so many times, then somebody else has the wave. */
function yes(times: number) {
  const state = { asked: 0 };
  const look = async (): Promise<void> => {
    state.asked += 1;
    if (state.asked > times) throw new TakenOver();
  };
  return { state, look };
}

const methods = (): readonly string[] => site.seen.map(({ method }) => method);

it('is nobody asked where nobody minds', async () => {
  const client = await clientAt(answer(200));
  await client.request('PUT', '/x', { body: {} });
  await expect(lastLook()).resolves.toBeUndefined();
});

it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('keeps a %s from being sent', async (method) => {
  const client = await clientAt(answer(200));
  const { look } = yes(0);
  await expect(withLastLook(look, () => client.request(method, '/x', { body: {} }))).rejects.toThrow(TakenOver);
  expect(site.seen).toEqual([]);
});

it('lets a read go on, and asks nothing for it', async () => {
  const client = await clientAt(answer(200));
  const { look, state } = yes(0);
  await withLastLook(look, () => client.request('GET', '/x'));
  expect([methods(), state.asked]).toEqual([['GET'], 0]);
});

it('is taken once more before a busy server is asked again', async () => {
  const client = await clientAt(answer(429, null, { 'retry-after': '9' }));
  const { look } = yes(2);
  await expect(withLastLook(look, () => client.request('PUT', '/x', { body: {} }))).rejects.toThrow(TakenOver);
  expect(methods()).toEqual(['PUT', 'PUT']);
});

it('is taken after the wait for a budget', async () => {
  site = await serve(answer(200));
  const order: string[] = [];
  const client = createVendorClient({
    system: 'Genesys Cloud',
    baseUrl: site.url,
    headers: async () => {
      order.push('login');
      return {};
    },
    clock: sleepingClock(),
    timeoutMs: 2_000,
    budget: { take: async () => void order.push('budget') },
  });
  await withLastLook(
    async () => void order.push('look'),
    () => client.request('DELETE', '/x'),
  );
  expect(order).toEqual(['budget', 'login', 'look']);
});

it('keeps a call of a wave document from being sent', async () => {
  site = await serve(answer(200));
  const system = { name: 'legacy', baseUrl: site.url, pathPrefixes: ['/v1'], headers: () => ({}) };
  const http = createHttpCall({ systems: [system], clock: sleepingClock(), timeoutMs: 2_000 });
  const { look } = yes(0);
  await expect(withLastLook(look, () => http.call('POST', '/v1/x', {}))).rejects.toThrow(TakenOver);
  await withLastLook(look, () => http.call('GET', '/v1/x'));
  expect(methods()).toEqual(['GET']);
});

it('is the matter of each piece of work alone, also beside another', async () => {
  const client = await clientAt(answer(200));
  const [mine, theirs] = [yes(0), yes(9)];
  const both = await Promise.allSettled([
    withLastLook(mine.look, () => client.request('PUT', '/mine', { body: {} })),
    withLastLook(theirs.look, () => client.request('PUT', '/theirs', { body: {} })),
  ]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(site.seen.map(({ url }) => url)).toEqual(['/theirs']);
});

describe('a login, which others wait for too', () => {
  it('is made all the same by whoever has lost its wave, and its token kept', async () => {
    const { wire, clock: manual } = await genesysOverWire();
    const login = { loginUrl: wire.url, clientId: 'c', clientSecret: SECRET, clock: manual, timeoutMs: 2_000 };
    const tokens = createTokenSource(login);
    expect(await withLastLook(yes(0).look, () => tokens.current())).toBe(TOKEN);
    await wire.stop();
  });

  it('is made all the same at the CRM', async () => {
    site = await serve((_seen, _request, response) =>
      response.end(JSON.stringify({ access_token: 'a-token-of-the-crm', instance_url: site.url })),
    );
    const login = { clientId: 'c', clientSecret: SECRET, clock: sleepingClock(), timeoutMs: 2_000 };
    const sessions = createSalesforceLogin({ ...login, loginUrl: site.url });
    expect(await withLastLook(yes(0).look, () => sessions.current())).toMatchObject({ token: 'a-token-of-the-crm' });
  });

  it('is nobody’s own work', async () => {
    const { look, state } = yes(0);
    await withLastLook(look, () => forEverybody(() => lastLook()));
    expect(state.asked).toBe(0);
  });
});
