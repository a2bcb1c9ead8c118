/** The server's half of RFC 6455, as much as Socket Mode needs: text, ping, pong, close; no extensions. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MAX_MESSAGE_BYTES = 1024 * 1024;
const OP = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
  readonly size: number;
}

/** Completes the upgrade; null (and a 400) when the request is not a WebSocket handshake. */
export function acceptWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer): WebSocketPeer | null {
  const key = request.headers['sec-websocket-key'];
  if (request.headers.upgrade?.toLowerCase() !== 'websocket' || typeof key !== 'string') {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    return null;
  }
  const accept = createHash('sha1')
    .update(key + HANDSHAKE_GUID)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  return new WebSocketPeer(socket, head);
}

/** One open connection. */
export class WebSocketPeer {
  onText: (text: string) => void = () => undefined;
  onClose: () => void = () => undefined;
  private buffer: Buffer;
  private fragments: Buffer[] = [];
  private closed = false;

  constructor(
    private readonly socket: Duplex,
    head: Buffer,
  ) {
    this.buffer = head;
    socket.on('data', (chunk: Buffer) => {
      this.buffer = Buffer.concat([this.buffer, chunk]);
      this.drain();
    });
    socket.on('close', () => this.gone());
    socket.on('error', () => this.gone());
  }

  send(text: string): void {
    this.write(OP.text, Buffer.from(text));
  }

  ping(): void {
    this.write(OP.ping, Buffer.from('Ping from Slack'));
  }

  /** Says goodbye and closes. */
  close(code = 1000): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.write(OP.close, payload);
    this.socket.end();
  }

  /** Cuts the line without a word, as a network failure would. */
  cut(): void {
    this.socket.destroy();
  }

  private drain(): void {
    for (let frame = readFrame(this.buffer); frame; frame = readFrame(this.buffer)) {
      this.buffer = this.buffer.subarray(frame.size);
      this.take(frame);
    }
    if (this.buffer.length > MAX_MESSAGE_BYTES) this.close(1009);
  }

  private take(frame: Frame): void {
    switch (frame.opcode) {
      case OP.ping:
        this.write(OP.pong, frame.payload);
        return;
      case OP.pong:
        return;
      case OP.close:
        this.write(OP.close, frame.payload.subarray(0, 2));
        this.socket.end();
        return;
      default:
        this.fragments.push(frame.payload);
        if (!frame.final) return;
        this.onText(Buffer.concat(this.fragments.splice(0)).toString('utf8'));
    }
  }

  private write(opcode: number, payload: Buffer): void {
    if (this.closed || this.socket.destroyed) return;
    this.socket.write(Buffer.concat([header(opcode, payload.length), payload]));
  }

  private gone(): void {
    if (this.closed) return;
    this.closed = true;
    this.onClose();
  }
}

function header(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | opcode, length]);
  if (length < 0x10000) {
    const head = Buffer.from([0x80 | opcode, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
    return head;
  }
  const head = Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

function readFrame(buffer: Buffer): Frame | null {
  if (buffer.length < 2) return null;
  const first = buffer.readUInt8(0);
  const second = buffer.readUInt8(1);
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskBytes = second & 0x80 ? 4 : 0;
  const start = 2 + lengthBytes + maskBytes;
  if (buffer.length < start) return null;
  const length = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
  if (buffer.length < start + length) return null;
  const payload = Buffer.from(buffer.subarray(start, start + length));
  if (maskBytes > 0) {
    const mask = buffer.subarray(start - 4, start);
    for (let index = 0; index < payload.length; index += 1)
      payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0);
  }
  return { final: (first & 0x80) !== 0, opcode: first & 0x0f, payload, size: start + length };
}
