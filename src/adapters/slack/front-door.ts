import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import type { App, HTTPReceiver } from '@slack/bolt';
import { isAcknowledgedEmpty } from './acknowledge-first';
import { type RequestSignature, requestSignature } from './request-signature';
import { isPlaced } from './whole-request';

/** Slack's clock and ours may differ by this; what is dated further ahead could be kept and sent again later. */
const MOST_AHEAD_SECONDS = 300;
const LARGEST_BYTES = 4 * 1024 * 1024;
const FORM = 'application/x-www-form-urlencoded';

type Events = Pick<App, 'processEvent'>;

export interface FrontDoorOptions {
  readonly path: string;
  readonly signingSecret: string;
  readonly warn: (about: object, message: string) => void;
}

/**
 * What Bolt's receiver takes and should not: it refuses requests of more than five minutes ago, but takes any that are
 * dated ahead; a payload that is JSON but no object ends the process, and an address that is none fails it. A sound click
 * or slash command goes to the app by the short way, read once: when hundreds come at once, each waits for the reading of
 * all before it. Whatever else comes, and whatever is not sound, is Bolt's to judge.
 */
export function guardFrontDoor(receiver: HTTPReceiver, { path, signingSecret, warn }: FrontDoorOptions): void {
  const inner = receiver.requestListener;
  const signature = requestSignature(signingSecret);
  let app: Events | null = null;
  const init = receiver.init.bind(receiver);
  receiver.init = (given) => {
    app = given;
    init(given);
  };
  receiver.requestListener = (req, res) => {
    if (!URL.canParse(req.url ?? '', 'http://localhost')) return refuse(req, res, 404);
    if (req.method !== 'POST' || req.url?.split('?')[0] !== path) return inner(req, res);
    if (Number(req.headers['x-slack-request-timestamp']) > Date.now() / 1000 + MOST_AHEAD_SECONDS)
      return refuse(req, res, 401);
    readBody(req, res, (body) => {
      if (body === null) return refuse(req, res, 413);
      const contentType = req.headers['content-type'];
      const gesture = app && contentType === FORM ? gestureIn(req, body, signature) : null;
      if (app && gesture) return take(app, gesture, req, res, warn);
      if (!isObject(body.toString('utf8'), contentType)) return refuse(req, res, 400);
      // Bolt does not read again what it finds here.
      Object.assign(req, { rawBody: body });
      inner(req, res);
    });
  };
}

/** The click or slash command in a signed request; null for everything else. */
function gestureIn(req: IncomingMessage, body: Buffer, signature: RequestSignature): object | null {
  if (!signature.isOf(req.headers, body)) return null;
  try {
    const text = body.toString('utf8');
    const fields: NodeJS.Dict<string | string[]> = isPayloadAlone(text) ? { payload: payloadOf(text) } : parse(text);
    // A look at our certificate: Bolt's to answer.
    if (fields.ssl_check !== undefined) return null;
    const said: unknown = typeof fields.payload === 'string' ? JSON.parse(fields.payload) : fields;
    return typeof said === 'object' && said !== null && isAcknowledgedEmpty(said) && isPlaced(said) ? said : null;
  } catch {
    return null;
  }
}

const PAYLOAD = 'payload=';

/** As Slack sends every click: one field, which need not be searched for others letter by letter. */
const isPayloadAlone = (text: string): boolean => text.startsWith(PAYLOAD) && !text.includes('&');

const payloadOf = (text: string): string => decodeURIComponent(text.slice(PAYLOAD.length).replaceAll('+', ' '));

function take(
  app: Events,
  body: object,
  req: IncomingMessage,
  res: ServerResponse,
  warn: FrontDoorOptions['warn'],
): void {
  const customProperties = { signature: req.headers['x-slack-signature'] };
  const ack = async (): Promise<void> => void res.writeHead(200, { 'content-length': 0 }).end();
  app.processEvent({ body, ack, customProperties } as Parameters<Events['processEvent']>[0]).catch((err: unknown) => {
    warn({ err }, 'a request from Slack could not be answered');
    if (!res.headersSent) res.writeHead(500).end();
  });
}

/** Null when it is longer than anything that Slack sends. A request that breaks off is told to nobody. */
function readBody(req: IncomingMessage, res: ServerResponse, told: (body: Buffer | null) => void): void {
  const pieces: Buffer[] = [];
  let bytes = 0;
  req.on('data', (piece: Buffer) => {
    if (bytes > LARGEST_BYTES) return;
    bytes += piece.length;
    if (bytes > LARGEST_BYTES) told(null);
    else pieces.push(piece);
  });
  req.once('end', () => {
    if (bytes <= LARGEST_BYTES) told(pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces));
  });
  req.once('error', () => res.destroy());
}

/** Text that is no JSON at all is left to Bolt, which refuses it. */
function isObject(body: string, contentType: string | undefined): boolean {
  const json = contentType === FORM ? new URLSearchParams(body).get('payload') : body;
  if (json === null) return true;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return true;
  }
}

function refuse(req: IncomingMessage, res: ServerResponse, status: number): void {
  res.writeHead(status, { connection: 'close' }).end();
  req.resume();
}
