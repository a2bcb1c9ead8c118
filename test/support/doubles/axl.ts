/** CUCM's AXL as far as the recipe goes: strict about credentials, SOAPAction, envelope and pattern. Nothing by chance. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { childOf, escapeXml, parseXml, type XmlElement } from './xml';

export interface Pattern {
  blockEnable: string;
  releaseClause: string;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}
/** `hang` never answers; `cut` ends the connection unheard, `cut after` once the request was carried out. */
export type Mischief = 'hang' | 'cut' | 'cut after' | Reply;

export interface AxlDouble {
  readonly url: string;
  readonly patterns: Map<string, Pattern>;
  /** Operations that were carried out, in their order. */
  readonly done: readonly string[];
  readonly seen: readonly { readonly operation: string; readonly body: string }[];
  /** What becomes of the next requests of an operation, in place of an answer. */
  disturb(operation: string, mischief: Mischief, times?: number): void;
  /** Updates are answered, and show only after so many reads more. */
  delayUpdates(reads: number): void;
  close(): Promise<void>;
}

const CLAUSES = ['No Error', 'Unallocated Number', 'Call Rejected', 'Number Changed', 'Invalid Number Format'];
const ENVELOPE = 'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"';

export async function axlDouble(user: string, password: string, version: string): Promise<AxlDouble> {
  const patterns = new Map<string, Pattern>();
  const done: string[] = [];
  const seen: { readonly operation: string; readonly body: string }[] = [];
  const disturbed: { readonly operation: string; readonly mischief: Mischief; left: number }[] = [];
  const pending: { readsLeft: number; readonly apply: () => void }[] = [];
  let delay = 0;
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  function carryOut(operation: XmlElement): Reply {
    const uuid = childOf(operation, 'uuid')?.text ?? '';
    const pattern = patterns.get(uuid);
    if (!pattern) return soapFault('Item not valid: The specified Route Pattern was not found');
    done.push(operation.name);
    if (operation.name === 'getRoutePattern') {
      for (const each of pending.filter(({ readsLeft }) => readsLeft === 0)) each.apply();
      for (const each of pending) each.readsLeft -= 1;
      return soap(
        'getRoutePattern',
        `<routePattern uuid="${escapeXml(uuid)}">${tags(operation, pattern)}</routePattern>`,
      );
    }
    const [blockEnable, releaseClause] = ['blockEnable', 'releaseClause'].map((name) => childOf(operation, name)?.text);
    const names = operation.children.map(({ name }) => name).join();
    if (names !== 'uuid,blockEnable,releaseClause') return soapFault(`unexpected elements ${names}`);
    if (!/^(true|false)$/.test(blockEnable ?? '') || !CLAUSES.includes(releaseClause ?? ''))
      return soapFault('not a value of the schema');
    const apply = () => Object.assign(pattern, { blockEnable, releaseClause });
    if (delay === 0) apply();
    else pending.push({ readsLeft: delay, apply });
    return soap('updateRoutePattern', escapeXml(uuid));
  }

  function answer(request: IncomingMessage, operation: XmlElement | null): Reply {
    const { authorization, 'content-type': type, soapaction } = request.headers;
    if (request.method !== 'POST' || request.url !== '/axl/') return { status: 404, text: '<html>not here</html>' };
    if (authorization !== basic) return { status: 401, text: `<html>who is ${authorization}?</html>` };
    if (!/^text\/xml\b/.test(type ?? '')) return { status: 415, text: '<html>send XML</html>' };
    if (operation === null) return soapFault('the envelope cannot be read');
    if (soapaction !== `CUCM:DB ver=${version} ${operation.name}`)
      return { status: 400, text: '<html>SOAPAction</html>' };
    return carryOut(operation);
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const operation = operationIn(body, version);
      seen.push({ operation: operation?.name ?? '', body });
      const found = disturbed.find((one) => one.left > 0 && one.operation === operation?.name);
      if (found) found.left -= 1;
      const mischief = found?.mischief;
      if (mischief === 'hang') return;
      if (mischief === 'cut') return void request.socket.destroy();
      const reply = typeof mischief === 'object' ? mischief : answer(request, operation);
      if (mischief === 'cut after') return void request.socket.destroy();
      response.writeHead(reply.status, { 'content-type': 'text/xml', ...reply.headers }).end(reply.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    patterns,
    done,
    seen,
    disturb: (operation, mischief, times = 1) => void disturbed.push({ operation, mischief, left: times }),
    delayUpdates: (reads) => {
      delay = reads;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The one operation of a whole envelope in AXL's namespace; null for anything else. */
function operationIn(body: string, version: string): XmlElement | null {
  if (!body.includes(ENVELOPE) || !body.includes(`xmlns:ns="http://www.cisco.com/AXL/API/${version}"`)) return null;
  if (!/<ns:(get|update)RoutePattern>/.test(body)) return null;
  const root = parseXml(body.trim().replace(/<(\/?)(?:soapenv|ns):/g, '<$1'));
  const operations = root?.name === 'Envelope' ? (childOf(root, 'Body')?.children ?? []) : [];
  return operations.length === 1 ? (operations[0] ?? null) : null;
}

const tags = (operation: XmlElement, pattern: Pattern): string =>
  (childOf(operation, 'returnedTags')?.children ?? [])
    .map(({ name }) => `<${name}>${name in pattern ? pattern[name as keyof Pattern] : ''}</${name}>`)
    .join('');

const soap = (operation: string, content: string): Reply => ({
  status: 200,
  text: envelope(`<ns:${operation}Response><return>${content}</return></ns:${operation}Response>`),
});
const soapFault = (text: string): Reply => ({
  status: 500,
  text: envelope(
    `<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>${text}</faultstring></soapenv:Fault>`,
  ),
});
const envelope = (content: string): string =>
  `<?xml version='1.0' encoding='UTF-8'?><soapenv:Envelope ${ENVELOPE} xmlns:ns="http://www.cisco.com/AXL/API"><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;
