import { createSecureContext } from 'node:tls';
import { systemClock } from './adapters/clock/system-clock';
import type { Log } from './adapters/log';
import { createResolver } from './adapters/probes/dns-client';
import { createAnswers, gatewayKey } from './adapters/probes/probe-answers';
import { createGuard } from './adapters/probes/probe-guard';
import { createProbeServer, type RequestNote } from './adapters/probes/probe-server';
import { createRequestRate } from './adapters/probes/request-rate';
import { createSipProbe } from './adapters/probes/sip-options';
import type { ProbeSettings } from './parse/probe-settings';
import { Fault } from './ports/fault';
import { Unusable } from './read-settings';

/** Of one look outside, real ms: the bot waits 15 s for an answer, and DNS may need three tries of it. */
const LOOK_MS = 2_500;
/** From one address. A round of propagation checks may ask a hundred questions at once. */
const RATE = { perSecond: 50, burst: 200 } as const;
/** What running questions have on SIGTERM, real ms: the longest of them, and a little. */
const DRAIN_MS = 3 * LOOK_MS + 500;

/**
 * `cutover probe`: answers signed questions until a signal ends it. Says on standard output, in one JSON line, that it is
 * ready and on which port. Keeps nothing; contacts the listed resolvers and gateways and nobody else.
 */
export async function probe(settings: ProbeSettings, log: Log): Promise<void> {
  const ended = signalled();
  const { name, secret, listen } = settings;
  const server = createProbeServer({
    probe: name,
    secret,
    tls: usable(settings.tls),
    guard: createGuard({ probe: name, secret, now: Date.now }),
    rate: createRequestRate({ ...RATE, now: () => performance.now() }),
    answer: answersOf(settings),
    onRequest: (note) => log[levelOf(note)](note, note.status === 200 ? 'answered' : 'refused'),
    onMistake: (err) => log.error({ err }, 'the probe failed by its own mistake'),
  });
  const port = await server.listen(listen.host, listen.port).catch((cause: NodeJS.ErrnoException) => {
    const message = `The probe cannot listen on ${listen.host}:${listen.port} (${cause.code ?? 'unknown'}). Choose another PROBE_LISTEN, or end what listens there.`;
    throw new Fault(message, { system: 'probe', transient: false, cause });
  });
  if (settings.tls === null && !isLoopback(listen.host))
    log.warn(
      { host: listen.host },
      'no certificate: whoever is on the way can read the questions, though not alter them',
    );
  process.stdout.write(`${JSON.stringify({ ready: true, probe: name, port })}\n`);
  const [resolvers, gateways] = [[...settings.resolvers.keys()], settings.gateways.map(keyOf)];
  log.info({ probe: name, port, resolvers, gateways }, 'ready');
  await ended;
  log.info({ probe: name }, 'stopping');
  await server.close(DRAIN_MS);
}

function answersOf({ resolvers, gateways, connectTo, sipTlsCa }: ProbeSettings) {
  const clock = systemClock;
  const about = { clock, timeoutMs: LOOK_MS };
  return createAnswers({
    resolver: createResolver({ ...about, servers: resolvers, tries: 2 }),
    sip: createSipProbe({ ...about, connectTo, ...(sipTlsCa === null ? {} : { tlsCa: sipTlsCa }) }),
    gateways: new Set(gateways.map(keyOf)),
  });
}

const keyOf = ({ host, port, transport }: ProbeSettings['gateways'][number]): string =>
  gatewayKey(host, port, transport);
const levelOf = ({ status }: RequestNote): 'info' | 'warn' => (status === 200 ? 'info' : 'warn');
const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');

/** A certificate and a key that do not fit would show at the first connection only. */
function usable(tls: ProbeSettings['tls']): ProbeSettings['tls'] {
  try {
    if (tls) createSecureContext(tls);
    return tls;
  } catch {
    throw new Unusable(['PROBE_TLS_KEY: it does not fit PROBE_TLS_CERT, or one of them cannot be read. Name a pair.']);
  }
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
