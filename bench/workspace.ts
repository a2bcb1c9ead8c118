/** A process that answers like Slack's Web API, at once and in a few bytes: so that a bench of the bot measures the bot. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering } from './child';

export const TEAM = 'T0BENCH';
const BOT = { team_id: TEAM, user_id: 'U0BOT', bot_id: 'B0BOT' };

let heard = 0;
let posts = 0;

/** `people`: everybody is an approver. */
function answer(method: string, body: URLSearchParams, people: number): object {
  switch (method) {
    case 'auth.test':
      return BOT;
    case 'users.info': {
      const id = body.get('user');
      return { user: { id, team_id: TEAM, is_bot: false, deleted: false } };
    }
    case 'usergroups.users.list':
      return { users: Array.from({ length: people }, (_, i) => `U0CLICK${i}`) };
    case 'chat.postMessage':
      return { channel: 'C0BENCH', ts: `${++posts}.000100` };
    case 'chat.update':
      return { channel: 'C0BENCH', ts: body.get('ts') };
    default:
      return { messages: [], channel: { id: 'C0BENCH', is_member: true } };
  }
}

async function serve(req: IncomingMessage, res: ServerResponse, people: number): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  const method = req.url?.split('/').at(-1) ?? '';
  if (req.url?.startsWith('/respond/')) heard += 1;
  const text = JSON.stringify({
    ok: true,
    ...answer(method, new URLSearchParams(Buffer.concat(pieces).toString()), people),
  });
  res.writeHead(200, { 'content-type': 'application/json' }).end(text);
}

answering(async (question: { readonly open?: number }) => {
  if (question.open === undefined) return { heard };
  const people = question.open;
  const server = createServer((req, res) => void serve(req, res, people));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.address() as AddressInfo).port };
});
