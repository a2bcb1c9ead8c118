/** Loopback listeners. */
import type { Socket as UdpSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

export const LOOPBACK = '127.0.0.1';
const TRIES = 20;

/** Listens with `server`; open connections are cut when it is closed. */
export async function listen(server: Server): Promise<Listening> {
  const open = new Set<Socket>();
  const track = (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  };
  server.on('connection', track);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => undefined);
  return {
    port: portOf(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** UDP and TCP on the same port number: tries again while the number is free for only one of them. */
export async function listenOnOnePort(tcp: Server, udp: UdpSocket): Promise<Listening> {
  for (let attempt = 1; ; attempt++) {
    const listening = await listen(tcp);
    try {
      await bind(udp, listening.port);
    } catch (error) {
      await listening.close();
      if (attempt === TRIES) throw error;
      continue;
    }
    udp.on('error', () => undefined);
    const close = async () => {
      await Promise.all([listening.close(), new Promise<void>((resolve) => udp.close(() => resolve()))]);
    };
    return { port: listening.port, close };
  }
}

function bind(udp: UdpSocket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(port, LOOPBACK, () => {
      udp.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return address.port;
}
