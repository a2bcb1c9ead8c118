/** How the modes of legacy trunks are read and set by another interface than the generic one: one file says it. */
export const LEGACY_MODES = ['active', 'standby', 'off'] as const;
export type LegacyMode = (typeof LEGACY_MODES)[number];

/** One request. `{id}` in path and body stands for the trunk; nothing else is filled in. */
export interface LegacyRequest {
  readonly method: string;
  /** Plain path below the base URL, without a query. */
  readonly path: string;
  /** Besides credentials; they are sent as they stand here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly text: string; readonly contentType: string } | null;
}

export interface LegacyRead extends LegacyRequest {
  /** Texts of which exactly one stands in the reply. */
  readonly modes: Readonly<Record<LegacyMode, string>>;
}

/** The reply that shows that a write has come true; asked for until then, or until its time is over. */
export interface LegacyValidation extends LegacyRequest {
  readonly contains: string;
  /** Milliseconds of the product's clock. */
  readonly withinMs: number;
  readonly everyMs: number;
}

export interface LegacyWrite extends LegacyRequest {
  readonly validation: LegacyValidation;
  /** The mode whose write takes this one back. */
  readonly inverse: LegacyMode;
}

export interface LegacyRecipe {
  readonly trunk: {
    readonly read: LegacyRead;
    readonly set: Readonly<Record<LegacyMode, LegacyWrite>>;
  };
}

export type BodyKind = 'json' | 'xml' | 'form';

/** Which escaping a body needs; null for a content type without a known one. */
export function bodyKind(contentType: string): BodyKind | null {
  const [type = ''] = contentType.toLowerCase().split(';');
  if (/^application\/([\w.-]+\+)?json\s*$/.test(type)) return 'json';
  if (/^(text|application)\/xml\s*$|^application\/[\w.-]+\+xml\s*$/.test(type)) return 'xml';
  return /^application\/x-www-form-urlencoded\s*$/.test(type) ? 'form' : null;
}

const PLACE = /\{id\}/g;

export const boundPath = (path: string, id: string): string => path.replace(PLACE, () => encodeURIComponent(id));

/** The body with the trunk's id, escaped so that it stays one value there. */
export function boundBody(text: string, contentType: string, id: string): string {
  const kind = bodyKind(contentType);
  if (kind === null) throw new Error(`no escaping is known for a body of ${contentType}`);
  return text.replace(PLACE, () => ESCAPES[kind](id));
}

const ESCAPES: Readonly<Record<BodyKind, (id: string) => string>> = {
  json: (id) => JSON.stringify(id).slice(1, -1),
  xml: (id) => id.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
  form: encodeURIComponent,
};
