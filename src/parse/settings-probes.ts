import { readNamed, readUrl, type ServerAddress } from './setting-values';
import type { Desk } from './settings-desk';

export interface DistantProbe {
  /** Without a slash at its end. */
  readonly url: string;
  readonly secret: string;
}

export interface ProbesSettings {
  /** Probes inside sites' networks, by name. */
  readonly probes: ReadonlyMap<string, DistantProbe>;
}

export const PROBE_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** 32 characters by chance are past all guessing; a comma would end it in the bot's list. */
export const PROBE_SECRET = /^[\x21-\x2b\x2d-\x7e]{32,256}$/;

const EXAMPLE = {
  urls: 'springfield=https://probe.springfield.example.com:7077',
  secrets: 'springfield=SECRET, each 32 or more characters without white space or commas',
} as const;

/** Each probe needs its secret, each secret its probe, and each resolver that is asked from a probe that probe. */
export function probesOf(desk: Desk, resolvers: ReadonlyMap<string, ServerAddress>): ProbesSettings {
  const urls = desk.optional('PROBES', (text) => readNamed(text, PROBE_NAME, safeUrl, EXAMPLE.urls));
  const secrets = desk.optional('PROBE_SECRETS', (text) => readNamed(text, PROBE_NAME, secretOf, EXAMPLE.secrets));
  const missing = (place: 'PROBES' | 'PROBE_SECRETS', names: readonly string[], of: string, mend: string): void => {
    if (names.length > 0)
      desk.faults.push({ place, wrong: `${place} has no entry for ${names.join(', ')}, ${of}`, mend });
  };
  // A list that cannot be read has its own fault; what it lacks is not known then.
  const readable = (name: 'PROBES' | 'PROBE_SECRETS', list: object | null): boolean =>
    list !== null || desk.given(name) === null;
  if (readable('PROBES', urls) && readable('PROBE_SECRETS', secrets)) {
    const [named, known] = [[...(urls?.keys() ?? [])], [...(secrets?.keys() ?? [])]];
    const without = named.filter((name) => !known.includes(name));
    missing('PROBE_SECRETS', without, 'which PROBES names', 'Give each probe its secret');
    const alone = known.filter((name) => !named.includes(name));
    missing('PROBES', alone, 'which PROBE_SECRETS names', 'Name its URL, or take its secret out');
  }
  if (readable('PROBES', urls)) {
    const needed = new Set([...resolvers.values()].flatMap(({ via }) => via ?? []));
    const lost = [...needed].filter((name) => !urls?.has(name));
    missing('PROBES', lost, 'from which RESOLVERS has resolvers asked', 'Name the URL of that probe');
  }
  return { probes: new Map([...(urls ?? [])].map(([name, url]) => [name, { url, secret: secrets?.get(name) ?? '' }])) };
}

function safeUrl(text: string): string | null {
  const read = readUrl(text, true);
  return 'value' in read ? read.value.replace(/\/+$/, '') : null;
}

const secretOf = (text: string): string | null => (PROBE_SECRET.test(text) ? text : null);
