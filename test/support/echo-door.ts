/** A vendor that repeats what it was sent: in front of a real one, honest until told to echo. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { send } from './front-door';

export interface EchoDoor {
  readonly url: string;
  /** Everything that came with a request and could be a secret: headers, decoded passwords, values of forms. */
  readonly heard: Set<string>;
  /** Of these the bearers of tokens that were given out on the way. */
  readonly bearers: Set<string>;
  /** The status with which everything is repeated; null lets the vendor answer. */
  echo: number | null;
  close(): Promise<void>;
}

/** `target`: null for a vendor that is not there and echoes always. */
export async function echoDoor(target: string | null): Promise<EchoDoor> {
  const heard = new Set<string>();
  const bearers = new Set<string>();
  const state = { echo: null as number | null };
  const server = createServer((incoming, outgoing) => {
    void bodyOf(incoming).then(
      async (body) => {
        const headers = plain(incoming);
        const repeated = [...credentials(headers), ...(headers['content-type']?.includes('form') ? [body] : [])];
        for (const each of [...repeated, ...new URLSearchParams(body).values()]) heard.add(each);
        const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
        if (bearer) bearers.add(bearer);
        if (state.echo === null && target !== null) {
          const answer = await send(`${target}${incoming.url}`, incoming.method ?? 'GET', headers, body);
          return outgoing.writeHead(answer.status, answer.headers).end(answer.body);
        }
        const text = `echo-of-you ${repeated.join(' ')} at http://user:${repeated[0] ?? 'x'}@vendor.example${incoming.url}`;
        const answer = {
          ok: false,
          message: text,
          error: text,
          error_description: text,
          code: text,
          errors: [{ message: text }],
        };
        return outgoing
          .writeHead(state.echo ?? 422, { 'content-type': 'application/json', 'x-correlation-id': repeated[0] ?? 'x' })
          .end(JSON.stringify(answer));
      },
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    bearers,
    get echo() {
      return state.echo;
    },
    set echo(status) {
      state.echo = status;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The values of headers that carry secrets, whole, by word, and read out of Basic. */
function credentials(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => /auth|key|token|secret|cookie/.test(name))
    .flatMap(([, value]) => {
      const words = value.split(' ');
      const basic = words[0] === 'Basic' ? Buffer.from(words[1] ?? '', 'base64').toString('utf8') : null;
      return [value, ...words.slice(1), ...(basic === null ? [] : [basic, ...basic.split(':')])];
    });
}

async function bodyOf(stream: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

function plain(message: IncomingMessage): Record<string, string> {
  const dropped = ['connection', 'transfer-encoding', 'content-length', 'host', 'keep-alive'];
  return Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      typeof value === 'string' && !dropped.includes(name) ? [[name, value]] : [],
    ),
  );
}
