import { createConnection } from 'node:net';
import { type ServerAddress, udpSocketTo } from './server-address';

/** Why there was no usable reply. `refused`: nobody listens there (ICMP, RST). */
export type NoReply = 'silent' | 'refused';

/**
 * Sends one datagram and gives each that comes back to `accept` until it makes something of one.
 * The socket is connected: packets of other senders never arrive, and a closed port shows. `timeoutMs` is real.
 */
export function exchangeUdp<T>(
  server: ServerAddress,
  request: Buffer,
  timeoutMs: number,
  accept: (bytes: Buffer) => T | null,
): Promise<T | NoReply> {
  return new Promise((resolve) => {
    const socket = udpSocketTo(server);
    const timer = setTimeout(() => finish('silent'), timeoutMs);
    let open = true;
    const finish = (result: T | NoReply) => {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    socket.on('error', (error) => finish(reasonOf(error)));
    socket.on('message', (bytes) => {
      const accepted = accept(bytes);
      if (accepted !== null) finish(accepted);
    });
    socket.on('connect', () => {
      if (open) socket.send(request, (error) => error && finish(reasonOf(error)));
    });
    socket.connect(server.port, server.address);
  });
}

/** The same over TCP: each message has its length in two bytes before it (RFC 1035 section 4.2.2). */
export function exchangeTcp<T>(
  server: ServerAddress,
  request: Buffer,
  timeoutMs: number,
  accept: (bytes: Buffer) => T | null,
): Promise<T | NoReply> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: server.address, port: server.port });
    const timer = setTimeout(() => finish('silent'), timeoutMs);
    let received = Buffer.alloc(0);
    const finish = (result: T | NoReply) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const length = Buffer.alloc(2);
    length.writeUInt16BE(request.length);
    socket.on('error', (error) => finish(reasonOf(error)));
    socket.on('close', () => finish('silent'));
    socket.on('connect', () => socket.write(Buffer.concat([length, request])));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const accepted = accept(received.subarray(2, end));
        if (accepted !== null) return finish(accepted);
        received = received.subarray(end);
      }
    });
  });
}

function reasonOf(error: NodeJS.ErrnoException): NoReply {
  return error.code === 'ECONNREFUSED' ? 'refused' : 'silent';
}
