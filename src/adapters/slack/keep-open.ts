import type { Server } from 'node:http';

/** Real ms. Proxies let go of a connection that nobody uses after a minute, most of them. */
const KEPT_OPEN_MS = 75_000;

/**
 * Keeps a connection open for longer than the proxy before us does, so that it is the proxy that closes it. Were we the
 * first, the next click could come on it at that very moment: it would be lost, and nobody sends a click twice. From the
 * moment at which the server is closed, a connection goes with its last answer.
 */
export function keepOpen(server: Server): void {
  server.keepAliveTimeout = KEPT_OPEN_MS;
  server.on('request', (_request, response) => {
    response.once('finish', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
}
