import type { Server } from 'node:http';
import { App, ErrorCode, HTTPReceiver, type Logger, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { Fault } from '../../ports/fault';
import { acknowledgeFirst } from './acknowledge-first';
import type { Doorkeeper } from './doorkeeper';
import { guardFrontDoor } from './front-door';
import { guardSocket } from './guard-socket';
import { keepOpen } from './keep-open';
import { createLull } from './lull';
import { fetchAtSlack } from './own-hosts';
import { refusalWord } from './refusal-word';
import { refuseUnplaced } from './refuse-unplaced';
import { senderOf, turnAway } from './turn-away';
import { underWay } from './under-way';
import { isWhole } from './whole-request';

const PATH = '/slack/events';
const NOT_WHOLE = 'Your request came without a part of it, so nothing was done. Please send it again.';

export interface BoltOptions {
  readonly botToken: string;
  readonly mode:
    | { readonly kind: 'http'; readonly signingSecret: string }
    | { readonly kind: 'socket'; readonly appToken: string };
  readonly apiUrl: string;
  readonly host: string;
  readonly port: number;
  readonly warn: (about: object, message: string) => void;
  /** Real ms for one call to Slack on behalf of a click. */
  readonly timeoutMs: number;
  /** Whether a request with this signature comes for the first time. */
  readonly isFirst: (signature: string) => Promise<boolean>;
  readonly door: Doorkeeper;
  /** Whether the product can work now, for `/readyz`. */
  readonly isReady: () => Promise<boolean>;
}

export interface SlackApp {
  readonly app: App;
  /** Starts listening; throws when the token is not Slack's. Gives the port in HTTP mode. */
  start(): Promise<{ readonly port: number | null }>;
  /**
   * Lets nothing new in, and gives what is in up to `ms` real time: a click is acknowledged before it is done, and nobody
   * else does what was acknowledged here. Never throws.
   */
  stop(ms: number): Promise<void>;
  /** Ends when nobody presses a button just now, soon in any case: for work that nobody waits for. */
  lull(): Promise<void>;
  /** Whether clicks can arrive right now: in Socket Mode the socket is up, in HTTP mode the port is open. */
  isConnected(): boolean;
}

/**
 * The Bolt app in either mode. The receiver gets options of its own: shared ones would send the bot's token where the
 * app's belongs and switch reconnecting off. Initialisation is deferred, so that a bad token is an error that can be shown.
 */
export function createBoltApp(options: BoltOptions): SlackApp {
  const { botToken, mode, apiUrl } = options;
  const logger = quiet(options.warn);
  const receiver =
    mode.kind === 'socket'
      ? new SocketModeReceiver({
          appToken: mode.appToken,
          logger,
          installerOptions: { clientOptions: { slackApiUrl: apiUrl } },
          processEventErrorHandler: async (failed) => refuseUnreadable(failed, options.warn),
        })
      : new HTTPReceiver({
          signingSecret: mode.signingSecret,
          logger,
          endpoints: PATH,
          customPropertiesExtractor: (req) => ({ signature: req.headers['x-slack-signature'] }),
          customRoutes: health(options.isReady),
          processEventErrorHandler: async (failed) => refuseUnreadable(failed, options.warn),
        });
  if (receiver instanceof HTTPReceiver && mode.kind === 'http')
    guardFrontDoor(receiver, { path: PATH, signingSecret: mode.signingSecret, warn: options.warn });
  if (receiver instanceof SocketModeReceiver)
    guardSocket(receiver, () => options.warn({}, 'something that is no request came from Slack; nothing was done'));
  const clicks = underWay(receiver);
  refuseUnplaced(receiver);
  const lull = createLull();
  acknowledgeFirst(receiver, lull);
  let connected = false;
  if (receiver instanceof SocketModeReceiver) {
    receiver.client.on('connected', () => {
      connected = true;
    });
    for (const lost of ['reconnecting', 'disconnecting', 'disconnected'])
      receiver.client.on(lost, () => {
        connected = false;
      });
  }
  const app = new App({
    token: botToken,
    receiver,
    logger,
    deferInitialization: true,
    ignoreSelf: true,
    clientOptions: {
      slackApiUrl: apiUrl,
      fetch: fetchAtSlack(apiUrl, options.timeoutMs),
      timeout: options.timeoutMs,
      retryConfig: { retries: 1 },
      rejectRateLimitedCalls: true,
    },
  });
  app.error(async (error) => options.warn({ err: error }, 'a request from Slack could not be answered'));
  // Slack signs no request twice: what comes again has been kept by somebody, and a click kept is a click repeated.
  app.use(async ({ context, next, ...rest }) => {
    const { signature } = context as { signature?: unknown };
    if (typeof signature !== 'string' || (await options.isFirst(signature))) return next();
    options.warn({}, 'a request from Slack came a second time; nothing was done');
    if ('ack' in rest) await (rest.ack as () => Promise<void>)();
  });
  app.use(async (args) => {
    const sender = senderOf(args.body);
    const refused = await options.door.refusal(sender);
    if (refused === null) return args.next();
    options.warn({ ...sender }, 'a request from Slack was turned away');
    await turnAway(args, refused);
  });
  app.use(async (args) => {
    if (isWhole(args.body)) return args.next();
    options.warn({}, 'a request from Slack lacked a part of it; nothing was done');
    await turnAway(args, NOT_WHOLE);
  });
  return {
    app,
    async start() {
      await app.init().catch(refusedBy(apiUrl));
      await options.door.check();
      if (mode.kind === 'socket') {
        await app.start().catch(refusedBy(apiUrl));
        return { port: null };
      }
      const { host, port } = options;
      const server = await (receiver as HTTPReceiver).start({ port, host }).catch((cause: NodeJS.ErrnoException) => {
        const message = `Port ${port} on ${host} cannot be listened on (${cause.code}). Free it, or set PORT and HOST to others.`;
        throw new Fault(message, { system: 'Slack', transient: false, cause });
      });
      connected = true;
      keepOpen(server as Server);
      const address = server.address();
      return { port: typeof address === 'object' && address ? address.port : options.port };
    },
    async stop(ms) {
      if (mode.kind === 'http') connected = false;
      const close = app.stop().catch((err: unknown) => options.warn({ err }, 'Slack'));
      if (!(await clicks.done(ms, close))) options.warn({}, 'a request from Slack was not done in time');
    },
    lull: () => lull.comes(),
    isConnected: () => connected,
  };
}

/**
 * What Bolt itself could not read, or could not ask Slack about: our own failures have gone to `app.error` by then. False,
 * for nothing is left to acknowledge.
 */
function refuseUnreadable(
  { error, response }: { readonly error: Error; readonly response?: import('node:http').ServerResponse },
  warn: BoltOptions['warn'],
): boolean {
  warn({ err: { message: error.message } }, 'a request from Slack could not be read; nothing was done');
  const status = 'code' in error && error.code === ErrorCode.AuthorizationError ? 401 : 400;
  if (response && !response.headersSent) response.writeHead(status).end();
  return false;
}

/** Slack's refusal at the start, as a sentence that says which setting to look at. */
function refusedBy(apiUrl: string): (cause: unknown) => never {
  return (cause) => {
    const { code } = cause as { code?: string };
    const error = refusalWord(cause);
    const message = error
      ? `Slack refuses the app's token (${error}). Check SLACK_BOT_TOKEN and SLACK_APP_TOKEN.`
      : `Slack cannot be reached at ${apiUrl} (${code ?? 'network'}). Check SLACK_API_URL and the way there.`;
    throw new Fault(message, { system: 'Slack', transient: error === null, cause });
  };
}

function health(isReady: () => Promise<boolean>) {
  return [
    {
      path: '/healthz',
      method: 'GET',
      handler: (_req: unknown, res: import('node:http').ServerResponse) => answer(res, 200, 'ok'),
    },
    {
      path: '/readyz',
      method: 'GET',
      handler: (_req: unknown, res: import('node:http').ServerResponse) =>
        void isReady().then(
          (ready) => answer(res, ready ? 200 : 503, ready ? 'ready' : 'not ready'),
          () => answer(res, 503, 'not ready'),
        ),
    },
  ];
}

function answer(res: import('node:http').ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}

/** Bolt's own words go to the product's log, warnings and errors only: its debug lines hold whole requests. */
function quiet(warn: BoltOptions['warn']): Logger {
  const nothing = (): void => undefined;
  const tell = (...words: unknown[]): void =>
    warn({ slack: words.map((word) => (word instanceof Error ? word.message : String(word))).join(' ') }, 'Slack');
  return {
    debug: nothing,
    info: nothing,
    warn: tell,
    error: tell,
    setLevel: nothing,
    getLevel: () => LogLevel.WARN,
    setName: nothing,
  };
}
