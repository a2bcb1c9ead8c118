/**
 * Signed HTTP. Every input is certainly bad: it bears no signature that Slack would give now, or it comes from nobody who
 * may do anything, or it is not one of the product's requests, or it has come before.
 */
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { OPERATOR } from '../../sandbox/people';
import { signed } from '../support/front-door';
import { badRequests, type Input, type Signing } from './bad-requests';
import { type Entrance, refused, Wrong } from './entrance';
import type { House } from './house';
import { FORM, slashBody } from './slack-requests';

export function throughHttp(house: House): Entrance<Input> {
  const { sender, door } = house;
  let count = 0;

  async function take(input: Input) {
    if (input.kind === 'raw')
      return refused(await rawly(Number(new URL(sender.url).port), Buffer.from(input.bytes, 'base64')));
    count += 1;
    const id = `http-${count}`;
    if (input.kind === 'slash') {
      const { status } = await sender.post(slashBody({ ...input, answerAt: door.answerAt(id), trigger: id }));
      if (status !== 200) return clear(status, '');
      // Some words ask for a reason first.
      const said = await door.heard([`answer ${id}`, `form ${id}`], 25_000);
      if (said === null) throw new Wrong('nobody was answered');
      return refused(`200: ${said}`);
    }
    if (input.kind === 'again') {
      const body = slashBody({ user: OPERATOR, text: input.text, answerAt: door.answerAt(id) });
      const headers = { ...FORM, ...signed(sender.secret, body) };
      await sender.send('POST', '/slack/events', headers, body);
      if ((await door.heard(`answer ${id}`, 25_000)) === null) throw new Wrong('the first was not answered');
      const { status } = await sender.send('POST', '/slack/events', headers, body);
      if ((await door.heard(`answer ${id}`, 25)) !== null) throw new Wrong('what came again was answered again');
      return clear(status, 'come again');
    }
    const body = input.bytes === null ? input.body : Buffer.from(input.bytes, 'base64');
    const answered = await sender.send(
      input.method,
      input.path,
      { ...input.headers, ...signing(input.signing, body) },
      body,
    );
    if (input.signing.kind !== 'now' && answered.status < 400)
      throw new Wrong(`a forgery was answered ${answered.status}`);
    return clear(answered.status, answered.body);
  }

  function signing(how: Signing, body: string | Buffer): Readonly<Record<string, string>> {
    // Slack signs bytes; these are signed as they go out.
    const text = typeof body === 'string' ? body : body.toString('latin1');
    const sign = (secret: string, of: string, at?: number) =>
      typeof body === 'string' ? signed(secret, of, at) : signedBytes(secret, body);
    if (how.kind === 'now') return sign(sender.secret, text);
    if (how.kind === 'with') return sign(how.secret || 'x', text);
    if (how.kind === 'at') return signed(sender.secret, text, Math.floor(Date.now() / 1000) - how.seconds);
    return how.kind === 'of' ? signed(sender.secret, `${text}${how.text}`) : how.headers;
  }

  return {
    name: 'signed HTTP',
    inputs: badRequests(house),
    atOnce: 300,
    batch: 1000,
    take,
    show: (input) => JSON.stringify(input),
    untouched: house.untouched,
    stillWorks: async () => {
      const body = slashBody({ user: OPERATOR, text: 'status site-b', answerAt: door.answerAt('alive') });
      await sender.post(body);
      const said = await door.heard('answer alive', 10_000);
      if (!/site-b-wave-1/.test(said ?? '')) throw new Wrong(`a good command was answered: ${said}`);
    },
    close: async () => undefined,
    secrets: house.secrets,
  };
}

/** A status that says no, or nothing but that it came. */
function clear(status: number, body: string) {
  if (status < 200 || status >= 500) throw new Wrong(`answered ${status}: ${body.slice(0, 300)}`);
  return refused(`${status}: ${body}`);
}

function signedBytes(secret: string, body: Buffer): Record<string, string> {
  const at = Math.floor(Date.now() / 1000);
  const digest = createHmac('sha256', secret).update(`v0:${at}:`).update(body).digest('hex');
  return { 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${digest}` };
}

/** Bytes as they are; what comes back, or that the connection was closed. */
export function rawly(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    const done = (): void => {
      socket.destroy();
      const status = /^HTTP\/1\.1 (\d+)/.exec(said)?.[1];
      if (status !== undefined && Number(status) >= 500) reject(new Wrong(`answered ${said.slice(0, 300)}`));
      else resolve(status === undefined ? 'the connection was closed' : `${status}`);
    };
    socket.setTimeout(150, done);
    socket.on('data', (piece) => {
      said += piece.toString('latin1');
      done();
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.on('connect', () => socket.end(bytes));
  });
}
