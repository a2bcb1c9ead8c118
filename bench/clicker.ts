/**
 * A process that presses many buttons at once and does nothing else: every request is written out as bytes and every
 * connection is open before the first is sent, and of an answer only its first line is read.
 */
import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { answering } from './child';

export interface Volley {
  readonly port: number;
  readonly secret: string;
  /** Bodies, form-encoded, one a click. */
  readonly bodies: readonly string[];
}

export interface Shots {
  /** From sending to the first line of the answer, one a click. */
  readonly tookMs: readonly number[];
  /** Answers that were not 200. */
  readonly refused: number;
}

const LONGEST_MS = 10_000;

answering(async ({ port, secret, bodies }: Volley): Promise<Shots> => {
  const at = String(Math.floor(Date.now() / 1000));
  const requests = bodies.map((body) => Buffer.from(requestOf(body, at, secret)));
  const sockets: Socket[] = [];
  for (const _ of requests) sockets.push(await open(port));
  let refused = 0;
  const shots = requests.map((request, i) => {
    const socket = sockets[i];
    if (!socket) throw new Error('a connection is missing');
    return new Promise<number>((resolve) => {
      const sent = performance.now();
      const done = (good: boolean): void => {
        if (!good) refused += 1;
        resolve(performance.now() - sent);
      };
      socket.once('data', (answer: Buffer) => done(answer.subarray(9, 12).toString() === '200'));
      socket.once('close', () => done(false));
      socket.setTimeout(LONGEST_MS, () => socket.destroy());
      socket.write(request);
    });
  });
  const tookMs = await Promise.all(shots);
  for (const socket of sockets) socket.removeAllListeners('close').destroy();
  return { tookMs, refused };
});

function requestOf(body: string, at: string, secret: string): string {
  const signature = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  return [
    'POST /slack/events HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-slack-request-timestamp: ${at}`,
    `x-slack-signature: v0=${signature}`,
    '',
    body,
  ].join('\r\n');
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}
