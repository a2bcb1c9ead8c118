import type { Log } from './adapters/log';
import { compose, openStore } from './compose';
import type { Settings } from './parse/settings';

export type Part = 'all' | 'bot' | 'worker';

/** On SIGTERM, running jobs may take this long, real ms; what is not done by then is another worker's. */
const DRAIN_MS = 8_000;
/** Past this the process ends whatever still waits, real ms. */
const LAST_MS = 12_000;

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
  const drain = async (): Promise<void> => {
    if (part !== 'worker') await product.slack.stop().catch((err: unknown) => log.warn({ err }, 'Slack'));
    await workers?.close(DRAIN_MS);
    await product.stop();
  };
  // A store that is away would let its connections wait for ever; everything that counts stands in the log already.
  if ((await Promise.race([drain(), lateAfter(LAST_MS)])) === 'late')
    log.warn({ part }, 'stopped without waiting any longer');
}

function lateAfter(ms: number): Promise<'late'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('late'), ms).unref();
  });
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
