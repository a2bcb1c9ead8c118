import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command } from 'commander';
import { answerTo, readText } from '../commands';
import { plainText } from '../templates/plain';
import { createLog } from './adapters/log';
import { archiveWaves } from './audit-archive';
import { type AuditReport, auditFile } from './audit-file';
import { restoreFile } from './audit-restore';
import { type AuditRoom, auditRoom, exportWave, takeThread, verifyWave } from './audit-wave';
import { compose, type Product } from './compose';
import { openStore } from './compose-store';
import { userId, waveId } from './core/ids';
import { doctor } from './doctor';
import { lint } from './lint';
import { type Part, start } from './main';
import { formatFaults } from './parse/parse-fault';
import { isUserId } from './parse/people';
import type { Settings } from './parse/settings';
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
  .description('the whole log in one file that stands alone, one JSON line an event and a manifest, on standard output')
  .action((wave: string) =>
    withAudit(async (room) => {
      const made = await exportWave(room, waveId(wave));
      if (!made) return fail(`There is no wave ${wave}.`);
      for (const line of made.lines) say(line);
      if (made.broken !== null) fail(`The log is NOT whole, so it has no manifest: ${made.broken}.`);
    }),
  );

audit
  .command('thread <wave>')
  .description('the thread of a wave as it stands in Slack, as JSON, on standard output')
  .action((wave: string) =>
    withAudit(async (room) => {
      const text = await takeThread(room, waveId(wave));
      return text === null ? fail(`There is no thread of ${wave}.`) : void process.stdout.write(text);
    }),
  );

audit
  .command('verify <what>')
  .description(
    'check an exported file offline, or log, state and thread of a wave where they are; names what was touched',
  )
  .option('--head <mark>', 'the last mark that the thread shows: proves the end as well')
  .option('--thread <file>', 'the thread as `audit thread` wrote it: proves every post and every event that it tells')
  .option('--public-key <file>', 'PEM of the public key of whoever is to have signed the file')
  .action(async (what: string, options: { head?: string; thread?: string; publicKey?: string }) => {
    const text = await readFile(what, 'utf8').catch(() => null);
    if (text === null && isWaveId(what))
      return withAudit(async (room) => {
        const report = await verifyWave(room, waveId(what));
        return report ? tellReport(report) : fail(`There is no wave ${what}.`);
      });
    const [thread, publicKey] = [await besides(options.thread), await besides(options.publicKey)];
    const unreadable = [text === null ? what : null, thread.unreadable, publicKey.unreadable].find(
      (each) => each !== null,
    );
    if (text === null || unreadable) return fail(`${unreadable} cannot be read.`);
    tellReport(
      auditFile(text, basename(what), options.head ?? null, {
        ...(thread.text === null ? {} : { thread: { text: thread.text, name: basename(options.thread ?? '') } }),
        ...(publicKey.text === null ? {} : { publicKey: publicKey.text }),
      }),
    );
  });

audit
  .command('restore <file>')
  .description(
    'put events that Redis has lost back from an exported log that still has them; the wave goes on where it was',
  )
  .requiredOption('--as <user>', 'your Slack user id: the same rights as in Slack')
  .action(async (file: string, options: { as: string }) => {
    if (!isUserId(options.as)) return fail('--as takes the id of a Slack user (U... or W...).');
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) return fail(`${file} cannot be read.`);
    return withProduct(async ({ room }) => {
      const { ok, line } = await restoreFile(room, text, basename(file), userId(options.as));
      (ok ? say : fail)(line);
    });
  });

audit
  .command('archive')
  .description(
    'take waves that ended long ago out of Redis: written, read back and verified first; without --remove it only says which',
  )
  .requiredOption('--older-than <days>', 'how long ago they ended, like 400d')
  .requiredOption('--to <folder>', 'an existing folder for the files')
  .option('--remove', 'do it')
  .option('--without-thread', 'Slack has the threads no more: keep the log alone')
  .action(async (options: { olderThan: string; to: string; remove?: true; withoutThread?: true }) => {
    const days = /^(\d{1,5})d$/.exec(options.olderThan)?.[1];
    if (days === undefined) return fail('--older-than takes a number of days, like 400d.');
    if (!(await stat(options.to).catch(() => null))?.isDirectory()) return fail(`${options.to} is no folder.`);
    const order = {
      olderThanMs: Number(days) * 24 * 60 * 60_000,
      folder: options.to,
      remove: options.remove === true,
      withoutThread: options.withoutThread === true,
    };
    return withAudit(async (room) => {
      if (!(await archiveWaves(room, order, say))) process.exitCode = 1;
    });
  });

program
  .command('doctor [site]')
  .description(
    'the preflight of one site or of all: every system, what is found, what is wanted, what to do; and what stands still',
  )
  .option('--repair', 'offer again what is lost on its way to a worker; touches no event and nothing outside')
  .action((site: string | undefined, options: { repair?: true }) =>
    withProduct(async (product) => {
      if (site !== undefined && !(await product.room.library.siteNames()).includes(site))
        return fail(`There is no site ${site}.`);
      const report = await doctor(product, site ?? null, progress, options.repair === true);
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

const withAudit = (work: (room: AuditRoom) => Promise<void>): Promise<void> =>
  withProduct((product, settings) => work(auditRoom(product, settings)));

const isWaveId = (text: string): boolean => /^[a-z0-9-]+-wave-\d+$/.test(text);

/** A file that an option names; nothing where it is not given. */
async function besides(path: string | undefined): Promise<{ text: string | null; unreadable: string | null }> {
  if (path === undefined) return { text: null, unreadable: null };
  const text = await readFile(path, 'utf8').catch(() => null);
  return { text, unreadable: text === null ? path : null };
}

function tellReport(report: AuditReport): void {
  if (report.ok) for (const line of report.lines) say(line);
  else fail(report.lines.join('\n'));
}

async function withProduct(work: (product: Product, settings: Settings) => Promise<void>): Promise<void> {
  const settings = await readSettings(configOf(), process.env);
  const log = createLog(settings.logLevel);
  const product = compose(settings, log);
  try {
    await openStore(product, log);
    await work(product, settings);
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

/** Resolves when the command is done, or has been refused, and all is said. */
export const done = program
  .parseAsync()
  .catch((cause: unknown) => {
    if (cause instanceof Unusable || cause instanceof Fault) fail(cause.message);
    else
      fail(
        `cutover failed by its own mistake: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
      );
    process.exitCode ||= 1;
  })
  .then(ended);

/** All is said. A call that a silent system has not answered yet would keep the process, and whoever waits for it. */
async function ended(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  process.exit();
}
