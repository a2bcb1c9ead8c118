export interface RetryAfter {
  readonly seconds: number;
  /** How long the other side expects to be there from then on, s; null when it does not say. */
  readonly durationSeconds: number | null;
}

/** Ten digits are 317 years: more is no time to wait. */
const SECONDS = /^\d{1,10}/;
const TOKEN = "[A-Za-z0-9.!%*_+`'~-]+";
const PARAMETER = new RegExp(`^;\\s*(${TOKEN})(?:\\s*=\\s*(${TOKEN}|"(?:[^"\\\\]|\\\\.)*"))?\\s*`);

/**
 * RFC 3261 section 20.33: seconds, then perhaps a comment in brackets and parameters, as in `30 (busy);duration=60`.
 * Null for anything else: half a header is no reason to stay away.
 */
export function readRetryAfter(value: string | undefined): RetryAfter | null {
  const text = value?.trim() ?? '';
  const seconds = SECONDS.exec(text)?.[0];
  if (seconds === undefined) return null;
  let rest = afterComment(text.slice(seconds.length).trimStart());
  let durationSeconds: number | null = null;
  while (rest !== null && rest !== '') {
    const [whole, name, given] = PARAMETER.exec(rest) ?? [];
    if (whole === undefined) return null;
    if (name?.toLowerCase() === 'duration') {
      if (!/^\d{1,10}$/.test(given ?? '')) return null;
      durationSeconds = Number(given);
    }
    rest = rest.slice(whole.length);
  }
  return rest === null ? null : { seconds: Number(seconds), durationSeconds };
}

/** What stands behind a comment, which may hold others and quoted characters (section 25.1); null when it does not end. */
function afterComment(text: string): string | null {
  if (!text.startsWith('(')) return text;
  let open = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '(') open += 1;
    else if (text[i] === ')') open -= 1;
    if (open === 0) return text.slice(i + 1).trimStart();
  }
  return null;
}
