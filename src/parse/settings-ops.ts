import { readForm } from './setting-values';
import { type Desk, whole } from './settings-desk';

export interface OpsSettings {
  /** Where health and figures are served; null when nobody asked for it. Port 0 takes a free one. */
  readonly ops: { readonly host: string; readonly port: number } | null;
}

export function opsOf(desk: Desk): OpsSettings {
  const host = desk.required('OPS_HOST', (value) => readForm(value, /^[A-Za-z0-9.:-]+$/, 'an address'), '');
  const port = desk.optional('OPS_PORT', whole(0, 65535));
  return { ops: port === null ? null : { host, port } };
}
