import { Fault } from '../../../ports/fault';
import { SYSTEM } from './fitted';

const VENDOR_DOMAINS = ['nice-incontact.com', 'niceincontact.com', 'nicecxone.com'];

/**
 * Credentials are sent to the API endpoint that the discovery document names. It may be a host of the vendor's own domains
 * over https, or one that the settings name themselves: nothing that is found out may lead into somebody's network.
 */
export function allowedEndpoint(found: string, named: readonly string[]): string {
  const url = URL.canParse(found) ? new URL(found) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw refused('which is no address of an API');
  const isNamed = named.some((each) => URL.canParse(each) && sameHost(new URL(each), url));
  const isVendors = VENDOR_DOMAINS.some((domain) => url.hostname === domain || url.hostname.endsWith(`.${domain}`));
  if (!isNamed && !(isVendors && url.protocol === 'https:'))
    throw refused(`${url.host}, which is neither the vendor's nor in the settings; set CXONE_API_URL if it is right`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** The same machine by the same protocol; the port may differ. */
function sameHost(named: URL, found: URL): boolean {
  return named.hostname === found.hostname && named.protocol === found.protocol;
}

function refused(what: string): Fault {
  const message = `${SYSTEM}'s discovery names an API endpoint ${what}. Nothing was sent there.`;
  return new Fault(message, { system: SYSTEM, transient: false });
}
