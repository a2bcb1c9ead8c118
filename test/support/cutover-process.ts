import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { CUTOVER } from '../../sandbox/bot-process';
import { PROJECT } from '../../sandbox/options';
import type { Sandbox } from '../../sandbox/sandbox';

export interface Said {
  /** The exit code; the signal's name when the process had to be ended. */
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

const LONGEST_MS = 25_000;

/**
 * The product's command line as a process of its own, with nothing of this environment's settings. `watch` hears all that
 * it has said so far, and may end it.
 */
export function cutover(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  watch: (out: string, err: string, end: () => void) => void = () => undefined,
): Promise<Said> {
  const began = Date.now();
  const child = spawn(process.execPath, [CUTOVER, ...args], {
    cwd: PROJECT,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let ended = false;
  const end = (): void => {
    if (!ended) child.kill('SIGTERM');
    ended = true;
  };
  let out = '';
  let err = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString('utf8');
    watch(out, err, end);
  });
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString('utf8');
    watch(out, err, end);
  });
  const late = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(late);
      resolve({ code: code ?? signal ?? 'nothing', out, err, ms: Date.now() - began });
    });
  });
}

export type SettingsFile = Readonly<Record<string, string>>;

export const settingsOf = (sandbox: Pick<Sandbox, 'config'>): SettingsFile =>
  parse(readFileSync(sandbox.config, 'utf8')) as SettingsFile;

/** A settings file like the sandbox's with some values replaced, or left out where undefined. */
export function settingsWith(
  sandbox: Pick<Sandbox, 'config' | 'folder'>,
  name: string,
  change: Readonly<Record<string, string | undefined>>,
): string {
  const file = join(sandbox.folder, `${name}.yaml`);
  const changed = Object.entries({ ...settingsOf(sandbox), ...change }).filter(([, value]) => value !== undefined);
  writeFileSync(file, stringify(Object.fromEntries(changed)));
  return file;
}
