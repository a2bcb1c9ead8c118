/**
 * Four caching resolvers that differ as those of real sites do. All of them ask the given authoritative servers, by address and
 * port, for the given zones, and nobody else for anything: what goes out, goes out from 127.0.0.1.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import { prepareBind } from './bind';
import type { UnpackedPackages } from './debian-packages';
import { lookAt } from './dns-look';
import { freePort } from './free-ports';
import type { ServerProcess, ServerRoom } from './server-room';
import { until } from './until';

export const RESOLVER_PACKAGES = ['unbound', 'dnsdist', 'bind9', 'bind9-utils'];

const FLUSH_MS = 10_000;

export interface CachingResolver {
  readonly address: ServerAddress;
  /** The caches themselves, in real time: of a pool those behind its address, else that address alone. */
  readonly caches: readonly ServerAddress[];
  /** More than one for a pool. */
  readonly processes: readonly ServerProcess[];
  /** Forgets everything that it keeps, as its operators would make it. */
  flush(): Promise<void>;
}

export interface ResolverNeeds {
  readonly room: ServerRoom;
  readonly packages: UnpackedPackages;
  readonly zones: readonly string[];
  readonly authorities: readonly ServerAddress[];
}

/** Shows every record for its TTL and not longer (unbound). */
export function startHonest(needs: ResolverNeeds): Promise<CachingResolver> {
  return startUnbound(needs, 'honest', []);
}

/** Keeps every record for `floorSeconds` at least, and shows that as its TTL (unbound). */
export function startFloor(needs: ResolverNeeds, floorSeconds: number): Promise<CachingResolver> {
  return startUnbound(needs, 'floor', [`cache-min-ttl: ${floorSeconds}`]);
}

/**
 * Answers at once with a record that has expired, with a TTL of `staleTtl` seconds and extended error 3, and looks for the new
 * one meanwhile (BIND with stale-answer-client-timeout 0; RFC 8767).
 */
export async function startStale(needs: ResolverNeeds, staleTtl: number): Promise<CachingResolver> {
  const bind = await prepareBind(needs.room, needs.packages, 'stale');
  const to = needs.authorities.map(({ address, port }) => `${address} port ${port};`).join(' ');
  await bind.configure(
    [
      'recursion yes; forward only; prefetch 0;',
      `forwarders { ${to} };`,
      'stale-cache-enable yes; stale-answer-enable yes; stale-answer-client-timeout 0;',
      `max-stale-ttl 3600; stale-answer-ttl ${staleTtl};`,
    ],
    [],
  );
  const process = await bind.start('serve-stale resolver', needs.zones[0] ?? '.');
  return {
    address: bind.address,
    caches: [bind.address],
    processes: [process],
    async flush() {
      await bind.rndc('flush');
    },
  };
}

/** One address (dnsdist) before `caches` caches (unbound), which take turns: their entries expire at moments of their own. */
export async function startPool(needs: ResolverNeeds, caches: number): Promise<CachingResolver> {
  const members = await Promise.all(Array.from({ length: caches }, (_, i) => startUnbound(needs, `pool-${i + 1}`, [])));
  const port = await freePort();
  const address: ServerAddress = { address: '127.0.0.1', port };
  const file = join(needs.room.folder, 'dnsdist.conf');
  const lines = [
    `setLocal('127.0.0.1:${port}')`,
    "setACL({'127.0.0.0/8'})",
    // Else it asks the vendor's servers about its own version.
    "setSecurityPollSuffix('')",
    'setServerPolicy(roundrobin)',
    ...members.map(({ address: to }) => `newServer({address='${to.address}:${to.port}', source='127.0.0.1'}):setUp()`),
    '',
  ];
  await writeFile(file, lines.join('\n'));
  const front = await needs.room.start({
    name: 'pool',
    program: needs.packages.program('dnsdist'),
    args: ['--supervised', '--disable-syslog', '-C', file],
    env: needs.packages.env,
    answers: async () => (await lookAt(address, needs.zones[0] ?? '.', 'SOA')).rcode === 'NOERROR',
  });
  return {
    address,
    caches: members.map((member) => member.address),
    processes: [front, ...members.flatMap(({ processes }) => processes)],
    async flush() {
      await Promise.all(members.map((member) => member.flush()));
    },
  };
}

async function startUnbound(
  { room, packages, zones, authorities }: ResolverNeeds,
  name: string,
  more: readonly string[],
): Promise<CachingResolver> {
  const folder = join(room.folder, name);
  await mkdir(folder);
  const port = await freePort();
  const address: ServerAddress = { address: '127.0.0.1', port };
  const servers = authorities.map(({ address: to, port: at }) => `  stub-addr: ${to}@${at}`);
  const lines = [
    'server:',
    ...[
      `directory: "${folder}"`,
      'chroot: ""',
      'username: ""',
      'pidfile: ""',
      'use-syslog: no',
      'verbosity: 1',
      'num-threads: 1',
      'interface: 127.0.0.1',
      `port: ${port}`,
      'access-control: 127.0.0.0/8 allow',
      'outgoing-interface: 127.0.0.1',
      'do-ip6: no',
      'do-not-query-localhost: no',
      'module-config: "iterator"',
      'infra-host-ttl: 5',
      ...more,
    ].map((line) => `  ${line}`),
    'remote-control:',
    '  control-enable: no',
    ...zones.flatMap((zone) => ['stub-zone:', `  name: "${zone}"`, ...servers]),
    // Everything else is refused by the authorities instead of looked up in the world.
    'stub-zone:',
    '  name: "."',
    ...servers,
    '',
  ];
  const file = join(folder, 'unbound.conf');
  await writeFile(file, lines.join('\n'));
  const process = await room.start({
    name: `${name} resolver`,
    program: packages.program('unbound'),
    args: ['-d', '-p', '-c', file],
    env: packages.env,
    answers: async () => (await lookAt(address, zones[0] ?? '.', 'SOA')).rcode === 'NOERROR',
  });
  return { address, caches: [address], processes: [process], flush: () => emptyUnbound(process) };
}

/** unbound reads its configuration anew and begins with an empty cache; it says when it has. */
async function emptyUnbound(unbound: ServerProcess): Promise<void> {
  const starts = (): number => unbound.output().split('start of service').length;
  const before = starts();
  process.kill(unbound.pid, 'SIGHUP');
  if (!(await until(async () => starts() > before, FLUSH_MS)))
    throw new Error(`${unbound.name} was not emptied. It said:\n${unbound.output()}`);
}
