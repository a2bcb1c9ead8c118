import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface SandboxArguments {
  readonly auto: boolean;
  readonly faults: readonly string[];
  readonly site: string;
  readonly speed: number;
  readonly port: number;
  readonly seed: number;
  readonly only: 'twin' | 'slack' | 'redis' | null;
  readonly socket: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run sandbox -- [options]

  --auto          plays operator and approvers, prints the thread as it grows, then the ledger; ends 0 when the wave ended as it should
  --fault NAME    switches a fault on (again for more): ${'{faults}'}
  --site NAME     site-a (240 agents), site-b (8 agents), site-c (its clocks change during the cutover),
                  site-d (40 agents, on NICE CXone)
  --speed N       sandbox seconds in a second while nothing is waited for (default 120)
  --port N        port of the workspace page (default 4180; any free one with --auto)
  --seed N        of the world's chances (default 1)
  --socket        the bot uses Socket Mode instead of HTTP
  --only PART     starts twin, slack or redis alone and writes the settings by which a bot reaches it
`;

/** The command line, or every mistake in it. */
export function readArguments(
  argv: readonly string[],
  knownFaults: readonly string[],
):
  | { readonly ok: true; readonly value: SandboxArguments }
  | { readonly ok: false; readonly faults: readonly string[] } {
  let values: Record<string, unknown>;
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        auto: { type: 'boolean' },
        fault: { type: 'string', multiple: true },
        site: { type: 'string' },
        speed: { type: 'string' },
        port: { type: 'string' },
        seed: { type: 'string' },
        only: { type: 'string' },
        socket: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    return { ok: false, faults: [cause instanceof Error ? cause.message : String(cause)] };
  }
  const wrong: string[] = [];
  const number = (name: string, standard: number, least: number, most: number): number => {
    if (values[name] === undefined) return standard;
    const value = Number(values[name]);
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    wrong.push(`--${name} takes a number from ${least} to ${most}, not "${values[name]}"`);
    return standard;
  };
  const faults = (values.fault as string[] | undefined) ?? [];
  for (const fault of faults)
    if (!knownFaults.includes(fault)) wrong.push(`there is no fault "${fault}"; there are ${knownFaults.join(', ')}`);
  const only = (values.only as string | undefined) ?? null;
  if (only !== null && !['twin', 'slack', 'redis'].includes(only))
    wrong.push(`--only takes twin, slack or redis, not "${only}"`);
  const site = (values.site as string | undefined) ?? 'site-a';
  if (!/^[a-z0-9][a-z0-9-]*$/.test(site)) wrong.push(`--site takes the name of a file in sites/, not "${site}"`);
  const auto = values.auto === true;
  const value: SandboxArguments = {
    auto,
    faults,
    site,
    speed: number('speed', 120, 1, 5_000),
    port: number('port', auto ? 0 : 4180, 0, 65_535),
    seed: number('seed', 1, 0, 2 ** 31),
    only: only as SandboxArguments['only'],
    socket: values.socket === true,
    help: values.help === true,
  };
  return wrong.length > 0 ? { ok: false, faults: wrong } : { ok: true, value };
}

export const PROJECT = resolve(__dirname, '..');
