/**
 * Nothing in the tests may leave this machine: every socket that tries to reach anything but loopback fails, by name, so
 * that a forgotten production default (a public resolver, a vendor's host) shows as a failed test and not as traffic.
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';

const isLoopback = (host: unknown): boolean =>
  host === undefined ||
  host === null ||
  host === '' ||
  host === 'localhost' ||
  host === '::1' ||
  host === '0.0.0.0' ||
  host === '::' ||
  String(host).startsWith('127.');

function refuse(host: unknown): never {
  throw new Error(`a test tried to reach ${String(host)}: tests talk to loopback only`);
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function guarded(this: net.Socket, ...args: unknown[]) {
  const first = Array.isArray(args[0]) ? (args[0] as unknown[])[0] : args[0];
  const host =
    typeof first === 'object' && first !== null
      ? (first as { host?: unknown; path?: unknown }).host
      : typeof first === 'number' || /^\d+$/.test(String(first))
        ? typeof args[1] === 'string'
          ? args[1]
          : undefined
        : undefined;
  if (!isLoopback(host)) refuse(host);
  return Reflect.apply(connect, this, args) as net.Socket;
} as typeof connect;

const send = dgram.Socket.prototype.send;
dgram.Socket.prototype.send = function guarded(this: dgram.Socket, ...args: unknown[]) {
  const host = args.find((arg, i) => i > 0 && typeof arg === 'string');
  if (!isLoopback(host)) refuse(host);
  return Reflect.apply(send, this, args);
} as typeof send;

const connectUdp = dgram.Socket.prototype.connect;
dgram.Socket.prototype.connect = function guarded(this: dgram.Socket, ...args: unknown[]) {
  const host = args.find((arg) => typeof arg === 'string');
  if (!isLoopback(host)) refuse(host);
  return Reflect.apply(connectUdp, this, args);
} as typeof connectUdp;

const lookup = dns.lookup;
dns.lookup = ((host: string, ...rest: unknown[]) => {
  if (!isLoopback(host)) refuse(host);
  return Reflect.apply(lookup, dns, [host, ...rest]);
}) as unknown as typeof dns.lookup;
