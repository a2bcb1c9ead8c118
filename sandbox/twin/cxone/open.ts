/** CXone's two servers, and the product's settings by which it reaches them. Nothing is opened where no site stands on it. */
import type { ApiFaults } from '../api-faults';
import { serveHttp } from '../http';
import { type Listening, LOOPBACK } from '../listen';
import type { Licences } from '../model/licences';
import { idOf } from '../model/random';
import type { World } from '../model/world';
import { cxoneDesk } from './desk';
import { AccessTokens, loginDesk } from './login';

export interface CxoneHouse {
  /** Sites of this platform only. */
  readonly world: World;
  readonly licences: Licences;
  readonly faults: ApiFaults;
  readonly seed: number;
  readonly advance: () => void;
  /** Whatever is opened is added here at once, so that it is closed however this ends. */
  readonly servers: Listening[];
}

export async function openCxone(house: CxoneHouse): Promise<Record<string, string>> {
  const { world, licences, faults, seed, advance, servers } = house;
  if (world.sites.length === 0) return {};
  const tokens = new AccessTokens(world.agenda);
  const key = { id: idOf('cxone-key', String(seed)), secret: idOf('cxone-secret', String(seed)) };
  const tenantId = idOf('cxone-tenant', String(seed));
  const api = await serveHttp(cxoneDesk({ world, licences, tokens, faults }), advance);
  servers.push(api);
  const login = await serveHttp(
    loginDesk(tokens, key, tenantId, () => `http://${LOOPBACK}:${api.port}`),
    advance,
  );
  servers.push(login);
  return {
    CXONE_TOKEN_URL: `http://${LOOPBACK}:${login.port}`,
    CXONE_DISCOVERY_URL: `http://${LOOPBACK}:${login.port}`,
    CXONE_ACCESS_KEY_ID: key.id,
    CXONE_ACCESS_KEY_SECRET: key.secret,
    CXONE_TENANT_ID: tenantId,
  };
}
