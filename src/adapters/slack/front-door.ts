import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HTTPReceiver } from '@slack/bolt';

/** Slack's clock and ours may differ by this; what is dated further ahead could be kept and sent again later. */
const MOST_AHEAD_SECONDS = 300;
const LARGEST_BYTES = 4 * 1024 * 1024;

/**
 * What Bolt's receiver takes and should not: it refuses requests of more than five minutes ago, but takes any that are
 * dated ahead; and a payload that is JSON but no object ends the process.
 */
export function guardFrontDoor(receiver: HTTPReceiver, path: string): void {
  const inner = receiver.requestListener;
  receiver.requestListener = (req, res) => {
    if (req.method !== 'POST' || req.url?.split('?')[0] !== path) return inner(req, res);
    if (Number(req.headers['x-slack-request-timestamp']) > Date.now() / 1000 + MOST_AHEAD_SECONDS)
      return refuse(req, res, 401);
    void bodyOf(req).then(
      (body) => {
        if (body === null) return refuse(req, res, 413);
        if (!isObject(body.toString('utf8'), req.headers['content-type'])) return refuse(req, res, 400);
        // Bolt does not read again what it finds here.
        Object.assign(req, { rawBody: body });
        inner(req, res);
      },
      () => res.destroy(),
    );
  };
}

/** Null when it is longer than anything that Slack sends. */
async function bodyOf(req: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of req as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > LARGEST_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Text that is no JSON at all is left to Bolt, which refuses it. */
function isObject(body: string, contentType: string | undefined): boolean {
  const isForm = contentType === 'application/x-www-form-urlencoded';
  const json = isForm ? new URLSearchParams(body).get('payload') : body;
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
