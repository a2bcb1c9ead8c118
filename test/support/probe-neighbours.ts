/** What a probe finds in its network: a resolver and a SIP gateway on loopback that count who asks them. */
import { createSocket } from 'node:dgram';
import { type Answer, decode, encode } from 'dns-packet';

export interface Neighbour {
  readonly port: number;
  /** What it was asked. */
  readonly asked: readonly string[];
  /** From here on it says nothing. */
  fallSilent(): void;
  close(): void;
}

/** Answers from a list of records, with recursion; NXDOMAIN for all else. */
export async function smallResolver(records: readonly Answer[]): Promise<Neighbour> {
  return listening((bytes) => {
    const query = decode(bytes);
    const question = query.questions?.[0];
    if (!question) return null;
    const answers = records.filter(({ name, type }) => name === question.name && type === question.type);
    const reply = encode({
      type: 'response',
      id: query.id ?? 0,
      flags: answers.length > 0 ? 0 : 3,
      questions: [question],
      answers: [...answers],
    });
    return { asked: `${question.name} ${question.type}`, reply };
  });
}

/** Answers every OPTIONS with the status that `say` gives, over UDP. */
export async function smallGateway(say: () => string = () => '200 OK'): Promise<Neighbour> {
  return listening((bytes) => {
    const request = bytes.toString();
    const kept = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => lineOf(request, name));
    const [status, ...headers] = say().split('\n');
    const reply = [`SIP/2.0 ${status}`, ...kept, ...headers, 'Content-Length: 0', '', ''].join('\r\n');
    return { asked: request.split('\r\n', 1)[0] ?? '', reply: Buffer.from(reply) };
  });
}

function lineOf(request: string, name: string): string {
  return request.split('\r\n').find((line) => line.startsWith(`${name}: `)) ?? '';
}

async function listening(
  answer: (bytes: Buffer) => { readonly asked: string; readonly reply: Buffer } | null,
): Promise<Neighbour> {
  const asked: string[] = [];
  let silent = false;
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const found = answer(bytes);
    if (!found) return;
    asked.push(found.asked);
    if (!silent) socket.send(found.reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    port: socket.address().port,
    asked,
    fallSilent: () => {
      silent = true;
    },
    close: () => socket.close(),
  };
}
