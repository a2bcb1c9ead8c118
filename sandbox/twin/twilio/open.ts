/** Twilio's server, and the product's settings by which it reaches it. Nothing is opened where no site has a carrier. */
import type { ApiFaults } from '../api-faults';
import { serveHttp } from '../http';
import { type Listening, LOOPBACK } from '../listen';
import { idOf } from '../model/random';
import type { World } from '../model/world';
import { twilioDesk } from './desk';

export interface TwilioHouse {
  readonly world: World;
  readonly faults: ApiFaults;
  readonly seed: number;
  readonly advance: () => void;
  /** Whatever is opened is added here at once, so that it is closed however this ends. */
  readonly servers: Listening[];
}

export async function openTwilio({
  world,
  faults,
  seed,
  advance,
  servers,
}: TwilioHouse): Promise<Record<string, string>> {
  if (world.sites.every(({ carrier }) => carrier === null)) return {};
  const hex = (kind: string) => idOf(kind, String(seed)).replaceAll('-', '');
  const account = `AC${hex('twilio-account')}`;
  const token = hex('twilio-token');
  let address = '';
  const logins = [[account, token]] as const;
  const server = await serveHttp(twilioDesk({ world, faults, account, logins, address: () => address }), advance);
  servers.push(server);
  address = `http://${LOOPBACK}:${server.port}`;
  return { TWILIO_URL: address, TWILIO_ACCOUNT_SID: account, TWILIO_AUTH_TOKEN: token };
}
