/** Reads settings one by one and notes what is wrong, so that one mistake does not hide the next. */
import { nearest } from './nearest';
import type { ParseFault } from './parse-fault';
import { type Read, readUrl, readWhole } from './setting-values';
import type { SettingName } from './settings-table';

export type Values = Readonly<Record<string, string | undefined>>;

export interface RestSystem {
  readonly url: string;
  readonly token: string;
}

/** The settings that a desk knows; of the product where nothing else is said. */
export interface SettingNames<Name extends string> {
  readonly names: readonly Name[];
  readonly defaultOf: (name: Name) => string | null;
}

export class Desk<Name extends string = SettingName> {
  readonly faults: ParseFault[] = [];

  constructor(
    private readonly values: Values,
    private readonly known: SettingNames<Name>,
  ) {}

  given(name: Name): string | null {
    const text = Object.hasOwn(this.values, name) ? this.values[name]?.trim() : undefined;
    return text === undefined || text === '' ? null : text;
  }

  /** The value or its default; null when there is neither. */
  optional<Value>(name: Name, read: (text: string) => Read<Value>): Value | null {
    const text = this.given(name) ?? this.known.defaultOf(name);
    if (text === null) return null;
    const result = read(text);
    if ('value' in result) return result.value;
    this.faults.push({ place: name, wrong: `${name} ${result.wrong}`, mend: result.mend });
    return null;
  }

  /** `missing` stands in for a value that is not there: with a fault noted, the settings are not handed out. */
  required<Value>(name: Name, read: (text: string) => Read<Value>, missing: Value, why = 'is missing'): Value {
    if (this.given(name) === null && this.known.defaultOf(name) === null)
      this.faults.push({ place: name, wrong: `${name} ${why}`, mend: this.mendOf(name) });
    return this.optional(name, read) ?? missing;
  }

  private mendOf(name: Name): string {
    const others = Object.keys(this.values).filter(
      (other) => !this.known.names.some((known) => known === other) && this.values[other],
    );
    const meant = nearest(name, others);
    return meant === null || !/^[A-Z0-9_]{3,40}$/.test(meant)
      ? `Set ${name}`
      : `Set ${name}; ${meant} is set, which is not a setting`;
  }
}

export const text = (value: string): Read<string> => ({ value });
export const plain = (value: string): Read<string> =>
  /^[\x20-\x7e]+$/.test(value) ? { value } : { wrong: 'has a character that it cannot have', mend: 'Copy it again' };
export const url = (value: string): Read<string> => withoutSlash(readUrl(value, false));
export const safeUrl = (value: string): Read<string> => withoutSlash(readUrl(value, true));
const withoutSlash = (read: Read<string>): Read<string> =>
  'value' in read ? { value: read.value.replace(/\/+$/, '') } : read;
export const whole = (least: number, most: number) => (value: string) => readWhole(value, least, most);

/** A system that is reached by a base URL and a bearer token; null when its URL is not given. */
export function restOf(desk: Desk, urlName: SettingName, tokenName: SettingName): RestSystem | null {
  const base = desk.optional(urlName, url);
  if (desk.given(urlName) === null) return null;
  return { url: base ?? '', token: desk.required(tokenName, plain, '', `is missing, and ${urlName} is set`) };
}
