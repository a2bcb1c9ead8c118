import { Fault } from '../../ports/fault';

export interface Call {
  readonly system: string;
  readonly method: string;
  readonly path: string;
  /** Texts that must not be repeated, should the other side echo them. */
  readonly secrets: readonly string[];
}

export interface RawReply {
  readonly status: number;
  readonly text: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Longest piece of the vendor's own words in a sentence of ours, in characters. */
export const VENDOR_TEXT_LIMIT = 200;
const CORRELATION_HEADERS = ['inin-correlation-id', 'x-correlation-id', 'x-request-id', 'icagenttraceid'];

/**
 * A reply that is no success. Transient: 408, 425, 429 and 5xx. 409 is not: only a caller that reads again can tell.
 * `waitHeaders` hold seconds or an HTTP date (RFC 9110 section 10.2.3), measured against `now` (epoch ms).
 */
export function faultOfReply(
  call: Call,
  reply: RawReply,
  body: unknown,
  waitHeaders: readonly string[],
  now: number,
): Fault {
  const { status, headers } = reply;
  const transient = [408, 425, 429].includes(status) || status >= 500;
  const about = { system: call.system, transient, status };
  if (status >= 300 && status < 400) {
    return new Fault(`${answered(call, status)}, a redirect, which is not followed.`, about);
  }
  const said = vendorText(body, call.secrets);
  const id = CORRELATION_HEADERS.map((name) => headers[name]).find((value) => value && isPlainId(value, call.secrets));
  const message = `${answered(call, status)}${said ? `: ${said}` : ''}${id ? ` (correlation id ${id})` : ''}`;
  const wait = waitHeaders.map((name) => retryAfterMs(headers[name], now)).find((ms) => ms !== null) ?? null;
  return new Fault(message, { ...about, retryAfterMs: transient ? wait : null });
}

/** A header of the vendor's is as little to be trusted with our secrets as its words. */
const isPlainId = (value: string, secrets: readonly string[]): boolean =>
  /^[\w.:-]{1,80}$/.test(value) && !secrets.some((secret) => value.includes(secret));

/** No reply, or none that could be read. `surelyNotDone`: the request never reached the other side. */
export function faultOfError(call: Call, error: unknown): { readonly fault: Fault; readonly surelyNotDone: boolean } {
  const code = codeOf(error);
  const kind = kindOf(code, error instanceof Error ? error.message : '');
  const message = `${call.system} ${kind.says} ${call.method} ${call.path}${code ? ` (${code})` : ''}`;
  // The client library's error carries our headers: only its code goes on.
  const cause = new Error(code || 'unknown network error');
  return {
    fault: new Fault(message, { system: call.system, transient: kind.transient, cause }),
    surelyNotDone: kind.surelyNotDone,
  };
}

/** Milliseconds asked for by a Retry-After value, never negative; null when there is none that can be read. */
export function retryAfterMs(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // Only the forms of an HTTP date: Date.parse alone would take "-5" for a year.
  const at = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** The vendor's `message` or `error` text: one line, no control characters, no secret of ours, cut to 200 characters. */
export function vendorText(body: unknown, secrets: readonly string[]): string {
  let text = wordsOf(body);
  for (const secret of secrets) text = text.split(secret).join('***');
  const line = text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length > VENDOR_TEXT_LIMIT ? `${characters.slice(0, VENDOR_TEXT_LIMIT - 1).join('')}…` : line;
}

interface ErrorKind {
  readonly says: string;
  readonly transient: boolean;
  readonly surelyNotDone: boolean;
}

function kindOf(code: string, text: string): ErrorKind {
  if (text.startsWith('maxContentLength')) {
    return { says: 'sent more than 4 MiB in answer to', transient: false, surelyNotDone: false };
  }
  if (/^(ERR_TLS_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|CERT_)/.test(code)) {
    return {
      says: 'showed a certificate that is not trusted, so nothing was sent:',
      transient: false,
      surelyNotDone: true,
    };
  }
  if (code === 'ERR_CANCELED' || code === 'ETIMEDOUT' || code === 'ECONNABORTED') {
    return { says: 'did not answer in time to', transient: true, surelyNotDone: false };
  }
  if (code === 'ECONNREFUSED') {
    return { says: 'refused the connection for', transient: true, surelyNotDone: true };
  }
  if (['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)) {
    return { says: 'could not be reached for', transient: true, surelyNotDone: true };
  }
  if (code.startsWith('HPE_')) {
    return { says: 'does not speak HTTP: unreadable answer to', transient: false, surelyNotDone: false };
  }
  if (code === 'ERR_INVALID_CHAR' || code === 'ERR_INVALID_URL') {
    return { says: 'was not asked, the request could not be written:', transient: false, surelyNotDone: true };
  }
  return { says: 'broke off the connection during', transient: true, surelyNotDone: false };
}

function answered(call: Call, status: number): string {
  return `${call.system} answered ${status} to ${call.method} ${call.path}`;
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : '';
}

function wordsOf(body: unknown): string {
  if (typeof body === 'string') return looksLikeMarkup(body) ? '' : body;
  if (typeof body !== 'object' || body === null) return '';
  const fields = body as Record<string, unknown>;
  for (const name of ['message', 'error_description', 'error', 'description', 'detail', 'title']) {
    const value = fields[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'object' && value !== null && name === 'error') return wordsOf(value);
  }
  return '';
}

function looksLikeMarkup(text: string): boolean {
  return text.trimStart().startsWith('<');
}
