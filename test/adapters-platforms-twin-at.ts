import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTwin, type Twin } from '../sandbox/twin/twin';
import { ManualClock } from './adapters-platforms-wire';

export const SITES = join(__dirname, '..', 'sites');

/** The twin's clock: it stands still until the test, or an adapter's sleep, moves it. */
export class TwinClock extends ManualClock {
  speed(): number {
    return 1;
  }
}

export interface TwinAgent {
  readonly user: string;
  readonly phone: string;
  readonly group: string;
}

export function agentsOf(site: string): readonly TwinAgent[] {
  const [, ...rows] = readFileSync(join(SITES, `${site}.agents.csv`), 'utf8')
    .trim()
    .split('\n');
  return rows.map((row) => {
    const [, user = '', phone = '', group = ''] = row.split(',');
    return { user, phone, group };
  });
}

/** A twin of the demonstration sites; the vendor's own limit of 300 calls a minute holds, as the clock runs at speed 1. */
export async function twinAt(clock: TwinClock, sitesDir = SITES): Promise<Twin> {
  const secrets = {
    genesysClientId: 'client-1',
    genesysClientSecret: 'genesys-secret-1',
    powerDnsKey: 'powerdns-key-1',
    dnsRestToken: 'dns-rest-token-1',
    legacyToken: 'legacy-token-1',
    crmToken: 'crm-token-1',
  };
  return startTwin({ clock, sitesDir, seed: 7, secrets });
}

/** One of the twin's settings; a missing one fails the test. */
export function setting(twin: Twin, name: string): string {
  const value = twin.settings[name];
  if (value === undefined) throw new Error(`the twin has no setting ${name}`);
  return value;
}

export const MINUTE = 60_000;
