import { readForm } from './setting-values';
import { type Desk, plain, safeUrl } from './settings-desk';
import type { SettingName } from './settings-table';

/** How Twilio's trunking API is reached: an API key with its secret, or the account with its token. */
export interface TwilioSettings {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

const NAMES: readonly SettingName[] = [
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_API_KEY',
  'TWILIO_API_KEY_SECRET',
];

/** Null where none of its settings is given. */
export function twilioOf(desk: Desk): TwilioSettings | null {
  const url = desk.required('TWILIO_URL', safeUrl, '');
  if (NAMES.every((name) => desk.given(name) === null)) return null;
  const account = desk.required(
    'TWILIO_ACCOUNT_SID',
    (value) => readForm(value, /^AC[0-9a-fA-F]{32}$/, 'the id of an account (AC...)'),
    '',
    'is missing, and another setting of Twilio is there',
  );
  const key = desk.optional('TWILIO_API_KEY', (value) =>
    readForm(value, /^SK[0-9a-fA-F]{32}$/, 'the id of an API key (SK...)'),
  );
  if (desk.given('TWILIO_API_KEY') !== null) {
    const why = 'is missing, and TWILIO_API_KEY is set';
    return { url, user: key ?? '', password: desk.required('TWILIO_API_KEY_SECRET', plain, '', why) };
  }
  const why = 'is missing, and there is no TWILIO_API_KEY in its place';
  return { url, user: account, password: desk.required('TWILIO_AUTH_TOKEN', plain, '', why) };
}
