/** An OpenTelemetry collector on loopback that keeps what it is told: OTLP over HTTP, in JSON. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const Value = z.object({ stringValue: z.string().optional(), intValue: z.coerce.number().optional() });
const Attributes = z.array(z.object({ key: z.string(), value: Value })).default([]);
const Told = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z.string().optional(),
              name: z.string(),
              attributes: Attributes,
              links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface KeptSpan {
  readonly trace: string;
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly links: readonly string[];
  /** Of the process that told it. */
  readonly service: string;
  readonly instance: string;
}

export interface Collector {
  readonly url: string;
  readonly spans: KeptSpan[];
  /** Bodies as they came. */
  readonly bodies: string[];
  /** Path and headers of every request. */
  readonly requests: { readonly path: string; readonly headers: NodeJS.Dict<string | string[]> }[];
  close(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const [spans, bodies]: [KeptSpan[], string[]] = [[], []];
  const requests: Collector['requests'] = [];
  const server = createServer(async (req, res) => {
    const pieces: Buffer[] = [];
    for await (const piece of req) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString('utf8');
    bodies.push(body);
    requests.push({ path: req.url ?? '', headers: req.headers });
    spans.push(...spansIn(body));
    res.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function spansIn(body: string): readonly KeptSpan[] {
  return Told.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const process = factsOf(resource.attributes);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        trace: span.traceId,
        id: span.spanId,
        parent: span.parentSpanId ? span.parentSpanId : null,
        name: span.name,
        facts: factsOf(span.attributes),
        links: span.links.map(({ traceId }) => traceId),
        service: String(process['service.name']),
        instance: String(process['service.instance.id']),
      })),
    );
  });
}

const factsOf = (attributes: z.output<typeof Attributes>): Readonly<Record<string, string | number>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? '']));
