import type { Validation } from '../core/plan';
import type { Site } from '../core/site';
import { type Finding, shown } from './parse-fault';
import { isAddress, recordNameFinding } from './site-fields';

const LONGEST = 2000;
const FORM = 'Write a path like /api/v2/routing/queues/{queueId}';

/** A path of the platform's or the DNS provider's API, which the adapter joins to a configured base URL and to no other. */
export function endpointFinding(endpoint: string): Finding | null {
  const finding = pathFinding(endpoint);
  if (finding) return finding;
  return endpoint.startsWith('/api/')
    ? null
    : { wrong: `is ${shown(endpoint)}, which does not begin with /api/`, mend: FORM };
}

/** Refuses whatever could lead to another host or another folder, also after it has been decoded once more. */
function pathFinding(text: string): Finding | null {
  if (text.length > LONGEST)
    return { wrong: `has ${text.length} characters; ${LONGEST} is the most`, mend: 'Shorten it' };
  if (!text.startsWith('/') || text.startsWith('//'))
    return { wrong: `is ${shown(text)}, not a path`, mend: `Leave scheme and host out. ${FORM}` };
  if (!/^[\x21-\x7e]*$/.test(text) || /[#\\{}]/.test(text))
    return { wrong: `is ${shown(text)}, with a character that a path cannot have`, mend: FORM };
  const path = text.split('?')[0] ?? '';
  if (/%(?![0-9a-f]{2})/i.test(text) || /%(2f|5c|2e|25|[01][0-9a-f]|7f)/i.test(path))
    return { wrong: `is ${shown(text)}, with an escape that hides something`, mend: FORM };
  const segments = path.slice(1).split('/');
  if (segments.some((segment) => segment === '.' || segment === '..') || segments.slice(0, -1).includes('')) {
    return { wrong: `is ${shown(text)}, with an empty or dotted part`, mend: FORM };
  }
  return null;
}

const VALIDATION_FORM = 'Write "dig @SERVER NAME TYPE" or "GET /path?query"';

/** `dig @8.8.8.8 _sip._tcp.example.com SRV` or `GET /api/...`: run by our own clients, never by a shell. */
export function readValidation(text: string, site: Site): Validation | Finding {
  const words = text.trim().split(/ +/);
  if (words[0] === 'dig') return readDig(words.slice(1), text, site);
  if (words[0] === 'GET' && words.length === 2 && words[1] !== undefined) {
    return pathFinding(words[1]) ?? { kind: 'get', endpoint: words[1], text };
  }
  return { wrong: `is ${shown(text)}, which is not a validation`, mend: VALIDATION_FORM };
}

const TYPES = ['SRV', 'CNAME', 'A', 'AAAA'] as const;

function readDig(words: readonly string[], text: string, site: Site): Validation | Finding {
  const option = words.find((word) => word.startsWith('+') || word.startsWith('-'));
  if (option !== undefined)
    return { wrong: `has the option ${shown(option)}`, mend: `Leave options out. ${VALIDATION_FORM}` };
  const [server = '', name = '', type = '', ...more] = words;
  if (!server.startsWith('@') || name === '' || type === '' || more.length > 0) {
    return { wrong: `is ${shown(text)}, which is not a dig that is understood`, mend: VALIDATION_FORM };
  }
  const known = TYPES.find((each) => each === type.toUpperCase());
  if (known === undefined) return { wrong: `asks for the type ${shown(type)}`, mend: `Ask for ${TYPES.join(', ')}` };
  const asked = name.toLowerCase().replace(/\.$/, '');
  const finding = serverFinding(server.slice(1), site) ?? recordNameFinding(asked);
  return finding ?? { kind: 'dig', server: server.slice(1), name: asked, type: known, text };
}

function serverFinding(server: string, site: Site): Finding | null {
  const known = [...site.resolvers.map(({ name }) => name), ...site.dns.nameServers];
  if (isAddress(server) || known.includes(server)) return null;
  return {
    wrong: `asks the server ${shown(server)}, which is not known`,
    mend: `Write an IP address, or one of ${known.join(', ')}`,
  };
}
