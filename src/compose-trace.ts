import { hostname } from 'node:os';
import type { Cluster, Redis } from 'ioredis';
import type { JobRoom } from '../jobs/step-context';
import { hearCalls } from './adapters/http/call-notes';
import type { Keys } from './adapters/store/keys';
import { createWaveTraces, type WaveTraces } from './adapters/store/redis-wave-traces';
import { type OpenTrace, openOtlpTrace } from './adapters/trace/otlp-trace';
import type { TraceSettings } from './parse/settings-trace';
import type { Thread } from './ports/thread';
import type { Trace } from './ports/trace';
import type { Append, WaveLog } from './ports/wave-log';

type Around = NonNullable<JobRoom['around']>;

/** Laid round the ports like the figures are, so that nothing inside knows that it is followed. */
export interface Tracing {
  /** For whoever hands work on to other processes; absent when nobody asked for spans: then nothing of this costs anything. */
  readonly trace?: Trace;
  log(inner: WaveLog): WaveLog;
  thread(inner: Thread): Thread;
  around(inner: Around): Around;
  /** One click, command or form. */
  gesture(body: unknown, work: () => Promise<void>): Promise<void>;
  /** Loads what sends the spans. Before it, and in a command at a terminal, nothing is followed. */
  open(): Promise<void>;
  close(): Promise<void>;
}

export interface TracingParts extends TraceSettings {
  readonly redis: Redis | Cluster;
  readonly keys: Keys;
  readonly warn: (about: object, message: string) => void;
}

const DELIVERY_MS = 5_000;
/** A collector that does not answer is not waited for at the end, real ms. */
const LAST_MS = 2_000;

const UNTRACED: Tracing = {
  log: (inner) => inner,
  thread: (inner) => inner,
  around: (inner) => inner,
  gesture: (_body, work) => work(),
  open: async () => undefined,
  close: async () => undefined,
};

export function tracing({ trace: settings, redis, keys, warn }: TracingParts): Tracing {
  if (settings === null) return UNTRACED;
  let opened: OpenTrace | null = null;
  let deafen: () => void = () => undefined;
  const trace: Trace = {
    span: (name, facts, work, carried) => opened?.span(name, facts, work, carried) ?? work(),
    note: (name, facts, ms) => opened?.note(name, facts, ms),
    link: (to) => opened?.link(to),
    carried: () => opened?.carried() ?? null,
  };
  return {
    trace,
    log: (inner) => tracedLog(inner, trace, createWaveTraces(redis, keys)),
    thread: (inner) => tracedThread(inner, trace),
    around: (inner) => (kind, wave, visit, work) =>
      trace.span(kind, { wave, ...visit }, () => inner(kind, wave, visit, work)),
    gesture: (body, work) => trace.span('slack', { gesture: gestureOf(body), system: 'Slack' }, work, null),
    async open() {
      opened = await openOtlpTrace({
        ...settings,
        instance: `${hostname()}-${process.pid}`,
        timeoutMs: DELIVERY_MS,
        warn,
      });
      deafen = hearCalls(({ system, status, ms }) => trace.note('call', { system, status }, ms));
    },
    async close() {
      deafen();
      const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_MS).unref());
      await Promise.race([opened?.close(), late]);
    },
  };
}

/** By what kind of request somebody asks; nothing of what they wrote. */
function gestureOf(body: unknown): string {
  const { type } = (body ?? {}) as { readonly type?: unknown };
  return type === 'block_actions' || type === 'view_submission' ? type : 'command';
}

/** An append stands under its wave's own trace as well, when somebody's decision is in it. */
function tracedLog(inner: WaveLog, trace: Trace, traces: WaveTraces): WaveLog {
  const append = async (asked: Append) => {
    const appended = await inner.append(asked);
    if (appended.kind !== 'appended') return appended;
    const carried = trace.carried();
    if (carried && asked.events.some(({ event }) => event.type === 'WaveStarted'))
      await traces.note(asked.wave, carried);
    else if (asked.events.some(({ by }) => by.kind === 'person')) trace.link((await traces.of(asked.wave)) ?? '');
    return appended;
  };
  return {
    ...inner,
    append: (asked) => {
      const events = asked.events.map(({ event }) => event.type).join(' ');
      return trace.span('append', { wave: asked.wave, events }, () => append(asked));
    },
  };
}

function tracedThread(inner: Thread, trace: Trace): Thread {
  const told = <Answer>(method: string, call: () => Promise<Answer>): Promise<Answer> =>
    trace.span(`slack ${method}`, { system: 'Slack' }, call);
  return {
    postRoot: (...about) => told('post', () => inner.postRoot(...about)),
    post: (...about) => told('post', () => inner.post(...about)),
    update: (...about) => told('update', () => inner.update(...about)),
    find: (...about) => told('find', () => inner.find(...about)),
  };
}
