/**
 * A Kamailio as the SIP gateway of a site: it answers OPTIONS, takes REGISTERs up to a limit a second and refuses the rest with
 * 503 and Retry-After, over UDP, TCP and TLS. On standby it refuses everything that way. All of it can be changed while it runs.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import type { UnpackedPackages } from './debian-packages';
import { freePorts } from './free-ports';
import type { GatewayCertificate } from './private-authority';
import type { ServerProcess, ServerRoom } from './server-room';

export const KAMAILIO_PACKAGES = ['kamailio', 'kamailio-tls-modules'];

export interface SipGatewayOptions {
  readonly name: string;
  readonly certificate: GatewayCertificate;
  /** REGISTERs taken in one second of the clock; null: any number. */
  readonly registersPerSecond: number | null;
  /** In every 503, seconds. */
  readonly retryAfterSeconds: number;
  readonly standby: boolean;
}

export interface RegistrationCounts {
  /** REGISTERs that were answered 200, repeated ones included. */
  readonly accepted: number;
  /** REGISTERs that were answered 503. */
  readonly refused: number;
  /** Endpoints that are registered now. */
  readonly endpoints: number;
}

export interface SipGateway {
  /** UDP and TCP. */
  readonly address: ServerAddress;
  readonly tls: ServerAddress;
  readonly process: ServerProcess;
  setStandby(standby: boolean): Promise<void>;
  /** Null: any number. */
  setRegistrationLimit(perSecond: number | null): Promise<void>;
  setRetryAfter(seconds: number): Promise<void>;
  counts(): Promise<RegistrationCounts>;
  /** Names of the endpoints that are registered now. */
  registered(): Promise<ReadonlySet<string>>;
  /** REGISTERs that came in, refused ones included, by epoch second; of the last hour. */
  registersBySecond(): Promise<ReadonlyMap<number, number>>;
}

const NO_LIMIT = 1_000_000;

export async function startKamailio(
  room: ServerRoom,
  packages: UnpackedPackages,
  options: SipGatewayOptions,
): Promise<SipGateway> {
  const folder = join(room.folder, options.name);
  await mkdir(folder);
  const [port = 0, tlsPort = 0] = await freePorts(2);
  const control = `unix:${join(folder, 'control')}`;
  const file = join(folder, 'kamailio.cfg');
  await writeFile(file, configuration(packages, options, folder, control, port, tlsPort));
  await writeFile(join(folder, 'tls.cfg'), tlsConfiguration(options.certificate));
  const command = (...words: readonly string[]): Promise<string> =>
    room.run(packages.program('kamcmd'), ['-s', control, ...words], packages.env);
  const set = async (key: string, value: number): Promise<void> => {
    await command('htable.seti', 'lab', key, String(value));
  };
  const get = async (key: string): Promise<number> =>
    Number(/value: (\d+)/.exec(await command('htable.get', 'lab', key))?.[1]);

  const process = await room.start({
    name: options.name,
    program: packages.program('kamailio'),
    args: [
      '-DD',
      '-E',
      '-Y',
      folder,
      '-f',
      file,
      '-L',
      packages.libraryFolder('kamailio/modules'),
      '-m',
      '32',
      '-M',
      '8',
    ],
    env: packages.env,
    answers: async () => (await command('core.uptime')).includes('uptime'),
  });
  return {
    address: { address: '127.0.0.1', port },
    tls: { address: '127.0.0.1', port: tlsPort },
    process,
    setStandby: (standby) => set('standby', standby ? 1 : 0),
    setRegistrationLimit: (perSecond) => set('limit', perSecond ?? NO_LIMIT),
    setRetryAfter: (seconds) => set('retry', seconds),
    async counts() {
      const statistics = await command('stats.get_statistics', 'registered_users');
      return {
        accepted: await get('accepted'),
        refused: await get('refused'),
        endpoints: Number(/registered_users = (\d+)/.exec(statistics)?.[1]),
      };
    },
    async registered() {
      const dump = await command('ul.dump', 'brief');
      return new Set([...dump.matchAll(/AoR: ([^\s@]+)/g)].flatMap(([, name]) => name ?? []));
    },
    async registersBySecond() {
      const dump = await command('htable.dump', 'second');
      const entries = [...dump.matchAll(/name: (\d+)\s+value: (\d+)/g)];
      return new Map(entries.map(([, second, count]): [number, number] => [Number(second), Number(count)]));
    },
  };
}

function configuration(
  packages: UnpackedPackages,
  options: SipGatewayOptions,
  folder: string,
  control: string,
  port: number,
  tlsPort: number,
): string {
  const start = {
    standby: options.standby ? 1 : 0,
    limit: options.registersPerSecond ?? NO_LIMIT,
    retry: options.retryAfterSeconds,
    accepted: 0,
    refused: 0,
  };
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=2
tcp_children=2
socket_workers=1
enable_tls=yes
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
listen=tls:127.0.0.1:${tlsPort}
mpath="${packages.libraryFolder('kamailio/modules')}/"
${[
  'kex',
  'corex',
  'pv',
  'sl',
  'textops',
  'siputils',
  'maxfwd',
  'usrloc',
  'registrar',
  'htable',
  'ctl',
  'counters',
  'tls',
]
  .map((module) => `loadmodule "${module}.so"`)
  .join('\n')}
modparam("ctl", "binrpc", "${control}")
modparam("tls", "config", "${join(folder, 'tls.cfg')}")
modparam("usrloc", "db_mode", 0)
modparam("htable", "htable", "lab=>size=4;initval=0;")
modparam("htable", "htable", "second=>size=8;initval=0;autoexpire=3600;")

event_route[htable:mod-init] {
${Object.entries(start)
  .map(([key, value]) => `  $sht(lab=>${key}) = ${value};`)
  .join('\n')}
}

request_route {
  if (is_method("REGISTER")) {
    $var(count) = $shtinc(second=>$Ts);
    if ($sht(lab=>standby) == 1 || $var(count) > $sht(lab=>limit)) {
      $var(refused) = $shtinc(lab=>refused);
      route(REFUSE);
    }
    if (save("location")) {
      $var(accepted) = $shtinc(lab=>accepted);
    }
    exit;
  }
  if ($sht(lab=>standby) == 1) route(REFUSE);
  if (is_method("OPTIONS")) {
    append_to_reply("Allow: OPTIONS, REGISTER\\r\\nAccept: application/sdp\\r\\n");
    sl_send_reply("200", "OK");
    exit;
  }
  sl_send_reply("405", "Method Not Allowed");
}

route[REFUSE] {
  append_to_reply("Retry-After: $sht(lab=>retry)\\r\\n");
  sl_send_reply("503", "Service Unavailable");
  exit;
}
`;
}

function tlsConfiguration({ certificateFile, keyFile }: GatewayCertificate): string {
  const common = 'method = TLSv1.2+\nverify_certificate = no\nrequire_certificate = no\n';
  return `[server:default]\n${common}certificate = ${certificateFile}\nprivate_key = ${keyFile}\n[client:default]\n${common}`;
}
