/** A PowerDNS Authoritative with an SQLite backend and its HTTP API: the primary of every zone that is made by the API. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import type { UnpackedPackages } from './debian-packages';
import { freePorts } from './free-ports';
import type { ServerProcess, ServerRoom } from './server-room';
import { dotted, type ZoneRecord, zoneFileValue } from './zone';

export const POWER_DNS_PACKAGES = ['pdns-server', 'pdns-backend-sqlite3', 'sqlite3'];

export interface PowerDns {
  readonly address: ServerAddress;
  /** As `POWERDNS_URL`. */
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly process: ServerProcess;
  /** Makes the zone; every change of it is told to `notify`, which may fetch it. */
  createZone(zone: string, records: readonly ZoneRecord[], notify: readonly ServerAddress[]): Promise<void>;
  /** Replaces one record set, or deletes it when it has no values; the serial rises. */
  setRecord(zone: string, record: ZoneRecord): Promise<void>;
  serial(zone: string): Promise<number>;
  /** Any request to `/api/v1/servers/localhost` + path; throws when the answer is no success. */
  api(method: string, path: string, body?: unknown): Promise<unknown>;
}

export async function startPowerDns(room: ServerRoom, packages: UnpackedPackages): Promise<PowerDns> {
  const [port = 0, apiPort = 0] = await freePorts(2);
  const apiKey = 'lab-key';
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const database = join(room.folder, 'pdns.sqlite3');
  const schema = join(packages.root, 'usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql');
  await room.run(packages.program('sqlite3'), [database, await readFile(schema, 'utf8')], packages.env);
  await writeFile(
    join(room.folder, 'pdns.conf'),
    configuration(packages, room.folder, database, port, apiPort, apiKey),
  );

  async function api(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${apiUrl}/api/v1/servers/localhost${path}`, {
      method,
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`PowerDNS answers ${response.status} to ${method} ${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  const process = await room.start({
    name: 'PowerDNS',
    program: packages.program('pdns_server'),
    args: [`--config-dir=${room.folder}`, '--daemon=no', '--guardian=no', '--disable-syslog', '--write-pid=no'],
    env: packages.env,
    answers: async () => (await api('GET', '')) !== null,
  });

  return {
    address: { address: '127.0.0.1', port },
    apiUrl,
    apiKey,
    process,
    api,
    async createZone(zone, records, notify) {
      await api('POST', '/zones', {
        name: dotted(zone),
        kind: 'Master',
        nameservers: [],
        soa_edit_api: 'INCREASE',
        rrsets: records.map((record) => rrset(record)),
      });
      if (notify.length === 0) return;
      const metadata = notify.map(({ address, port: to }) => `${address}:${to}`);
      await api('PUT', `/zones/${dotted(zone)}/metadata/ALSO-NOTIFY`, { kind: 'ALSO-NOTIFY', metadata });
      await api('PUT', `/zones/${dotted(zone)}/notify`);
    },
    async setRecord(zone, record) {
      const changetype = record.values.length > 0 ? 'REPLACE' : 'DELETE';
      await api('PATCH', `/zones/${dotted(zone)}`, { rrsets: [{ ...rrset(record), changetype }] });
      await api('PUT', `/zones/${dotted(zone)}/notify`);
    },
    async serial(zone) {
      const { serial } = (await api('GET', `/zones/${dotted(zone)}?rrsets=false`)) as { serial: number };
      return serial;
    },
  };
}

/** No cache in front of the database, no version check on the Internet, nothing sent from anywhere but loopback. */
function configuration(
  packages: UnpackedPackages,
  folder: string,
  database: string,
  port: number,
  apiPort: number,
  apiKey: string,
): string {
  return [
    `module-dir=${packages.libraryFolder('pdns')}`,
    `socket-dir=${folder}`,
    'launch=gsqlite3',
    `gsqlite3-database=${database}`,
    'gsqlite3-pragma-synchronous=0',
    'local-address=127.0.0.1',
    `local-port=${port}`,
    'query-local-address=127.0.0.1',
    'security-poll-suffix=',
    'primary=yes',
    'only-notify=127.0.0.0/8',
    'allow-axfr-ips=127.0.0.0/8',
    'xfr-cycle-interval=1',
    'cache-ttl=0',
    'query-cache-ttl=0',
    'negquery-cache-ttl=0',
    'zone-cache-refresh-interval=0',
    'zone-metadata-cache-ttl=0',
    'receiver-threads=1',
    'distributor-threads=1',
    'webserver=yes',
    'webserver-address=127.0.0.1',
    `webserver-port=${apiPort}`,
    'webserver-allow-from=127.0.0.0/8',
    'api=yes',
    `api-key=${apiKey}`,
    '',
  ].join('\n');
}

function rrset(record: ZoneRecord) {
  const { name, type, ttl, values } = record;
  return { name: dotted(name), type, ttl, records: values.map((value) => ({ content: zoneFileValue(record, value) })) };
}
