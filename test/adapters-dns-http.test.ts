import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { retryAfterMs, VENDOR_TEXT_LIMIT, vendorText } from '../src/adapters/http/to-fault';
import {
  createVendorClient,
  LONGEST_WAIT_MS,
  MAX_REPLY_BYTES,
  type VendorClient,
} from '../src/adapters/http/vendor-client';
import { Fault } from '../src/ports/fault';
import {
  answer,
  type HttpSite,
  type Reply,
  type SleepingClock,
  serve,
  sleepingClock,
  thrownBy,
} from './adapters-dns.loopback';

const TOKEN = 'sekret-token-0123456789';
let site: HttpSite | undefined;
let clock: SleepingClock;

beforeEach(() => {
  clock = sleepingClock();
});
afterEach(async () => {
  await site?.close();
  site = undefined;
});

function clientOf(
  baseUrl: string,
  more: { tries?: number; timeoutMs?: number; budget?: { take(): Promise<void> } } = {},
) {
  return createVendorClient({
    system: 'Genesys Cloud',
    baseUrl,
    headers: () => ({ authorization: `Bearer ${TOKEN}` }),
    clock,
    timeoutMs: 2_000,
    random: () => 0,
    ...more,
  });
}

async function against(...replies: readonly Reply[]): Promise<VendorClient> {
  site = await serve(...replies);
  return clientOf(site.url);
}

async function faultOf(call: Promise<unknown>): Promise<Fault> {
  const error = await thrownBy(call);
  expect(error).toBeInstanceOf(Fault);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(TOKEN);
  return error as Fault;
}

const reset: Reply = (_seen, request) => {
  request.socket.destroy();
};
const resetInBody: Reply = (_seen, request, response) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"a":', () => request.socket.destroy());
};

describe('a vendor client', () => {
  test('sends path, query, headers and JSON as given and hands back status, body and lower-case headers', async () => {
    const client = await against(answer(201, { id: 'x' }, { 'X-Thing': 'Yes' }));
    const reply = await client.request('post', '/api/v2/things', {
      query: { a: 1, b: ['x', 'y z'], c: undefined, d: true },
      body: { n: 1 },
    });
    expect(reply).toMatchObject({ status: 201, body: { id: 'x' }, headers: { 'x-thing': 'Yes' } });
    expect(site?.seen).toHaveLength(1);
    expect(site?.seen[0]).toMatchObject({
      method: 'POST',
      url: '/api/v2/things?a=1&b=x&b=y+z&d=true',
      body: '{"n":1}',
    });
    expect(site?.seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      accept: 'application/json',
    });
  });

  test('sends a form as a form', async () => {
    const client = await against(answer(200, {}));
    await client.request('POST', '/token', { form: { grant_type: 'client_credentials', scope: 'a b' } });
    expect(site?.seen[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(site?.seen[0]?.body).toBe('grant_type=client_credentials&scope=a+b');
  });

  test('takes an empty answer for null', async () => {
    const client = await against(answer(204));
    expect(await client.request('PATCH', '/zone')).toMatchObject({ status: 204, body: null });
  });

  test('keeps the path prefix of its base URL', async () => {
    site = await serve(answer(200, {}));
    await clientOf(`${site.url}/prefix/`).request('GET', '/x');
    expect(site.seen[0]?.url).toBe('/prefix/x');
  });

  test.each(['/../secret', '/a/%2e%2e/b', '/a/./b', '/a?b', '/a#b', 'x', '@evil.example/', ':99/', '/a\\b'])(
    'does not ask for %s, with or without a prefix',
    async (path) => {
      site = await serve(answer(200, {}));
      for (const baseUrl of [site.url, `${site.url}/prefix`]) {
        const fault = await faultOf(clientOf(baseUrl).request('GET', path));
        expect(fault).toMatchObject({
          transient: false,
          message: `The path ${path} is not one that may be asked of Genesys Cloud.`,
        });
      }
      expect(site.seen).toHaveLength(0);
    },
  );

  test('stays at its host when a path looks like another one', async () => {
    const client = await against(answer(200, {}));
    await client.request('GET', '//evil.example/x');
    expect(site?.seen[0]?.url).toBe('//evil.example/x');
  });

  test('hands on an expected status, even as text', async () => {
    const client = await against(answer(404, 'Not Found'), answer(409, { message: 'version' }));
    expect(await client.request('GET', '/x', { expectStatuses: [404] })).toMatchObject({
      status: 404,
      body: 'Not Found',
    });
    expect(await client.request('PUT', '/x', { expectStatuses: [409] })).toMatchObject({
      status: 409,
      body: { message: 'version' },
    });
  });

  test('takes from the budget once for each try', async () => {
    site = await serve(answer(503), answer(200, {}));
    let taken = 0;
    const take = async () => {
      taken += 1;
    };
    await clientOf(site.url, { budget: { take } }).request('GET', '/x');
    expect(taken).toBe(2);
  });

  test('lets a fault of its header source through', async () => {
    const fault = new Fault('no token', { system: 'Genesys Cloud', transient: false });
    const headers = () => Promise.reject(fault);
    const client = createVendorClient({ system: 's', baseUrl: 'http://127.0.0.1:1', headers, clock, timeoutMs: 100 });
    expect(await thrownBy(client.request('GET', '/x'))).toBe(fault);
  });
});

describe('a status that is no success', () => {
  test.each([
    [400, false],
    [401, false],
    [403, false],
    [404, false],
    [408, true],
    [409, false],
    [410, false],
    [422, false],
    [425, true],
    [429, true],
    [500, true],
    [501, true],
    [502, true],
    [503, true],
    [504, true],
    [302, false],
    [304, false],
  ])('%i becomes a fault that is transient: %s', async (status, transient) => {
    const client = await against(answer(status, { message: 'why not' }, { location: 'http://127.0.0.1:1/' }));
    const fault = await faultOf(client.request('GET', '/api/v2/x', { query: { secret: 'q' } }));
    expect(fault).toMatchObject({ status, transient, system: 'Genesys Cloud' });
    expect(fault.message).toMatch(`Genesys Cloud answered ${status} to GET /api/v2/x`);
    expect(fault.message).not.toContain('secret');
  });

  test('follows no redirect and says so', async () => {
    const client = await against(answer(301, null, { location: '/y' }), answer(200, {}));
    const fault = await faultOf(client.request('GET', '/x'));
    expect(fault.message).toBe('Genesys Cloud answered 301 to GET /x, a redirect, which is not followed.');
    expect(site?.seen).toHaveLength(1);
  });

  test('tells the vendor’s words and the correlation id', async () => {
    const client = await against(
      answer(403, { message: 'Missing\r\n permission\u0007' }, { 'inin-correlation-id': 'c-1' }),
    );
    const fault = await faultOf(client.request('GET', '/x'));
    expect(fault.message).toBe('Genesys Cloud answered 403 to GET /x: Missing permission (correlation id c-1)');
  });

  test('blots out a token that the vendor echoes', async () => {
    const client = await against(answer(401, { error: `bad credentials Bearer ${TOKEN} / ${TOKEN}` }));
    const fault = await faultOf(client.request('GET', '/x'));
    expect(fault.message).toBe('Genesys Cloud answered 401 to GET /x: bad credentials *** / ***');
  });

  test('blots out a form secret that the vendor echoes', async () => {
    const client = await against(answer(400, { error_description: 'client_secret hunter2hunter2 is wrong' }));
    const fault = await faultOf(client.request('POST', '/token', { form: { client_secret: 'hunter2hunter2' } }));
    expect(fault.message).toMatch(/client_secret \*\*\* is wrong$/);
  });

  test('does not repeat a web page', async () => {
    const client = await against(answer(403, '<html>go away</html>'));
    expect((await faultOf(client.request('GET', '/x'))).message).toBe('Genesys Cloud answered 403 to GET /x');
  });
});

describe('trouble below HTTP', () => {
  test('a refused connection is transient and tried three times', async () => {
    const gone = await serve(answer(200));
    await gone.close();
    const fault = await faultOf(clientOf(gone.url).request('POST', '/x'));
    expect(fault).toMatchObject({ transient: true, status: null });
    expect(fault.message).toBe('Genesys Cloud refused the connection for POST /x (ECONNREFUSED)');
    expect(clock.sleeps).toEqual([200, 400]);
  });

  test('a reset in the middle of the body is transient', async () => {
    const client = await against(resetInBody);
    const fault = await faultOf(client.request('GET', '/x'));
    expect(fault.transient).toBe(true);
    expect(fault.message).toMatch('Genesys Cloud broke off the connection during GET /x');
    expect(site?.seen).toHaveLength(3);
  });

  test('a reset is healed by a second try of a read', async () => {
    const client = await against(reset, answer(200, { ok: 1 }));
    expect((await client.request('GET', '/x')).body).toEqual({ ok: 1 });
  });

  test('a write that may have been carried out is not sent again', async () => {
    const client = await against(reset);
    expect((await faultOf(client.request('POST', '/x'))).transient).toBe(true);
    expect(site?.seen).toHaveLength(1);
  });

  test('a write that is said to be idempotent is sent again', async () => {
    const client = await against(reset, answer(200, {}));
    await client.request('PATCH', '/x', { idempotent: true });
    expect(site?.seen).toHaveLength(2);
  });

  test('silence ends after the timeout and is transient', async () => {
    site = await serve(() => {});
    const fault = await faultOf(clientOf(site.url, { timeoutMs: 60, tries: 1 }).request('GET', '/x'));
    expect(fault.transient).toBe(true);
    expect(fault.message).toMatch('Genesys Cloud did not answer in time to GET /x');
  });

  test('an answer that drips ends after the timeout as well', async () => {
    site = await serve((_seen, _request, response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const fault = await faultOf(clientOf(site.url, { timeoutMs: 150, tries: 1 }).request('GET', '/x'));
    expect(fault.message).toMatch('did not answer in time');
  });

  test('HTML instead of JSON is permanent', async () => {
    const client = await against(answer(200, '<html>sign in</html>'));
    const fault = await faultOf(client.request('GET', '/x'));
    expect(fault).toMatchObject({ transient: false, status: 200 });
    expect(fault.message).toMatch(/^Genesys Cloud does not speak JSON/);
    expect(site?.seen).toHaveLength(1);
  });

  test('an answer of 4 MiB is read, one byte more is permanent', async () => {
    const exactly = JSON.stringify('a'.repeat(MAX_REPLY_BYTES - 2));
    const client = await against(answer(200, exactly), answer(200, JSON.stringify('a'.repeat(MAX_REPLY_BYTES - 1))));
    expect((await client.request('GET', '/x')).status).toBe(200);
    const fault = await faultOf(client.request('GET', '/x'));
    expect(fault.transient).toBe(false);
    expect(fault.message).toMatch('Genesys Cloud sent more than 4 MiB in answer to GET /x');
  });

  test('a server that does not speak HTTP is permanent', async () => {
    const server = createServer((socket) => socket.end('220 mail ready\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const fault = await faultOf(
      clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).request('GET', '/x'),
    );
    server.close();
    expect(fault.transient).toBe(false);
    expect(fault.message).toMatch('does not speak HTTP');
  });
});

describe('tries', () => {
  test.each([408, 429, 500, 502, 503, 504])('%i is tried again, three times in all', async (status) => {
    const client = await against(answer(status));
    await faultOf(client.request('GET', '/x'));
    expect(site?.seen).toHaveLength(3);
    expect(clock.sleeps).toEqual([200, 400]);
  });

  test.each([400, 401, 404, 409, 422, 425, 501])('%i is not tried again', async (status) => {
    const client = await against(answer(status));
    await faultOf(client.request('GET', '/x'));
    expect(site?.seen).toHaveLength(1);
  });

  test.each([
    [429, 3],
    [503, 3],
    [500, 1],
    [502, 1],
    [408, 1],
  ])('a POST after %i is sent %i times', async (status, times) => {
    const client = await against(answer(status));
    await faultOf(client.request('POST', '/x'));
    expect(site?.seen).toHaveLength(times);
  });

  test('waits as long as Retry-After says, up to the limit', async () => {
    const client = await against(answer(429, null, { 'retry-after': '15' }), answer(200, {}));
    await client.request('POST', '/x');
    expect(clock.sleeps).toEqual([LONGEST_WAIT_MS]);
  });

  test('leaves a longer wait to the caller', async () => {
    const client = await against(answer(429, null, { 'retry-after': '16' }));
    const fault = await faultOf(client.request('GET', '/x'));
    expect(fault).toMatchObject({ transient: true, retryAfterMs: 16_000, status: 429 });
    expect(clock.sleeps).toEqual([]);
  });

  test('reads an HTTP date by the product’s clock', async () => {
    const at = new Date(clock.now() + 7_000).toUTCString();
    const client = await against(answer(503, null, { 'retry-after': at }), answer(200, {}));
    await client.request('GET', '/x');
    expect(clock.sleeps).toEqual([7_000]);
  });

  test('tells the last Retry-After when the tries are used up', async () => {
    const client = await against(answer(503, null, { 'retry-after': '2' }));
    expect((await faultOf(client.request('GET', '/x'))).retryAfterMs).toBe(2_000);
    expect(clock.sleeps).toEqual([2_000, 2_000]);
  });

  test('has no retryAfterMs without a Retry-After', async () => {
    const client = await against(answer(429));
    expect((await faultOf(client.request('GET', '/x'))).retryAfterMs).toBeNull();
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2027, 2, 1, 12);
  test.each([
    ['30', 30_000],
    [' 0 ', 0],
    ['1.5', 1_500],
    ['Mon, 01 Mar 2027 12:00:05 GMT', 5_000],
    ['Mon, 01 Mar 2027 11:00:00 GMT', 0],
    ['-5', null],
    ['soon', null],
    ['', null],
    ['9999999999', null],
    [undefined, null],
  ])('%s is %s ms', (value, ms) => {
    expect(retryAfterMs(value, now)).toBe(ms);
  });
});

describe('the vendor’s words', () => {
  test('are kept at the limit and cut one past it', () => {
    expect(vendorText({ message: 'x'.repeat(VENDOR_TEXT_LIMIT) }, [])).toBe('x'.repeat(VENDOR_TEXT_LIMIT));
    expect(vendorText({ message: 'x'.repeat(VENDOR_TEXT_LIMIT + 1) }, [])).toBe(
      `${'x'.repeat(VENDOR_TEXT_LIMIT - 1)}…`,
    );
  });

  test('are found in an error object, and absent elsewhere', () => {
    expect(vendorText({ error: { message: 'inner' } }, [])).toBe('inner');
    expect(vendorText([1, 2], [])).toBe('');
    expect(vendorText(null, [])).toBe('');
    expect(vendorText({ password: 'x' }, [])).toBe('');
  });
});
