/** How the text of one setting becomes its value. A finding never repeats the value: it may be a secret in the wrong place. */
import type { Finding } from './parse-fault';
import { isAddress } from './site-fields';

export interface ServerAddress {
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly port: number;
  /** The probe that it is asked from; left out, it is asked from here. */
  readonly via?: string;
}

export type Read<Value> = { readonly value: Value } | Finding;

/** Tokens have no white space and are not the text of an example. */
export function readToken(text: string, prefix: string): Read<string> {
  if (!text.startsWith(prefix))
    return {
      wrong: `does not begin with "${prefix}"`,
      mend: `Copy the token that begins with ${prefix} from the app's page`,
    };
  if (!/^[\x21-\x7e]+$/.test(text))
    return { wrong: 'has a character that a token cannot have', mend: 'Copy the token again, without white space' };
  if (text.length < prefix.length + 3 || text.includes('...'))
    return { wrong: 'is not a whole token', mend: 'Copy the whole token' };
  return { value: text };
}

/** An http or https URL without credentials, query and fragment. Loopback apart, `https:` where that is asked for. */
export function readUrl(text: string, safe: boolean): Read<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return { wrong: 'is not an http or https URL', mend: 'Write it like https://host.example.com' };
  }
  if (url.username !== '' || url.password !== '')
    return { wrong: 'holds credentials', mend: 'Take them out of the URL; the token has a setting of its own' };
  if (url.search !== '' || url.hash !== '')
    return { wrong: 'has a query or a fragment', mend: 'End the URL with its path' };
  if (safe && url.protocol === 'http:' && !isLoopback(url.hostname))
    return { wrong: 'is not encrypted', mend: 'Use https; http is for this machine only' };
  return { value: text };
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\./.test(host);

export function readRedisUrl(text: string): Read<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && (url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== '') return { value: text };
  return {
    wrong: 'is not a Redis URL',
    mend: 'Write it like redis://127.0.0.1:6379 or rediss://user:password@host:6380',
  };
}

/** PEM text, or the path of such a file. */
export function readAuthority(value: string): Read<string> {
  if (value.includes('-----BEGIN CERTIFICATE-----') || !/[\r\n]/.test(value)) return { value };
  return {
    wrong: 'is neither a certificate nor a path',
    mend: 'Give PEM text ("-----BEGIN CERTIFICATE-----...") or the path of such a file',
  };
}

export function readWhole(text: string, least: number, most: number): Read<number> {
  const figure = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (figure >= least && figure <= most) return { value: figure };
  return { wrong: `is not a whole number from ${least} to ${most}`, mend: 'Write such a number' };
}

export function readForm(text: string, form: RegExp, wanted: string): Read<string> {
  return form.test(text) ? { value: text } : { wrong: `is not ${wanted}`, mend: `Write ${wanted}` };
}

/** `google=8.8.8.8:53,office=[2001:db8::1]:53`: every entry is read, every bad one counted by its place in the list. */
export function readServers(
  text: string,
  keyForm: RegExp,
  example: string,
  read = readServer,
): Read<ReadonlyMap<string, ServerAddress>> {
  return readNamed(text, keyForm, read, example);
}

/** `name=value,...`: values as `read` makes them of their text, null for a bad one. */
export function readNamed<Value>(
  text: string,
  keyForm: RegExp,
  read: (text: string) => Value | null,
  example: string,
): Read<ReadonlyMap<string, Value>> {
  const named = new Map<string, Value>();
  const badOnes: number[] = [];
  for (const [i, entry] of text.split(',').entries()) {
    const [, key, written] = /^\s*([^=\s]+)=(\S+)\s*$/.exec(entry) ?? [];
    const value = written === undefined ? null : read(written);
    const name = key?.toLowerCase() ?? '';
    if (value === null || !keyForm.test(name) || named.has(name)) badOnes.push(i + 1);
    else named.set(name, value);
  }
  if (badOnes.length === 0) return { value: named };
  return {
    wrong: `has entries that cannot be read, or that stand there twice (number ${badOnes.join(', ')})`,
    mend: `Write it like ${example}`,
  };
}

export function readServer(text: string): ServerAddress | null {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  const figure = Number(port);
  return isAddress(address) && figure >= 1 && figure <= 65535 ? { address, port: figure } : null;
}

/** `sip.example.com:5060=127.0.0.1:15060`: where a gateway stands in a test bed. */
export const readConnectTo = (text: string): Read<ReadonlyMap<string, ServerAddress>> =>
  readServers(text, /^[a-z0-9][a-z0-9.-]*:\d{1,5}$/, 'sip.example.com:5060=127.0.0.1:15060');

/** `10.0.0.53:53@springfield`: asked from the probe of that name. */
export function readDistantServer(text: string): ServerAddress | null {
  const [, place = text, via] = /^(.*)@([a-z0-9][a-z0-9._-]*)$/i.exec(text) ?? [];
  const server = readServer(place);
  return server && via !== undefined ? { ...server, via: via.toLowerCase() } : server;
}
