import { Fault } from '../../ports/fault';

/** The name of an object or a field: settings write it into queries, so it can be nothing else. */
export const SOQL_NAME = /^[A-Za-z][A-Za-z0-9_]{0,79}$/;

export function soqlName(name: string): string {
  if (SOQL_NAME.test(name)) return name;
  throw new Fault('The name of a Salesforce object or field in the settings is none.', {
    system: 'settings',
    transient: false,
  });
}

/** A text in quotes. Backslash and quote are the two that end it or change what follows; control characters are no id. */
export function soqlText(text: string): string {
  if (text === '' || text.length > 255 || /\p{Cc}/u.test(text)) {
    throw new Fault('An id that was to be looked up in Salesforce is no plain text.', {
      system: 'Salesforce',
      transient: false,
    });
  }
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
