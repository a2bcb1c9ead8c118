import { type Read, readForm } from './setting-values';
import { type Desk, plain, type RestSystem, safeUrl, url } from './settings-desk';
import type { SettingName } from './settings-table';

/** How Salesforce is reached, and where in it the rows of calls are. */
export interface SalesforceSettings {
  readonly loginUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** `v63.0` */
  readonly apiVersion: string;
  readonly rows: { readonly object: string; readonly callField: string; readonly timeField: string };
  readonly delayFrom: 'answered' | 'ended';
  readonly sites: { readonly object: string; readonly entryField: string; readonly platformField: string } | null;
}

export interface CrmSettings {
  /** The generic CRM; may be left out where Salesforce is set. */
  readonly crm: RestSystem | null;
  readonly salesforce: SalesforceSettings | null;
}

const NAMES: readonly SettingName[] = ['SALESFORCE_LOGIN_URL', 'SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET'];

export function crmsOf(desk: Desk): CrmSettings {
  const salesforce = NAMES.some((name) => desk.given(name) !== null) ? salesforceOf(desk) : null;
  const isGeneric = desk.given('CRM_URL') !== null || desk.given('CRM_TOKEN') !== null;
  if (salesforce && !isGeneric) return { crm: null, salesforce };
  const crm = { url: desk.required('CRM_URL', url, ''), token: desk.required('CRM_TOKEN', plain, '') };
  return { crm, salesforce };
}

function salesforceOf(desk: Desk): SalesforceSettings {
  const name = (setting: SettingName) =>
    desk.required(
      setting,
      (value) => readForm(value, /^[A-Za-z][A-Za-z0-9_]{0,79}$/, 'the name of an object or field'),
      '',
    );
  const why = 'is missing, and another setting of Salesforce is there';
  const object = desk.optional('SALESFORCE_SITE_OBJECT', (value) =>
    readForm(value, /^[A-Za-z][A-Za-z0-9_]{0,79}$/, 'the name of an object'),
  );
  const [entryField, platformField] = [name('SALESFORCE_SITE_ENTRY_FIELD'), name('SALESFORCE_SITE_PLATFORM_FIELD')];
  return {
    loginUrl: desk.required('SALESFORCE_LOGIN_URL', safeUrl, '', why),
    clientId: desk.required('SALESFORCE_CLIENT_ID', plain, '', why),
    clientSecret: desk.required('SALESFORCE_CLIENT_SECRET', plain, '', why),
    apiVersion: desk.required(
      'SALESFORCE_API_VERSION',
      (value) => readForm(value, /^v\d{2,3}\.0$/, 'a version like v63.0'),
      '',
    ),
    rows: {
      object: name('SALESFORCE_OBJECT'),
      callField: name('SALESFORCE_CALL_FIELD'),
      timeField: name('SALESFORCE_TIME_FIELD'),
    },
    delayFrom: desk.required<'answered' | 'ended'>('SALESFORCE_DELAY_FROM', readMoment, 'answered'),
    sites: object === null ? null : { object, entryField, platformField },
  };
}

function readMoment(value: string): Read<'answered' | 'ended'> {
  if (value === 'answered' || value === 'ended') return { value };
  return { wrong: 'is not a moment of a call', mend: 'Write answered or ended' };
}
