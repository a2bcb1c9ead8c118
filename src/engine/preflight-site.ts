import { siteFaults } from '../core/build-plan';
import { duration, moment } from '../core/wording';
import { type Answer, type Asking, answer, type Look, question } from './preflight-question';

/** What the site's own file says, as far as it decides whether a wave can go well. Asks nobody but the clock. */
export function siteLook(asking: Asking): Look {
  return {
    system: 'Site file',
    reach: null,
    questions: [
      question('site-file', 'the site file', 'can be used', async () => [
        fallbackLine(asking),
        retryLine(asking),
        leadLine(asking),
      ]),
    ],
  };
}

/** An SRV set without legacy as its second target leaves callers outside between the trunks. */
function fallbackLine({ site }: Asking): Answer {
  const faults = siteFaults(site);
  return answer(
    'inbound-path',
    'a way in at every moment of the wave',
    {
      found: faults.length === 0 ? 'there is one' : faults.join('; '),
      wanted: 'there is one',
      good: faults.length === 0,
    },
    { mend: 'Correct the site file: no people can make up for a way in that is not there.', waivable: false },
  );
}

function retryLine({ site, limits }: Asking): Answer {
  const wanted = limits.endpointRetrySeconds;
  const found = site.endpoints.retrySeconds;
  return answer(
    'endpoint-retry',
    'retry interval of the phones',
    { found: duration(found * 1000), wanted: `at least ${duration(wanted * 1000)}`, good: found >= wanted },
    { mend: 'Raise the interval on the phones and in the site file: faster ones make a storm of their own.' },
  );
}

/** The low TTL has to be old enough before DNS is switched, and the window has to be open then. */
function leadLine({ world, site, limits }: Asking): Answer {
  const oldTtlMs = Math.max(0, ...site.dns.records.map(({ ttl }) => ttl * 1000));
  const leadMs = Math.max(limits.ttlLeadMs, oldTtlMs);
  const lead = `DNS is switched ${duration(leadMs)} after the TTLs were lowered`;
  const { window, timeZone } = site;
  const earliest = world.clock.now() + leadMs;
  const wanted = 'before the window closes';
  if (window === null)
    return answer(
      'ttl-lead',
      'old TTL against the lead time and the window',
      { found: `${lead}; no window is set`, wanted, good: true },
      { mend: '' },
    );
  const closes = `the window closes ${moment(window.closes, timeZone)}`;
  const late = earliest >= window.closes;
  return answer(
    'ttl-lead',
    'old TTL against the lead time and the window',
    {
      found: late ? `${lead}; ${closes}, before that` : `${lead}; ${closes}`,
      wanted,
      good: earliest <= window.opens,
    },
    late
      ? { mend: 'Plan a later window in the site file.', waivable: false }
      : { state: 'amber', mend: 'Part of the window will have passed; a later one leaves more time.' },
  );
}
