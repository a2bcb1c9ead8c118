import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance } from 'axios';
import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import { noted } from './call-notes';
import { lastLook } from './last-look';
import { type Call, faultOfError, faultOfReply, type RawReply } from './to-fault';

export interface VendorClientOptions {
  /** The other side's name as people know it; it opens every sentence of a `Fault`. */
  readonly system: string;
  /** http(s) URL; a path prefix is kept, a trailing slash is not needed. */
  readonly baseUrl: string;
  /** Asked before each try, so a renewed token is used. May throw a `Fault` of its own. */
  readonly headers: () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Limit of one try from connect to the last byte, in real milliseconds. */
  readonly timeoutMs: number;
  /** Tries in all, the first one included. Default 3. Answers that say how long to wait are counted by `BUSY_TRIES`. */
  readonly tries?: number;
  /** Taken before each try: a rate limit shared by all callers. */
  readonly budget?: { take(): Promise<void> };
  /** Reply headers that say how long to stay away, best first. Default `retry-after`. */
  readonly retryAfterHeaders?: readonly string[];
  /** 0 up to 1, for spreading the tries of many callers. Default `Math.random`. */
  readonly random?: () => number;
}

export interface RequestOptions {
  /** An array repeats its key; undefined leaves it out. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as `application/x-www-form-urlencoded`, in place of `body`. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as it is, in place of `body`. */
  readonly raw?: { readonly text: string; readonly contentType: string };
  /** A good answer need not be JSON: `body` is then its text. */
  readonly plainReply?: boolean;
  /** Statuses besides 2xx that are answers, not faults. A body there need not be JSON: it is then handed on as text. */
  readonly expectStatuses?: readonly number[];
  /** Headers that depend on what is sent, asked before each try; `body` is the JSON as it goes out. */
  readonly sign?: (wire: { readonly body: string }) => Readonly<Record<string, string>>;
  /** Whether a call that may have been carried out can be sent again. Default: GET, HEAD, OPTIONS, PUT and DELETE can. */
  readonly idempotent?: boolean;
}

export interface VendorReply {
  readonly status: number;
  /** Parsed JSON; null for an empty body. Untrusted: the caller's schema comes next. */
  readonly body: unknown;
  /** The body as it came, for whoever has to check a signature over it. */
  readonly text: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface VendorClient {
  /** `path` begins with `/` and carries no query; its variable parts are the caller's to encode. Throws `Fault`. */
  request(method: string, path: string, options?: RequestOptions): Promise<VendorReply>;
}

/** Longest answer that is read, in bytes. */
export const MAX_REPLY_BYTES = 4 * 1024 * 1024;
/** A wait that the other side asks for is kept inside the call up to here; a longer one is the delayed job's. */
export const LONGEST_WAIT_MS = 15_000;
const FIRST_WAIT_MS = 200;
/**
 * Tries in all while the other side answers 429 with a wait: it works, it only wants to be asked less. With every third
 * request of a busy organisation refused, three tries would fail once in 27 requests; a plan asks some fifty.
 */
const BUSY_TRIES = 8;
const READING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const REPEATABLE_METHODS = new Set([...READING_METHODS, 'PUT', 'DELETE']);

/**
 * JSON over HTTP to one vendor. Follows no redirect and no proxy. Tries again after network errors, 408, 429, 500 and
 * 502 to 504, waiting by the product's clock; a call that is not idempotent only when it was surely not carried out
 * (never connected, 429, 503). Before each try that is no read it takes a last look.
 */
export function createVendorClient(options: VendorClientOptions): VendorClient {
  const { system, clock } = options;
  const tries = options.tries ?? 3;
  const random = options.random ?? Math.random;
  const base = options.baseUrl.replace(/\/+$/, '');
  const http = axios.create({
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_REPLY_BYTES,
    responseType: 'text',
    // Text as it came: the parse below must see what axios would swallow (HTML, half a document).
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
  });

  return {
    async request(method, path, about = {}) {
      const verb = method.toUpperCase();
      const url = urlOf(system, base, path, about.query);
      const repeatable = about.idempotent ?? REPEATABLE_METHODS.has(verb);
      for (let attempt = 1; ; attempt += 1) {
        await options.budget?.take();
        const signature = about.sign?.({ body: jsonText(about.body) ?? '' });
        const headers = { ...(await options.headers()), ...signature };
        const call: Call = { system, method: verb, path, secrets: secretsOf(headers, about.form) };
        if (!READING_METHODS.has(verb)) await lastLook();
        const outcome = await send(http, options, call, url, headers, about);
        if (!('fault' in outcome)) return outcome.reply;
        const { fault, surelyNotDone } = outcome;
        const again = fault.transient && isQuicklyRetried(fault.status) && (repeatable || surelyNotDone);
        const told = fault.status === 429 && fault.retryAfterMs !== null;
        if (!again || attempt >= (told ? Math.max(tries, BUSY_TRIES) : tries)) throw fault;
        const waitMs = fault.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1) * (1 + random() / 2);
        if (waitMs > LONGEST_WAIT_MS) throw fault;
        await clock.sleep(waitMs);
      }
    },
  };
}

type Outcome = { readonly reply: VendorReply } | { readonly fault: Fault; readonly surelyNotDone: boolean };

async function send(
  http: AxiosInstance,
  options: VendorClientOptions,
  call: Call,
  url: string,
  headers: Readonly<Record<string, string>>,
  about: RequestOptions,
): Promise<Outcome> {
  let raw: RawReply;
  try {
    const request = {
      method: call.method,
      url,
      headers: { accept: 'application/json', ...contentType(about), ...headers },
      data: about.form ? new URLSearchParams(about.form).toString() : (about.raw?.text ?? jsonText(about.body)),
      // axios's own timeout counts silence; an answer that drips would hold the worker for ever.
      signal: AbortSignal.timeout(options.timeoutMs),
    };
    const reply = await noted(
      call.system,
      ({ status }) => status,
      () => http.request<unknown>(request),
    );
    raw = { status: reply.status, text: textOf(reply.data), headers: plainHeaders(reply.headers) };
  } catch (error) {
    return faultOfError(call, error);
  }
  const parsed = parseJson(raw.text);
  if (raw.status >= 200 && raw.status < 300) {
    const body = parsed.ok ? parsed.value : raw.text;
    if (parsed.ok || about.plainReply)
      return { reply: { status: raw.status, body, text: raw.text, headers: raw.headers } };
    const message = `${call.system} does not speak JSON: it answered ${raw.status} to ${call.method} ${call.path} with something else.`;
    return {
      fault: new Fault(message, { system: call.system, transient: false, status: raw.status }),
      surelyNotDone: false,
    };
  }
  if (about.expectStatuses?.includes(raw.status)) {
    const body = parsed.ok ? parsed.value : raw.text;
    return { reply: { status: raw.status, body, text: raw.text, headers: raw.headers } };
  }
  const waitHeaders = options.retryAfterHeaders ?? ['retry-after'];
  return {
    fault: faultOfReply(call, raw, parsed.ok ? parsed.value : raw.text, waitHeaders, options.clock.now()),
    surelyNotDone: raw.status === 429 || raw.status === 503,
  };
}

/** 425, 501 and their like are transient or not by `faultOfReply`, but a second try at once is no help. */
function isQuicklyRetried(status: number | null): boolean {
  return status === null || [408, 429, 500, 502, 503, 504].includes(status);
}

/** Credentials are sent to this URL: nothing in `path` may lead to another host or out of the prefix. */
function urlOf(system: string, base: string, path: string, query: RequestOptions['query']): string {
  const text = `${base}${path}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const home = new URL(`${base}/`);
  const stays =
    url !== null && url.origin === home.origin && !/[?#\\]/.test(path) && url.pathname.startsWith(home.pathname);
  const climbs = path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part));
  if (url === null || !stays || climbs || !path.startsWith('/')) {
    throw new Fault(`The path ${path.slice(0, 100)} is not one that may be asked of ${system}.`, {
      system,
      transient: false,
    });
  }
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(key, String(one));
  }
  return url.href;
}

function contentType(about: RequestOptions): Record<string, string> {
  if (about.form) return { 'content-type': 'application/x-www-form-urlencoded' };
  if (about.raw) return { 'content-type': about.raw.contentType };
  return about.body === undefined ? {} : { 'content-type': 'application/json' };
}

function jsonText(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}

function textOf(data: unknown): string {
  return typeof data === 'string' ? data : '';
}

function plainHeaders(headers: object): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') plain[name.toLowerCase()] = value;
    else if (Array.isArray(value)) plain[name.toLowerCase()] = value.join(', ');
  }
  return plain;
}

function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  if (text.trim() === '') return { ok: true, value: null };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** Whatever we sent that a vendor might echo in its error text. */
function secretsOf(headers: Readonly<Record<string, string>>, form: RequestOptions['form']): readonly string[] {
  const secrets: string[] = [];
  for (const [name, value] of [...Object.entries(headers), ...Object.entries(form ?? {})]) {
    if (!/auth|key|token|secret|password|cookie|assertion|code/i.test(name)) continue;
    secrets.push(value, ...value.split(/\s+/), ...inBasic(value));
  }
  // Longest first, so that "Bearer x" goes as a whole; short words such as "Basic" are no secret.
  return secrets.filter((secret) => secret.length >= 6 && secret !== 'Bearer').sort((a, b) => b.length - a.length);
}

/** What Basic hides in base64, which the other side has read: both together and each alone. */
function inBasic(value: string): readonly string[] {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(value)?.[1];
  if (encoded === undefined) return [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return [text, ...text.split(':')];
}
