/**
 * Ports on 127.0.0.1 that are free for UDP and TCP alike. Below the range that the system gives out by itself, in a stretch of
 * this process's own: servers name each other's ports in their configuration before any of them has started.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const FIRST = 20_000;
const STRETCH = 64;
const STRETCHES = 190;

let next = FIRST + (process.pid % STRETCHES) * STRETCH;

export async function freePorts(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let looked = 0; found.length < count; looked += 1) {
    if (looked > STRETCH * STRETCHES) throw new Error(`there are no ${count} free ports on 127.0.0.1`);
    const port = next;
    next = next + 1 < FIRST + STRETCH * STRETCHES ? next + 1 : FIRST;
    if ((await takesUdp(port)) && (await takesTcp(port))) found.push(port);
  }
  return found;
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

function takesUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

function takesTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
