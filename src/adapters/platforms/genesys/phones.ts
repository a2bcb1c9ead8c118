import { z } from 'zod';
import type { Platform } from '../../../ports/platform';
import { chunksOf, type GenesysApi } from './api';
import { allPages } from './pages';

const PHONES = '/api/v2/telephony/providers/edges/phones';

const phoneStatus = z.looseObject({
  operationalStatus: z.string().nullish(),
  lineStatuses: z.array(z.looseObject({ reachable: z.boolean().nullish() })).nullish(),
});
const STATIONS = '/api/v2/stations';
const station = z.looseObject({
  status: z.string().nullish(),
  userId: z.string().nullish(),
  webRtcUserId: z.string().nullish(),
});
const phone = z.looseObject({
  id: z.string(),
  state: z.string().nullish(),
  site: z.looseObject({ id: z.string() }),
  status: phoneStatus.nullish(),
  secondaryStatus: phoneStatus.nullish(),
  webRtcUser: z.looseObject({ id: z.string() }).nullish(),
});
type Phone = z.infer<typeof phone>;

type PhoneMethods = Pick<Platform, 'registeredPhones' | 'restartPhones'>;

/**
 * GET .../edges/phones?site.id=&expand=status: registered is an operational status with a reachable line, on the primary
 * or the secondary edge. A phone in the browser has a line only while its agent is at work in it: there the agent who is
 * associated with the phone's station (GET /api/v2/stations, asked only while such a phone is down) counts too. POST .../edges/phones/reboot `{phoneIds}`.
 */
export function genesysPhones(api: GenesysApi): PhoneMethods {
  return {
    async registeredPhones(site) {
      // The vendor reads `site.id` (its client's `siteId`); an unknown filter would list every phone, so look again.
      const phones = await allPages(api, PHONES, phone, { 'site.id': site, expand: 'status' });
      const own = phones.filter((one) => one.site.id === site && one.state !== 'deleted');
      const up = own.filter((one) => isUp(one.status) || isUp(one.secondaryStatus));
      const inBrowser = own.filter((one) => one.webRtcUser && !up.includes(one));
      return new Set([...up, ...(await attended(api, inBrowser))].map((one) => one.id));
    },

    async restartPhones(phones) {
      for (const phoneIds of chunksOf([...new Set(phones)])) {
        // The body's other field, siteId, restarts a whole site: it is never sent. Nor is this sent twice by itself.
        await api.request('POST', `${PHONES}/reboot`, { body: { phoneIds }, idempotent: false });
      }
    },
  };
}

/** Those whose user has taken the station of the phone. */
async function attended(api: GenesysApi, phones: readonly Phone[]): Promise<readonly Phone[]> {
  if (phones.length === 0) return [];
  const stations = await allPages(api, STATIONS, station);
  const taken = stations.filter((one) => one.status === 'ASSOCIATED' && one.userId && one.userId === one.webRtcUserId);
  const users = new Set(taken.map((one) => one.userId));
  return phones.filter(({ webRtcUser }) => users.has(webRtcUser?.id));
}

function isUp(status: z.infer<typeof phoneStatus> | null | undefined): boolean {
  return (
    status?.operationalStatus === 'OPERATIONAL' && (status.lineStatuses ?? []).some((line) => line.reachable === true)
  );
}
