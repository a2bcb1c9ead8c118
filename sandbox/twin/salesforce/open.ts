/** Salesforce's server, and the product's settings by which it reaches it. Nothing is opened where no site uses it. */
import type { ApiFaults } from '../api-faults';
import { serveHttp } from '../http';
import { type Listening, LOOPBACK } from '../listen';
import { idOf } from '../model/random';
import type { World } from '../model/world';
import { salesforceDesk } from './desk';

export interface SalesforceHouse {
  readonly world: World;
  readonly faults: ApiFaults;
  readonly seed: number;
  readonly advance: () => void;
  /** Whatever is opened is added here at once, so that it is closed however this ends. */
  readonly servers: Listening[];
}

export async function openSalesforce(house: SalesforceHouse): Promise<Record<string, string>> {
  const { world, faults, seed, advance, servers } = house;
  if (world.sites.every(({ file }) => file.crm.kind !== 'salesforce')) return {};
  const client = { id: idOf('salesforce-client', String(seed)), secret: idOf('salesforce-secret', String(seed)) };
  let address = '';
  const server = await serveHttp(salesforceDesk({ world, faults, client, address: () => address }), advance);
  servers.push(server);
  address = `http://${LOOPBACK}:${server.port}`;
  return {
    SALESFORCE_LOGIN_URL: address,
    SALESFORCE_CLIENT_ID: client.id,
    SALESFORCE_CLIENT_SECRET: client.secret,
    SALESFORCE_SITE_OBJECT: 'Cutover_Site__c',
  };
}
