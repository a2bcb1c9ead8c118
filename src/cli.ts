import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command } from 'commander';
import { answerTo, readText } from '../commands';
import { plainText } from '../templates/plain';
import { createLog } from './adapters/log';
import { auditFile } from './audit-file';
import { compose, openStore, type Product } from './compose';
import { userId, waveId } from './core/ids';
import { doctor } from './doctor';
import { lint } from './lint';
import { type Part, start } from './main';
import { formatFaults } from './parse/parse-fault';
import { isUserId } from './parse/people';
import { Fault } from './ports/fault';
import { probe } from './probe';
import { readProbeSettings, readSettings, Unusable } from './read-settings';

const CONFIG = [
  '-c, --config <file>',
  'settings file, before the environment; may be repeated, the last one counts',
] as const;
const collected = (file: string, files: readonly string[]): readonly string[] => [...files, file];

const program = new Command('cutover')
  .description('Takes a contact-centre site from legacy telephony to Genesys Cloud, and back when it must.')
  .option(...CONFIG, collected, [])
  .configureHelp({ sortSubcommands: false });

program
  .command('start')
  .description('run the bot and the worker')
  .option(...CONFIG, collected, [])
  .option('--only <part>', 'bot or worker alone')
  .action(async (options: { config: readonly string[]; only?: string }) => {
    const part = options.only ?? 'all';
    if (!['all', 'bot', 'worker'].includes(part)) return fail(`--only takes bot or worker, not "${part}".`);
    const settings = await readSettings([...configOf(), ...options.config], process.env);
    await start(settings, createLog(settings.logLevel), part as Part);
    process.exit(0);
  });

program
  .command('probe')
  .description("answer the bot's signed questions about DNS and SIP from inside a site's network")
  .option(...CONFIG, collected, [])
  .action(async (options: { config: readonly string[] }) => {
    const settings = await readProbeSettings([...configOf(), ...options.config], process.env);
    await probe(settings, createLog(settings.logLevel));
    process.exit(0);
  });

program
  .command('lint <file>')
  .description('check a site file, a recipe or a wave document')
  .option('--site <file>', 'site file that a wave document or recipe is meant for')
  .action(async (file: string, options: { site?: string }) => {
    const found = await lint(file, options.site ?? null);
    for (const line of found.lines) say(line);
    process.exitCode = found.ok ? 0 : 1;
  });

program
  .command('plan <site>')
  .description('show the exact changes that a wave would make; nothing is written')
  .option('--from <name>', 'another recipe or wave document')
  .action((site: string, options: { from?: string }) =>
    asPerson(`plan ${site}${options.from ? ` from ${options.from}` : ''}`, null),
  );

program
  .command('status [site]')
  .description('where the waves stand')
  .action((site?: string) => asPerson(site ? `status ${site}` : 'status', null));

program
  .command('run <words...>')
  .description('any verb of /cutover without Slack, for example: run --as U0123 pause site-a')
  .requiredOption('--as <user>', 'your Slack user id: the same rights as in Slack')
  .action(async (words: string[], options: { as: string }) =>
    isUserId(options.as)
      ? asPerson(words.join(' '), options.as)
      : fail('--as takes the id of a Slack user (U... or W...), which the profile shows under "Copy member ID".'),
  );

const audit = program.command('audit').description('the audit log of a wave');

audit
  .command('export <wave>')
  .description('the whole log, one JSON line an event, on standard output')
  .action((wave: string) =>
    withProduct(async ({ room }) => {
      const log = await room.engine.log.read(waveId(wave));
      if (log.length === 0) return fail(`There is no wave ${wave}.`);
      for (const entry of log) process.stdout.write(`${JSON.stringify(entry)}\n`);
    }),
  );

audit
  .command('verify <file>')
  .description('check an exported log offline; names the first entry that was changed, removed, reordered or added')
  .option('--head <mark>', 'the last mark that the thread shows: proves the end as well')
  .action(async (file: string, options: { head?: string }) => {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) return fail(`${file} cannot be read.`);
    const report = auditFile(text, basename(file), options.head ?? null);
    if (!report.ok) return fail(report.lines.join('\n'));
    for (const line of report.lines) say(line);
  });

program
  .command('doctor [site]')
  .description('the preflight of one site or of all: every system, what is found, what is wanted, what to do')
  .action((site?: string) =>
    withProduct(async (product) => {
      if (site !== undefined && !(await product.room.library.siteNames()).includes(site))
        return fail(`There is no site ${site}.`);
      const report = await doctor(product, site ?? null, progress);
      for (const line of report.lines) say(line);
      process.exitCode = report.ok ? 0 : 1;
    }),
  );

/** One verb with the engine of the bot. Reading needs no name; whatever steers a wave is refused without one. */
function asPerson(text: string, user: string | null): Promise<void> {
  return withProduct(async ({ room }) => {
    const parsed = await readText(room, text);
    if (!parsed.ok) return fail(formatFaults(parsed.faults).join('\n'));
    const answer = await answerTo(room, { user: userId(user ?? 'U0NOBODY'), via: 'cli' }, parsed.value);
    (answer.refused ? fail : say)(plainText(answer));
  });
}

async function withProduct(work: (product: Product) => Promise<void>): Promise<void> {
  const settings = await readSettings(configOf(), process.env);
  const log = createLog(settings.logLevel);
  const product = compose(settings, log);
  try {
    await openStore(product, log);
    await work(product);
  } finally {
    await product.stop();
  }
}

const configOf = (): readonly string[] => program.opts<{ config: readonly string[] }>().config;
/** For whoever waits at a terminal; what is printed goes elsewhere. */
const progress = (line: string): void => void (process.stderr.isTTY && process.stderr.write(`${line}\n`));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function fail(line: string): void {
  process.stderr.write(`${line}\n`);
  process.exitCode = 1;
}

program.parseAsync().catch((cause: unknown) => {
  if (cause instanceof Unusable || cause instanceof Fault) fail(cause.message);
  else
    fail(
      `cutover failed by its own mistake: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
    );
  process.exit(process.exitCode ?? 1);
});
