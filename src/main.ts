import type { Log } from './adapters/log';
import { compose, openStore } from './compose';
import type { Settings } from './parse/settings';

export type Part = 'all' | 'bot' | 'worker';

/** On SIGTERM, running jobs may take this long, real ms; what is not done by then is another worker's. */
const DRAIN_MS = 8_000;

/**
 * `cutover start`: bot and worker, or one of them. Resolves when a signal has ended it. Says on standard output, in one
 * JSON line, that it is ready and on which port.
 */
export async function start(settings: Settings, log: Log, part: Part): Promise<void> {
  const product = compose(settings, log);
  await openStore(product, log);
  const workers = part === 'bot' ? null : product.startWorkers();
  const listening = part === 'worker' ? { port: null } : await product.slack.start();
  process.stdout.write(`${JSON.stringify({ ready: true, part, port: listening.port })}\n`);
  log.info({ part, port: listening.port }, 'ready');
  await signalled();
  log.info({ part }, 'stopping');
  if (part !== 'worker') await product.slack.stop().catch((err: unknown) => log.warn({ err }, 'Slack'));
  await workers?.close(DRAIN_MS);
  await product.stop();
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
