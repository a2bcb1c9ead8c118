import { readFile } from 'node:fs/promises';
import { formatFaults, type ParseFault } from './parse/parse-fault';
import { type ProbeSettings, parseProbeSettings } from './parse/probe-settings';
import { PROBE_FILES, PROBE_SETTING_NAMES } from './parse/probe-settings-table';
import { parseSettings, parseSettingsFile, type Settings } from './parse/settings';

/** Settings that cannot be used: every mistake at once, on lines of their own. */
export class Unusable extends Error {
  constructor(readonly lines: readonly string[]) {
    super(`The settings cannot be used:\n${lines.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'Unusable';
  }
}

/** The environment, overlaid by the settings files that are named, in their order: complete, or refused. The one place that reads it. */
export async function readSettings(files: readonly string[], environment: NodeJS.ProcessEnv): Promise<Settings> {
  const values: Record<string, string | undefined> = { ...environment };
  for (const file of files) Object.assign(values, await fromFile(file));
  const unreadable = await readFiles(values, SETTING_FILES);
  const parsed = parseSettings(values, await textOf(values.LEGACY_RECIPE));
  if (unreadable.length > 0) throw new Unusable(formatFaults([...unreadable, ...othersOf(parsed, unreadable)]));
  return orRefused(parsed);
}

/** Null where nothing is named, or nothing that can be read. */
async function textOf(path = ''): Promise<string | null> {
  return path.trim() === '' ? null : await readFile(path.trim(), 'utf8').catch(() => null);
}

/** Settings whose PEM text may stand in a file of its own. */
const SETTING_FILES = ['SIP_TLS_CA', 'REDIS_TLS_CA', 'AUDIT_SIGNING_KEY'] as const;

/** Puts the text of the files in place of their paths; gives those that cannot be read. */
async function readFiles(
  values: Record<string, string | undefined>,
  names: readonly string[],
): Promise<readonly ParseFault[]> {
  const unreadable: ParseFault[] = [];
  for (const name of names) {
    const path = values[name]?.trim() ?? '';
    if (path === '' || path.includes('-----BEGIN')) continue;
    values[name] = await readFile(path, 'utf8').catch(() => {
      unreadable.push({ ...UNREADABLE, place: name, wrong: `${name} names no file that can be read` });
      return undefined;
    });
  }
  return unreadable;
}

const othersOf = (
  parsed: { ok: true } | { ok: false; faults: readonly ParseFault[] },
  unreadable: readonly ParseFault[],
): readonly ParseFault[] =>
  parsed.ok ? [] : parsed.faults.filter(({ place }) => !unreadable.some((each) => each.place === place));

/** The value is not repeated: it may be a secret in the wrong place. */
const UNREADABLE: ParseFault = {
  place: 'settings',
  wrong: 'a setting names no file that can be read',
  mend: 'Name a PEM file, or put the PEM text itself there',
};

/** The same for `cutover probe`, whose certificates and keys may stand in files of their own. */
export async function readProbeSettings(
  files: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<ProbeSettings> {
  const values: Record<string, string | undefined> = { ...environment };
  for (const file of files) Object.assign(values, await fromFile(file, PROBE_SETTING_NAMES.names));
  const unreadable = await readFiles(values, PROBE_FILES);
  const parsed = parseProbeSettings(values);
  if (unreadable.length > 0) throw new Unusable(formatFaults([...unreadable, ...othersOf(parsed, unreadable)]));
  return orRefused(parsed);
}

async function fromFile(
  file: string,
  names?: readonly string[],
): Promise<Readonly<Record<string, string | undefined>>> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Unusable([`${file} cannot be read. Name an existing settings file with --config.`]);
  });
  return orRefused(parseSettingsFile(text, file, names));
}

function orRefused<Value>(parsed: { ok: true; value: Value } | { ok: false; faults: readonly ParseFault[] }): Value {
  if (!parsed.ok) throw new Unusable(formatFaults(parsed.faults));
  return parsed.value;
}
