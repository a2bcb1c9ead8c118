/** The vocabulary in which `block-tables.ts` writes down what Slack accepts. */
import { isJson, type Json } from './wire';

/** Collects complaints in Slack's wording, each with the JSON pointer of its place. */
export class Complaints {
  readonly messages: string[] = [];

  add(what: string, at: string): void {
    this.messages.push(`[ERROR] ${what} [json-pointer:${at}]`);
  }
}

export type Check = (value: unknown, at: string, complaints: Complaints) => void;
export type Rule = (value: Json, at: string, complaints: Complaints) => void;

interface Field {
  readonly check: Check;
  readonly required: boolean;
}

/** A field that has to be there. */
export const need = (check: Check): Field => ({ check, required: true });
/** A field that may be left out. */
export const may = (check: Check): Field => ({ check, required: false });

/** An object with exactly these fields, and rules that look at several of them at once. */
export function shape(fields: Readonly<Record<string, Field>>, ...rules: readonly Rule[]): Check {
  return (value, at, complaints) => {
    if (!isJson(value)) {
      complaints.add('must be an object', at);
      return;
    }
    for (const [name, field] of Object.entries(fields)) {
      if (value[name] !== undefined) field.check(value[name], `${at}/${name}`, complaints);
      else if (field.required) complaints.add(`missing required field: ${name}`, at);
    }
    for (const name of Object.keys(value)) {
      if (!(name in fields)) complaints.add(`invalid additional property: ${name}`, at);
    }
    for (const rule of rules) rule(value, at, complaints);
  };
}

/** A string between two lengths, both inclusive. */
export function string(max: number, min = 1): Check {
  return (value, at, complaints) => {
    if (typeof value !== 'string') complaints.add('must be a string', at);
    else if (value.length < min) complaints.add(`must be more than ${min - 1} characters`, at);
    else if (value.length > max) complaints.add(`must be less than ${max + 1} characters`, at);
  };
}

export const boolean: Check = (value, at, complaints) => {
  if (typeof value !== 'boolean') complaints.add('must be a boolean', at);
};

export const integer: Check = (value, at, complaints) => {
  if (!Number.isInteger(value)) complaints.add('must be an integer', at);
};

export const anything: Check = () => undefined;

/** One of a few words. */
export function word(...allowed: readonly string[]): Check {
  return (value, at, complaints) => {
    if (typeof value !== 'string' || !allowed.includes(value)) {
      complaints.add(`must be one of: ${allowed.join(', ')}`, at);
    }
  };
}

/** A list between two lengths, both inclusive. */
export function list(max: number, item: Check, min = 1): Check {
  return (value, at, complaints) => {
    if (!Array.isArray(value)) {
      complaints.add('must be an array', at);
      return;
    }
    if (value.length < min) complaints.add(`no fewer than ${min} items required`, at);
    if (value.length > max) complaints.add(`no more than ${max} items allowed`, at);
    value.forEach((entry, index) => {
      item(entry, `${at}/${index}`, complaints);
    });
  };
}

/** Picks the check by the object's own `type`. */
export function byType(table: () => Readonly<Record<string, Check>>, ...allowed: readonly string[]): Check {
  return (value, at, complaints) => {
    const type = isJson(value) ? value.type : undefined;
    const check = typeof type === 'string' && allowed.includes(type) ? table()[type] : undefined;
    if (check) check(value, at, complaints);
    else complaints.add(`unsupported type: ${String(type)}`, `${at}/type`);
  };
}

/** At least one of these fields has to be there. */
export function anyOf(...names: readonly string[]): Rule {
  return (value, at, complaints) => {
    if (names.every((name) => value[name] === undefined)) {
      complaints.add(`missing required field: ${names.join(' or ')}`, at);
    }
  };
}

/** A field may not occur twice with the same value among the entries of a list. */
export function uniqueIn(listName: string, field: string): Rule {
  return (value, at, complaints) => {
    const entries = value[listName];
    if (!Array.isArray(entries)) return;
    const seen = new Set<unknown>();
    entries.forEach((entry, index) => {
      const id = isJson(entry) ? entry[field] : undefined;
      if (id === undefined) return;
      if (seen.has(id))
        complaints.add(
          `\`${field}\` "${String(id)}" already exists for other element`,
          `${at}/${listName}/${index}/${field}`,
        );
      seen.add(id);
    });
  };
}
