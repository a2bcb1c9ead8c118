/** A process with the least that an HTTP server of Node does: reads the body and says 200. The floor of an acknowledgement. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering } from './child';

answering(async () => {
  const server = createServer((req, res) => {
    req.resume();
    req.once('end', () => res.writeHead(200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.address() as AddressInfo).port };
});
