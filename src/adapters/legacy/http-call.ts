import axios, { type AxiosResponse } from 'axios';
import { isDeeper, type Json } from '../../core/json';
import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import type { HttpCall, HttpReply } from '../../ports/http-call';
import { noted } from '../http/call-notes';
import { lastLook } from '../http/last-look';
import { type Call, faultOfError, faultOfReply } from '../http/to-fault';
import { type AllowedSystem, checkSystems, safeEndpoint, systemAllowing } from './allowed-paths';

export interface HttpCallSystem extends AllowedSystem {
  /** That system's credentials, asked for before each call; nothing in them is ever repeated in a fault or a reply. */
  readonly headers: () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
}

export interface HttpCallOptions {
  readonly systems: readonly HttpCallSystem[];
  readonly clock: Clock;
  /** Limit of the call from connect to the last byte, real milliseconds. */
  readonly timeoutMs: number;
}

/** Longest body, sent or received, in bytes. */
export const BODY_LIMIT_BYTES = 1024 * 1024;
/** Deepest answer: it is captured inside an event and a wave, and those are read back to a hundred levels. */
export const DEEPEST_BODY = 50;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** Shorter header values are words ("Basic", "json"), not secrets. */
const SHORTEST_SECRET = 6;

/**
 * One call of a wave document. It is sent once: only the step that owns it knows whether it may be repeated. A body that
 * is not JSON comes back as text, none as null; a redirect is a reply (its status is 3xx) and is not followed.
 */
export function createHttpCall(options: HttpCallOptions): HttpCall {
  checkSystems(options.systems);
  const { systems, clock, timeoutMs } = options;
  const http = axios.create({
    proxy: false,
    maxRedirects: 0,
    maxContentLength: BODY_LIMIT_BYTES,
    responseType: 'text',
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
  });

  return {
    systemFor(endpoint) {
      const safe = safeEndpoint(endpoint);
      return safe === null ? null : (systemAllowing(systems, safe.path)?.name ?? null);
    },

    async call(method, endpoint, body) {
      const verb = method.toUpperCase();
      const safe = safeEndpoint(endpoint);
      const system = safe && systemAllowing(systems, safe.path);
      if (!safe || !system || !METHODS.has(verb)) throw notAllowed(verb, endpoint);
      const text = body === undefined ? undefined : JSON.stringify(body);
      if (Buffer.byteLength(text ?? '') > BODY_LIMIT_BYTES) throw tooLong(system.name, 'would go', verb, safe.path);
      const headers = await system.headers();
      const call: Call = { system: system.name, method: verb, path: safe.path, secrets: secretsOf(headers) };
      const url = `${system.baseUrl.replace(/\/+$/, '')}${safe.path}${safe.query && `?${safe.query}`}`;
      const type = text === undefined ? {} : { 'content-type': 'application/json' };
      const request = { method: verb, url, data: text, headers: { accept: 'application/json', ...type, ...headers } };
      if (verb !== 'GET' && verb !== 'HEAD') await lastLook();
      const reply = await noted(
        system.name,
        ({ status }) => status,
        () => http.request<unknown>({ ...request, signal: AbortSignal.timeout(timeoutMs) }),
      ).catch((error: unknown) => {
        throw faultOf(call, error);
      });
      return replyOrFault(call, reply, clock.now());
    },
  };
}

function replyOrFault(call: Call, reply: AxiosResponse<unknown>, now: number): HttpReply {
  const { status, data, headers } = reply;
  const text = withoutSecrets(typeof data === 'string' ? data : '', call.secrets);
  const body = jsonOrText(text);
  if (status < 500 && status !== 429) {
    if (isDeeper(body, DEEPEST_BODY)) throw tooDeep(call);
    return { status, body };
  }
  const wait: unknown = headers['retry-after'];
  const raw = { status, text, headers: { 'retry-after': typeof wait === 'string' ? wait : '' } };
  throw faultOfReply(call, raw, body, ['retry-after'], now);
}

function faultOf(call: Call, error: unknown): Fault {
  const isTooLong = error instanceof Error && error.message.startsWith('maxContentLength');
  return isTooLong ? tooLong(call.system, 'came back', call.method, call.path) : faultOfError(call, error).fault;
}

/** The query stays out of the sentence: it may hold what is nobody's business. */
function notAllowed(method: string, endpoint: string): Fault {
  const path = endpoint.replace(/[?#].*/s, '').replace(/[^\x20-\x7e]/g, '');
  const message = `No configured system allows ${method.slice(0, 10)} ${path.slice(0, 100)}: add its path prefix to the configuration or correct the wave document.`;
  return new Fault(message, { system: 'http', transient: false });
}

function tooLong(system: string, what: string, method: string, path: string): Fault {
  return new Fault(`More than 1 MiB ${what} with ${method} ${path} at ${system}.`, { system, transient: false });
}

function tooDeep({ system, method, path }: Call): Fault {
  const message = `More than ${DEEPEST_BODY} levels, one in the other, came back with ${method} ${path} at ${system}: that is not kept. Name a call in the wave document that answers more simply.`;
  return new Fault(message, { system, transient: false });
}

function jsonOrText(text: string): Json {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Header values and their words, longest first, so that a whole credential goes before its parts. */
function secretsOf(headers: Readonly<Record<string, string>>): readonly string[] {
  const words = Object.values(headers).flatMap((value) => [value, ...value.split(/\s+/)]);
  return words
    .filter((word) => word.length >= SHORTEST_SECRET && word !== 'Bearer')
    .sort((a, b) => b.length - a.length);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.split(secret).join('***'), text);
}
