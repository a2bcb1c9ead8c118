/**
 * The command line: what commander and the commands make of words, in this process, and one in a hundred as a process of
 * its own. Words that end well by chance (`status`, `run help`) are no bad input; those that fail say why, in a sentence.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { OUTSIDER } from '../../sandbox/people';
import { cutover } from '../support/cutover-process';
import { type Entrance, refused, type Taken, VALID, Wrong } from './entrance';
import type { House } from './house';
import { nastyText, woundedText } from './wounds';

interface Input {
  readonly words: readonly string[];
  readonly alone: boolean;
}

const CLI = require.resolve('../../src/cli.ts');

export function throughCommandLine(house: House): Entrance<Input> {
  const config = join(house.sandbox.folder, 'door.yaml');
  // No word that begins a bot, a probe, or a look at every system.
  const word = nastyText
    .filter((text) => !/^(-h|--help|help|start|probe)$/.test(text))
    .map((text) => text.replaceAll('\u0000', ''));
  const noFile = fc
    .oneof(word, fc.constantFrom('/nonexistent', '/dev/null', '/', '.', '/proc/self/mem/x', '-'))
    .map((text) => (text === '' ? '/' : text));
  const siteless = word.filter((text) => !/site-/i.test(text));
  const verbs = fc.constantFrom('pause', 'resume', 'retry', 'skip', 'abort', 'rollback', 'waive');
  const orders: fc.Arbitrary<readonly string[]> = fc.oneof(
    fc.array(siteless, { minLength: 1, maxLength: 4 }),
    fc
      .tuple(
        fc.constantFrom('status', 'plan', 'doctor'),
        siteless.filter((text) => text !== ''),
      )
      .map((all) => all),
    fc.tuple(fc.constantFrom('lint'), noFile),
    fc.tuple(
      fc.constantFrom('lint'),
      fc.constant('sites/site-b.yaml'),
      fc.constantFrom('--sites', '--from', '-x', '--site'),
    ),
    fc.tuple(
      fc.constantFrom('start'),
      fc.constant('--only'),
      word.filter((text) => !['all', 'bot', 'worker'].includes(text)),
    ),
    fc.tuple(fc.constant('run'), fc.constant('--as'), word, verbs, fc.constant('site-b')),
    fc.tuple(fc.constant('run'), fc.constant('--as'), fc.constant(OUTSIDER), verbs, fc.constant('site-b'), word),
    fc.tuple(
      fc.constant('run'),
      fc.constant('--as'),
      fc.constant('U0NOBODY'),
      fc.constantFrom('pause site-b', 'abort site-b x').chain(woundedText),
    ),
    fc.tuple(fc.constant('run'), verbs, fc.constant('site-b')),
    fc.tuple(fc.constant('audit'), fc.constantFrom('export', 'thread', 'verify', 'archive', 'destroy'), siteless),
    fc.tuple(
      fc.constant('audit'),
      fc.constant('verify'),
      fc.constantFrom('README.md', 'package.json', 'site-z-wave-1', 'site-b-wave-01'),
      fc.constantFrom('--head', '--thread', '--public-key'),
      noFile,
    ),
    fc.tuple(
      fc.constant('audit'),
      fc.constant('archive'),
      fc.constant('--older-than'),
      word,
      fc.constant('--to'),
      noFile,
    ),
    fc.tuple(
      fc.constantFrom('-c', '--config'),
      fc.constantFrom('/nonexistent', 'README.md', 'package.json', '/dev/null', '/'),
      fc.constantFrom('status', 'plan', 'doctor', 'probe', 'start'),
      fc.constant('site-b'),
    ),
    fc.tuple(fc.constant('status'), fc.constant('site-b'), word, word),
  );
  const inputs = fc.record({ words: orders, alone: fc.integer({ min: 0, max: 99 }).map((n) => n === 7) });

  return {
    name: 'command line',
    inputs,
    // Standard output and the arguments are the process's own.
    atOnce: 1,
    batch: 200,
    take: async ({ words, alone }) => {
      const args = words.includes('-c') || words.includes('--config') ? words : ['-c', config, ...words];
      const { code, out, err } = alone ? await cutover(args) : await inThisProcess(args);
      return judged(code, out, err);
    },
    show: (input) => JSON.stringify(input),
    untouched: house.untouched,
    stillWorks: async () => {
      const { code, out } = await inThisProcess(['-c', config, 'status', 'site-b']);
      if (code !== 0 || !out.includes('site-b-wave-1')) throw new Wrong(`a good command ended with ${code}: ${out}`);
    },
    close: async () => undefined,
    secrets: house.secrets,
  };
}

function judged(code: number | string, out: string, err: string): Taken {
  if (code === 0) return VALID;
  if (typeof code !== 'number') throw new Wrong(`the process was ended by ${code}: ${err.slice(0, 500)}`);
  if (/own mistake/.test(err)) throw new Wrong(`its own mistake: ${err.slice(0, 800)}`);
  // `lint` and `audit` say on standard output what they found.
  return refused((err === '' ? out : err).replace(/^\{.*\}$/gm, '').trim() || out);
}

class Ended extends Error {}

/** The product's own file once more, with other arguments. It ends a process only once. */
async function inThisProcess(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { argv, exit, exitCode } = process;
  const written = { out: '', err: '' };
  const [stdout, stderr] = [process.stdout.write, process.stderr.write];
  let code: number | null = null;
  process.argv = [process.execPath, CLI, ...args];
  process.exitCode = undefined;
  const taken = (to: 'out' | 'err') =>
    ((text: string | Uint8Array, ...rest: readonly unknown[]) => {
      if (code === null) written[to] += String(text);
      const done = rest.find((each) => typeof each === 'function');
      if (typeof done === 'function') done();
      return true;
    }) as typeof process.stdout.write;
  process.stdout.write = taken('out');
  process.stderr.write = taken('err');
  process.exit = ((how?: number) => {
    if (code !== null) return;
    code = how ?? Number(process.exitCode ?? 0);
    throw new Ended();
  }) as typeof process.exit;
  try {
    delete require.cache[CLI];
    const { done } = require('../../src/cli.ts') as { readonly done: Promise<unknown> };
    await done;
  } catch (cause) {
    if (!(cause instanceof Ended)) throw cause;
  } finally {
    code ??= Number(process.exitCode ?? 0);
    Object.assign(process, { argv, exit, exitCode });
    process.stdout.write = stdout;
    process.stderr.write = stderr;
  }
  return { code, ...written };
}
