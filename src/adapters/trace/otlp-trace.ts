import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, Span, Tracer } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { CARRIED, type Carried, type SpanFacts, type Trace } from '../../ports/trace';

export interface OtlpTraceOptions {
  /** Base URL of the collector, without a slash at its end: the only host that spans are sent to. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
  /** What tells this process from the others of the service. */
  readonly instance: string;
  /** Real ms for one delivery. */
  readonly timeoutMs: number;
  readonly warn: (about: object, message: string) => void;
}

export interface OpenTrace extends Trace {
  /** Delivers what is left. */
  close(): Promise<void>;
}

/** Spans are delivered so long after they have ended at the latest, real ms. */
const EVERY_MS = 1_000;

/** Where this piece of work stands, and what is known of it. */
interface Here {
  readonly context: Context;
  readonly span: Span;
  readonly facts: SpanFacts;
}

/** The official packages, loaded by this call and by nothing else. */
export async function openOtlpTrace(options: OtlpTraceOptions): Promise<OpenTrace> {
  const [api, sdk, resources, otlp] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const exporter = new otlp.OTLPTraceExporter({
    url: `${options.endpoint}/v1/traces`,
    headers: { ...options.headers },
    timeoutMillis: options.timeoutMs,
  });
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': options.service,
      'service.instance.id': options.instance,
    }),
    spanProcessors: [
      new sdk.BatchSpanProcessor(telling(exporter, options.warn), {
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: options.timeoutMs,
      }),
    ],
  });
  return { ...traceWith(api, provider.getTracer('cutover')), close: () => provider.shutdown() };
}

function traceWith(api: typeof import('@opentelemetry/api'), tracer: Tracer): Trace {
  const { ROOT_CONTEXT, SpanStatusCode, trace } = api;
  const present = new AsyncLocalStorage<Here>();

  function contextOf(carried: Carried): Context {
    const [, traceId = '', spanId = '', flags = '00'] = carried.split('-');
    const traceFlags = Number.parseInt(flags, 16);
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
  }
  function parentOf(carried: Carried | null | undefined): Context {
    if (carried === undefined) return present.getStore()?.context ?? ROOT_CONTEXT;
    return carried !== null && CARRIED.test(carried) ? contextOf(carried) : ROOT_CONTEXT;
  }

  return {
    async span(name, facts, work, carried) {
      const parent = parentOf(carried);
      const all = { ...present.getStore()?.facts, ...facts };
      const span = tracer.startSpan(name, { attributes: attributesOf(all) }, parent);
      try {
        return await present.run({ context: trace.setSpan(parent, span), span, facts: all }, work);
      } catch (cause) {
        // Its words may hold what somebody wrote: the kind of error is all that is told.
        span.setAttribute('error.type', cause instanceof Error ? cause.name : 'unknown');
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw cause;
      } finally {
        span.end();
      }
    },
    note(name, facts, ms) {
      const now = present.getStore();
      const ended = Date.now();
      const attributes = attributesOf({ ...now?.facts, ...facts });
      const span = tracer.startSpan(name, { attributes, startTime: ended - ms }, now?.context ?? ROOT_CONTEXT);
      if (facts.status === null) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(ended);
    },
    link(to) {
      const context = CARRIED.test(to) ? trace.getSpanContext(contextOf(to)) : undefined;
      if (context) present.getStore()?.span.addLink({ context });
    },
    carried() {
      const context = present.getStore()?.span.spanContext();
      if (!context) return null;
      return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`;
    },
  };
}

function attributesOf({ system, status, ...own }: SpanFacts): Record<string, string | number> {
  const named = Object.entries(own).flatMap(([name, value]) =>
    value === undefined ? [] : [[`cutover.${name}`, value] as const],
  );
  return {
    ...Object.fromEntries(named),
    ...(system === undefined ? {} : { 'cutover.system': system }),
    ...(typeof status === 'number' ? { 'http.response.status_code': status } : {}),
  };
}

/** A collector that cannot be reached is told of once, and once it can be again. Spans are no record: they are dropped. */
function telling(inner: SpanExporter, warn: OtlpTraceOptions['warn']): SpanExporter {
  let failing = false;
  return {
    export: (spans: ReadableSpan[], done) =>
      inner.export(spans, (result) => {
        const failed = result.code !== 0;
        if (failed && !failing) warn({}, 'spans cannot be delivered to the collector and are dropped');
        if (!failed && failing) warn({}, 'spans are delivered to the collector again');
        failing = failed;
        done(result);
      }),
    shutdown: () => inner.shutdown(),
    forceFlush: () => inner.forceFlush?.() ?? Promise.resolve(),
  };
}
