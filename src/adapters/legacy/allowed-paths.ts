/** A base URL and the paths below it that the `http` step may ask for. */
export interface AllowedSystem {
  readonly name: string;
  /** http(s) URL without credentials, query or fragment. */
  readonly baseUrl: string;
  /** Whole segments: `/v1/trunks` allows `/v1/trunks` and `/v1/trunks/7`, not `/v1/trunks-old`. */
  readonly pathPrefixes: readonly string[];
}

/** A path and its query, as both may be sent. */
export interface SafeEndpoint {
  readonly path: string;
  readonly query: string;
}

const LONGEST_ENDPOINT = 2000;

/**
 * The endpoint in parts, or null when it is anything but a plain path: no scheme, host, fragment or backslash, no empty or
 * dot segment, no white space, and nothing that turns into a slash, a dot or a percent sign when decoded once more.
 */
export function safeEndpoint(endpoint: string): SafeEndpoint | null {
  if (endpoint.length > LONGEST_ENDPOINT || !/^\/[\x21-\x7e]*$/.test(endpoint) || /[#\\]/.test(endpoint)) return null;
  const mark = endpoint.indexOf('?');
  const path = mark < 0 ? endpoint : endpoint.slice(0, mark);
  const query = mark < 0 ? '' : endpoint.slice(mark + 1);
  if (/%(?![0-9a-f]{2})/i.test(endpoint) || /%(2f|5c|2e|25|[01][0-9a-f]|7f)/i.test(path)) return null;
  const segments = path.slice(1).split('/');
  if (segments.some((segment) => segment === '.' || segment === '..')) return null;
  // One slash may end a path, none may be doubled.
  if (segments.slice(0, -1).includes('')) return null;
  return { path, query };
}

/** The one system that allows the path, or null. */
export function systemAllowing<T extends AllowedSystem>(systems: readonly T[], path: string): T | null {
  return systems.find((system) => system.pathPrefixes.some((prefix) => isBelow(path, prefix))) ?? null;
}

/** Throws a plain `Error` (our configuration) for a base or prefix that is not one, or a path that two systems allow. */
export function checkSystems(systems: readonly AllowedSystem[]): void {
  const seen: { readonly name: string; readonly prefix: string }[] = [];
  for (const { name, baseUrl, pathPrefixes } of systems) {
    if (!isBaseUrl(baseUrl)) throw new Error(`The base URL of ${name} is not a plain http or https URL.`);
    for (const prefix of pathPrefixes) {
      if (safeEndpoint(prefix)?.path !== prefix)
        throw new Error(`The path prefix ${prefix} of ${name} is no plain path.`);
      const other = seen.find(
        (one) => one.name !== name && (isBelow(prefix, one.prefix) || isBelow(one.prefix, prefix)),
      );
      if (other)
        throw new Error(`The path prefix ${prefix} of ${name} overlaps with ${other.prefix} of ${other.name}.`);
      seen.push({ name, prefix });
    }
  }
}

function isBelow(path: string, prefix: string): boolean {
  const folder = prefix.replace(/\/$/, '');
  return path === folder || path.startsWith(`${folder}/`);
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && search === '' && hash === '';
}
