import type { RecordType } from './site';

/** A record set as it is compared, kept and shown. */
export type RecordState = {
  readonly name: string;
  readonly type: RecordType;
  readonly ttl: number;
  readonly values: readonly string[];
};

/** Case, white space, trailing dots, order and the spelling of an IPv6 address do not make two sets differ. */
export function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return plain(a) === plain(b);
}

export function sameState(a: RecordState, b: RecordState): boolean {
  return a.ttl === b.ttl && sameValues(a.values, b.values);
}

export function stateText(state: Pick<RecordState, 'ttl' | 'values'> | null): string {
  return state === null ? 'no such record' : `${valuesText(state.values)} with TTL ${state.ttl} s`;
}

export function valuesText(values: readonly string[]): string {
  return values.length === 0 ? 'nothing' : [...values].sort().join(' + ');
}

/** An SRV set without the entries for `host`; another type, or a set that would be empty, stays as it is. */
export function withoutHost(type: RecordType, values: readonly string[], host: string): readonly string[] {
  if (type !== 'SRV') return values;
  const rest = values.filter((value) => plainValue(value).split(' ')[3] !== plainValue(host));
  return rest.length === 0 ? values : rest;
}

function plain(values: readonly string[]): string {
  return [...new Set(values.map(plainValue))].sort().join('\n');
}

function plainValue(value: string): string {
  const text = value.trim().toLowerCase().replace(/\s+/g, ' ').replace(/\.$/, '');
  // One IPv6 address has many spellings; a provider gives back the short one (RFC 5952).
  const address = text.includes(':') && /^[0-9a-f:.]+$/.test(text) ? `http://[${text}]/` : '';
  return URL.canParse(address) ? new URL(address).hostname : text;
}
