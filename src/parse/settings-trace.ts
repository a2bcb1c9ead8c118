import { readForm, readNamed } from './setting-values';
import { type Desk, safeUrl } from './settings-desk';

export interface TraceSettings {
  /** Where spans are sent; null when nobody asked for them. */
  readonly trace: {
    /** Without a slash at its end. */
    readonly endpoint: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly service: string;
  } | null;
}

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}$/;
const HEADER_VALUE = /^[\x20-\x7e]+$/;

/** Percent-encoded, as the field has it: a blank or a comma is written so. */
function headerValue(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return HEADER_VALUE.test(value) ? value : null;
  } catch {
    return null;
  }
}

export function traceOf(desk: Desk): TraceSettings {
  const endpoint = desk.optional('OTEL_EXPORTER_OTLP_ENDPOINT', safeUrl);
  const headers = desk.optional('OTEL_EXPORTER_OTLP_HEADERS', (text) =>
    readNamed(text, HEADER_NAME, headerValue, 'x-api-key=SECRET'),
  );
  const service = desk.required(
    'OTEL_SERVICE_NAME',
    (value) => readForm(value, /^[A-Za-z0-9._-]{1,80}$/, 'up to 80 letters, digits, dots, dashes and underscores'),
    '',
  );
  return { trace: endpoint === null ? null : { endpoint, headers: Object.fromEntries(headers ?? []), service } };
}
