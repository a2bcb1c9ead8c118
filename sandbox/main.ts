import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { playWave, textOf } from './auto';
import { judge } from './judgement';
import { only } from './only';
import { PROJECT, readArguments, type SandboxArguments, USAGE } from './options';
import { PEOPLE } from './people';
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox';
import type { StoredMessage } from './slack/workspace';
import { FAULTS } from './twin/model/faults';
import { formatLedger } from './twin/twin';

async function main(): Promise<number> {
  const names = FAULTS.map(({ name }) => name);
  const read = readArguments(process.argv.slice(2), names);
  if (!read.ok) {
    process.stderr.write(`${read.faults.join('\n')}\n\n${USAGE.replace('{faults}', names.join(', '))}`);
    return 2;
  }
  if (read.value.help) {
    process.stdout.write(USAGE.replace('{faults}', names.join(', ')));
    return 0;
  }
  const options = optionsFor(read.value);
  const sites = siteNames(options.sitesDir);
  if (!sites.includes(read.value.site)) {
    process.stderr.write(`There is no site "${read.value.site}"; there are ${sites.join(', ')}.\n`);
    return 2;
  }
  if (read.value.only) return only(read.value.only, options);
  const sandbox = await startSandbox(options);
  const stop = stopOnSignals(() => sandbox.close());
  try {
    await sandbox.startBot();
    return await (read.value.auto ? auto(sandbox, read.value) : byHand(sandbox, stop));
  } finally {
    await sandbox.close();
  }
}

export function optionsFor(
  args: Pick<SandboxArguments, 'auto' | 'site' | 'speed' | 'port' | 'seed' | 'faults' | 'socket'>,
): SandboxOptions {
  return {
    site: args.site,
    speed: args.speed,
    port: args.port,
    seed: args.seed,
    faults: args.faults,
    socketMode: args.socket,
    peopleDecide: !args.auto,
    sitesDir: join(PROJECT, 'sites'),
    recipesDir: join(PROJECT, 'templates', 'waves'),
    say,
  };
}

function siteNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.replace(/\.yaml$/, ''))
    .sort();
}

async function auto(sandbox: Sandbox, args: SandboxArguments): Promise<number> {
  const before = sandbox.twin.snapshot(args.site);
  const faults = args.faults.length > 0 ? ` with ${args.faults.join(', ')}` : '';
  say(`A whole cutover of ${args.site}${faults}; everybody is played, nothing leaves this machine.\n`);
  printThread(sandbox);
  const seen = await playWave(sandbox, { site: args.site, say });
  const judged = await judge(sandbox, args.site, args.faults, seen, before);
  say(`\n${formatLedger(sandbox.twin.ledger())}\n`);
  for (const { good, text } of judged.findings) say(`${good ? '✓' : '✗'} ${text}`);
  say(
    `\n${judged.good ? 'As it should be' : 'NOT as it should be'}: ${seen.wave ?? args.site} ${seen.status} after ${(seen.realMs / 1000).toFixed(1)} s.`,
  );
  return judged.good ? 0 : 1;
}

function printThread({ workspace, clock }: Sandbox): void {
  const names = new Map(PEOPLE.map(({ id, name }) => [id, name]));
  workspace.onMessage(({ kind, message }) => {
    if (kind !== 'posted') return;
    const who = names.get(message.user) ?? 'cutover';
    const time = new Date(clock.now()).toISOString().slice(0, 16).replace('T', ' ');
    say(`${time}  ${who}${message.thread_ts === null ? ' (channel)' : ''}\n${plain(message)}\n`);
  });
}

/** A message as a terminal can show it. */
function plain(message: StoredMessage): string {
  return textOf(message)
    .replace(/<!date\^(\d+)\^[^|>]*\|([^>]*)>/g, '$2')
    .replace(/<@(\w+)>/g, (_all, id: string) => `@${PEOPLE.find((person) => person.id === id)?.name ?? id}`)
    .replace(/<!subteam\^(\w+)[^>]*>/g, (_all, id: string) => `@${id}`)
    .replace(/<([^|>]+)\|([^>]+)>/g, '$2')
    .replace(/:(\w+):/g, (all, name: string) => EMOJI[name] ?? all)
    .replace(/[*`]/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

const EMOJI: Readonly<Record<string, string>> = {
  arrow_forward: '▶',
  checkered_flag: '🏁',
  clipboard: '📋',
  double_vertical_bar: '⏸',
  fast_forward: '⏩',
  hammer_and_wrench: '🛠',
  hourglass_flowing_sand: '⏳',
  leftwards_arrow_with_hook: '↩',
  lock: '🔒',
  mag: '🔍',
  memo: '📝',
  octagonal_sign: '🛑',
  pencil2: '✎',
  raised_hand: '✋',
  repeat: '🔁',
  rewind: '⏪',
  rotating_light: '🚨',
  thumbsup: '👍',
  unlock: '🔓',
  vertical_traffic_light: '🚦',
  warning: '⚠',
  white_check_mark: '✅',
  white_circle: '○',
  x: '❌',
};

async function byHand(sandbox: Sandbox, stopped: Promise<void>): Promise<number> {
  say(`
The workspace is open:  ${sandbox.workspace.url}

  1. You are Maria, a telephony engineer. Type   /cutover start site-a
  2. Follow the thread. When a gate opens, become Daniel (change board) and press Approve.
  3. Switch a fault on in the World strip, start again, and watch the bot hold or go back by itself.

Time stands nearly still while people are to decide. Ctrl-C ends everything.
Bot's log: ${sandbox.folder}/bot.log
By command line: npx cutover -c ${sandbox.config} status`);
  await stopped;
  return 0;
}

function stopOnSignals(close: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        resolve();
        void close().then(() => process.exit(signal === 'SIGINT' ? 130 : 143));
      });
    }
  });
}

function inWords(cause: unknown): string {
  const { code, port, message } = cause as { code?: unknown; port?: unknown; message?: unknown };
  if (code === 'EADDRINUSE') return `port ${port} is taken. \`--port N\` takes another, \`--port 0\` any free one.`;
  return typeof message === 'string' ? message : String(cause);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (require.main === module) {
  main().then(
    (code) => process.exit(code),
    (cause: unknown) => {
      process.stderr.write(
        `The sandbox could not go on: ${inWords(cause)}\nNothing of it is left running. \`npm run sandbox -- --help\` shows the options.\n`,
      );
      process.exit(1);
    },
  );
}
