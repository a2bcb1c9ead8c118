import type { Log } from './adapters/log';
import type { Check } from './adapters/ops/ops-server';
import type { SlackApp } from './adapters/slack/bolt-app';
import { compose, type Product } from './compose';
import { openStore } from './compose-store';
import type { Settings } from './parse/settings';
import { Fault } from './ports/fault';

export type Part = 'all' | 'bot' | 'worker';

/** On SIGTERM, running jobs may take this long, real ms; what is not done by then is another worker's. */
const DRAIN_MS = 8_000;
const SLACK_AGAIN_MS = 2_000;
/** What still runs at the very end is let go within this, or left to run out, real ms. */
const HAND_OVER_MS = 500;
/** Past this the process ends whatever still waits, real ms. */
const LAST_MS = 12_000;
/** One Ctrl-C at a terminal may arrive twice, once by npx: only a signal later than this is a second one, real ms. */
const SAME_SIGNAL_MS = 1_000;

/**
 * `cutover start`: bot and worker, or one of them. Resolves when a signal has ended it. Says on standard output, in one
 * JSON line, that it is ready and on which port.
 */
export async function start(settings: Settings, log: Log, part: Part): Promise<void> {
  // Asked before anything says that it is ready: whoever stops us may be quick.
  const { ended, hurried } = signalled();
  const product = compose(settings, log);
  await openStore(product, log);
  await product.follow();
  const running = { workers: false, stopping: false };
  const ops = await product.watch.serve(readiness(product, part, running), notes(product, part));
  const workers = part === 'bot' ? null : product.startWorkers();
  running.workers = workers !== null;
  const listening = part === 'worker' ? { port: null } : await reach(product.slack, log, workers !== null, ended);
  if (listening) {
    process.stdout.write(
      `${JSON.stringify({ ready: true, part, port: listening.port, ...(ops === null ? {} : { ops }) })}\n`,
    );
    log.info({ part, port: listening.port }, 'ready');
    await ended;
  }
  running.stopping = true;
  log.info({ part }, 'stopping');
  const drain = async (): Promise<void> => {
    // Side by side: neither does a long step keep a click from being answered, nor the other way round.
    const clicks = part !== 'worker' && listening ? product.slack.stop(DRAIN_MS) : null;
    await Promise.all([clicks, workers?.close(DRAIN_MS)]);
    await product.stop();
  };
  // A store that is away would let its connections wait for ever; everything that counts stands in the log already.
  const how = await Promise.race([drain(), lateAfter(LAST_MS), hurried]);
  if (how === undefined) return;
  log.warn(
    { part },
    how === 'late' ? 'stopped without waiting any longer' : 'told a second time to stop: nothing is waited for',
  );
  await Promise.race([product.handOver(), lateAfter(HAND_OVER_MS)]);
}

/** What this process needs before it may be given work: each part its own. */
function readiness(
  product: Product,
  part: Part,
  running: { readonly workers: boolean; readonly stopping: boolean },
): Readonly<Record<string, Check>> {
  return {
    process: async () => (running.stopping ? 'is stopping' : null),
    redis: async () => ((await product.redis.exists(product.keys.open)) >= 0 ? null : 'does not answer'),
    ...(part === 'bot' ? {} : { workers: async () => (running.workers ? null : 'not started') }),
    ...(part === 'worker'
      ? { waves: product.needsNewer }
      : { slack: async () => (product.slack.isConnected() ? null : 'not connected') }),
  };
}

/**
 * A worker that is too old for an open wave is not ready: an upgrade that goes the wrong way stops there. A bot stays
 * ready, for people need it for the other waves.
 */
const notes = (product: Product, part: Part): Readonly<Record<string, Check>> =>
  part === 'worker' ? {} : { waves: product.needsNewer };

function lateAfter(ms: number): Promise<'late'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('late'), ms).unref();
  });
}

/**
 * A Slack that is away must not keep a running wave from being watched and rolled back: where there is a worker it goes
 * on, and Slack is tried again. A bot without a worker waits as well: whoever watches over processes gives up after some
 * starts that failed, and would leave it down when Slack is back. A token that Slack refuses ends the start. Null when we
 * were stopped before Slack was there.
 */
async function reach(
  slack: SlackApp,
  log: Log,
  works: boolean,
  ended: Promise<'ended'>,
): Promise<{ readonly port: number | null } | null> {
  const meanwhile = works ? 'waves go on without their thread' : 'no command and no click arrives';
  for (;;) {
    try {
      return await slack.start();
    } catch (cause) {
      if (!(cause instanceof Fault) || !cause.transient) throw cause;
      log.error({ err: cause }, `Slack is away: ${meanwhile}, and Slack is tried again`);
      const again = new Promise<'again'>((resolve) => setTimeout(() => resolve('again'), SLACK_AGAIN_MS));
      if ((await Promise.race([ended, again])) === 'ended') return null;
    }
  }
}

/** The first signal asks to stop in good order, a second one to stop at once. */
function signalled(): { readonly ended: Promise<'ended'>; readonly hurried: Promise<'hurried'> } {
  let hurry: (how: 'hurried') => void = () => undefined;
  const hurried = new Promise<'hurried'>((resolve) => {
    hurry = resolve;
  });
  const ended = new Promise<'ended'>((resolve) => {
    let first: number | null = null;
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        if (first === null) resolve('ended');
        else if (performance.now() - first >= SAME_SIGNAL_MS) hurry('hurried');
        first ??= performance.now();
      });
  });
  return { ended, hurried };
}
