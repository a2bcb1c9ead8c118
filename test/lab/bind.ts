/**
 * BIND as an authoritative server, in two parts: a primary that takes signed updates (RFC 2136, TSIG), and a secondary that can
 * be made to lag. A lagging secondary looks for its primary at a closed port: it goes on answering what it has, with AA.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import type { UnpackedPackages } from './debian-packages';
import { lookAt } from './dns-look';
import { freePort, freePorts } from './free-ports';
import type { ServerProcess, ServerRoom } from './server-room';
import { type ZoneRecord, zoneFileValue } from './zone';

export const BIND_PACKAGES = ['bind9', 'bind9-utils'];

export interface TsigKey {
  readonly name: string;
  readonly algorithm: 'hmac-sha256';
  /** Base64. */
  readonly secret: string;
}

export interface BindPrimary {
  readonly address: ServerAddress;
  readonly zone: string;
  /** The only key that may update the zone. */
  readonly key: TsigKey;
  readonly process: ServerProcess;
}

export interface BindSecondary {
  readonly address: ServerAddress;
  readonly process: ServerProcess;
  lagging(): boolean;
  /** From now on no change of the primary reaches it. */
  lag(): Promise<void>;
  /** Fetches what it has missed; resolves once it has been told to, not once it has it. */
  catchUp(): Promise<void>;
}

export async function startBindPrimary(
  room: ServerRoom,
  packages: UnpackedPackages,
  zone: string,
  records: readonly ZoneRecord[],
): Promise<BindPrimary> {
  const key: TsigKey = { name: 'cutover-key', algorithm: 'hmac-sha256', secret: randomBytes(32).toString('base64') };
  const bind = await prepareBind(room, packages, 'bind-primary');
  await writeFile(join(bind.folder, 'zone'), `${records.flatMap(zoneLines).join('\n')}\n`);
  const zones = [
    `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };`,
    `zone "${zone}" { type primary; file "zone"; allow-update { key "${key.name}"; }; };`,
  ];
  await bind.configure(['recursion no;'], zones);
  const process = await bind.start('BIND primary', zone);
  return { address: bind.address, zone, key, process };
}

export async function startBindSecondary(
  room: ServerRoom,
  packages: UnpackedPackages,
  address: ServerAddress,
  zones: readonly string[],
  primary: ServerAddress,
): Promise<BindSecondary> {
  const bind = await prepareBind(room, packages, 'bind-secondary', address.port);
  const nobody = await freePort();
  const follow = (port: number): Promise<void> =>
    bind.configure(
      ['recursion no;', 'min-refresh-time 1;', 'min-retry-time 1;', 'transfer-source 127.0.0.1;'],
      zones.map((zone) => `zone "${zone}" { type secondary; file "${zone}"; primaries { 127.0.0.1 port ${port}; }; };`),
    );
  await follow(primary.port);
  const process = await bind.start('BIND secondary', zones[0] ?? '.');
  let lagging = false;
  return {
    address,
    process,
    lagging: () => lagging,
    async lag() {
      await follow(nobody);
      await bind.rndc('reconfig');
      lagging = true;
    },
    async catchUp() {
      await follow(primary.port);
      await bind.rndc('reconfig');
      for (const zone of zones) await bind.rndc('retransfer', zone);
      lagging = false;
    },
  };
}

/** A BIND of its own folder, with a control channel; what makes it a server of a kind is configured by the caller. */
export interface PreparedBind {
  readonly folder: string;
  readonly address: ServerAddress;
  configure(options: readonly string[], rest: readonly string[]): Promise<void>;
  /** Once it gives an answer for `zone`. */
  start(name: string, zone: string): Promise<ServerProcess>;
  rndc(...words: readonly string[]): Promise<string>;
}

export async function prepareBind(
  room: ServerRoom,
  packages: UnpackedPackages,
  name: string,
  wantedPort?: number,
): Promise<PreparedBind> {
  const folder = join(room.folder, name);
  await mkdir(folder);
  const [control = 0, free = 0] = await freePorts(2);
  const port = wantedPort ?? free;
  const address: ServerAddress = { address: '127.0.0.1', port };
  const key = `key "rndc" { algorithm hmac-sha256; secret "${randomBytes(32).toString('base64')}"; };`;
  await writeFile(join(folder, 'rndc.key'), `${key}\n`);
  return {
    folder,
    address,
    async configure(options, rest) {
      const lines = [
        key,
        `controls { inet 127.0.0.1 port ${control} allow { 127.0.0.1; } keys { "rndc"; }; };`,
        `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };`,
        'pid-file none; session-keyfile none; lock-file none; managed-keys-directory ".";',
        'query-source address 127.0.0.1; notify no; dnssec-validation no; empty-zones-enable no; minimal-responses yes;',
        ...options,
        '};',
        ...rest,
        '',
      ];
      await writeFile(join(folder, 'named.conf'), lines.join('\n'));
    },
    start: (title, zone) =>
      room.start({
        name: title,
        program: packages.program('named'),
        args: ['-g', '-n', '1', '-c', join(folder, 'named.conf')],
        env: packages.env,
        answers: async () => (await lookAt(address, zone, 'SOA')).rcode === 'NOERROR',
      }),
    rndc: (...words) =>
      room.run(
        packages.program('rndc'),
        ['-s', '127.0.0.1', '-p', String(control), '-k', join(folder, 'rndc.key'), ...words],
        packages.env,
      ),
  };
}

function zoneLines(record: ZoneRecord): readonly string[] {
  const { name, type, ttl, values } = record;
  return values.map((value) => `${name}. ${ttl} IN ${type} ${zoneFileValue(record, value)}`);
}
