import { readForm } from './setting-values';
import { type Desk, plain, safeUrl } from './settings-desk';
import type { SettingName } from './settings-table';

/** How NICE CXone is reached. URLs have no slash at their end. */
export interface CxoneSettings {
  readonly tokenUrl: string;
  readonly discoveryUrl: string;
  /** Null: discovery says it. */
  readonly apiUrl: string | null;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly tenantId: string | null;
  /** `v33.0` */
  readonly apiVersion: string;
}

const NAMES: readonly SettingName[] = [
  'CXONE_AREA',
  'CXONE_TOKEN_URL',
  'CXONE_API_URL',
  'CXONE_ACCESS_KEY_ID',
  'CXONE_ACCESS_KEY_SECRET',
  'CXONE_TENANT_ID',
];

export const namesCxone = (desk: Desk): boolean => NAMES.some((name) => desk.given(name) !== null);

/** Null where none of its settings is given. */
export function cxoneOf(desk: Desk): CxoneSettings | null {
  if (!namesCxone(desk)) return null;
  const area = desk.optional('CXONE_AREA', (value) =>
    readForm(value, /^[a-z]{2,6}\d{0,2}$/, 'an area like na1 or eu1'),
  );
  const why = 'is missing, and there is no CXONE_AREA to derive it from';
  // An area that was given but is none has been named already.
  const derivable = desk.given('CXONE_AREA') !== null;
  const apiUrl = desk.optional('CXONE_API_URL', safeUrl);
  const tenant = (value: string) => readForm(value, /^[0-9A-Fa-f-]{8,64}$/, "the tenant's id, a UUID");
  return {
    tokenUrl: derivable
      ? (desk.optional('CXONE_TOKEN_URL', safeUrl) ?? `https://${area}.nice-incontact.com`)
      : desk.required('CXONE_TOKEN_URL', safeUrl, '', why),
    discoveryUrl: desk.required('CXONE_DISCOVERY_URL', safeUrl, ''),
    apiUrl,
    accessKeyId: desk.required('CXONE_ACCESS_KEY_ID', plain, ''),
    accessKeySecret: desk.required('CXONE_ACCESS_KEY_SECRET', plain, ''),
    tenantId:
      apiUrl === null
        ? desk.required('CXONE_TENANT_ID', tenant, '', 'is missing, and there is no CXONE_API_URL')
        : desk.optional('CXONE_TENANT_ID', tenant),
    apiVersion: desk.required(
      'CXONE_API_VERSION',
      (value) => readForm(value, /^v\d{1,3}\.0$/, 'a version like v33.0'),
      '',
    ),
  };
}
