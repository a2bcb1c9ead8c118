/** An answer of another system, wounded: its JSON, its text, its bytes, its status or what it says of itself. */
import fc from 'fast-check';
import type { Exchange } from './answers-tape';
import { type Json, NASTY_TEXTS, nastyText, woundedBytes, woundedJson, woundedText } from './wounds';

export interface WoundedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** base64 */
  readonly bytes: string;
  readonly cut: boolean;
}

export function instead(answer: Exchange): fc.Arbitrary<WoundedAnswer> {
  const { status, headers, body } = answer;
  const like = (bytes: Buffer, more: Partial<Omit<WoundedAnswer, 'bytes'>> = {}) => ({
    status,
    headers,
    bytes: bytes.toString('base64'),
    cut: false,
    ...more,
  });
  const json = parsed(body);
  const texts = fc.oneof(
    woundedText(body),
    nastyText,
    fc.constantFrom(
      '<html>Sign in</html>',
      'null',
      '[]',
      '{}',
      '""',
      '0',
      'true',
      `"${'x'.repeat(20_000)}"`,
      `${'['.repeat(20_000)}`,
      '{"error":"x"}',
      '{"message":"<!channel> <@U0TOM0001>"}',
      `{"errors":[${'{},'.repeat(2000)}{}]}`,
    ),
  );
  return fc.oneof(
    {
      weight: 10,
      arbitrary: (json === undefined ? woundedText(body) : woundedJson(json)).map((text) => like(Buffer.from(text))),
    },
    { weight: 4, arbitrary: texts.map((text) => like(Buffer.from(text))) },
    { weight: 2, arbitrary: woundedBytes(Buffer.from(body)).map((bytes) => like(bytes)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            201,
            202,
            204,
            206,
            300,
            301,
            302,
            304,
            307,
            400,
            401,
            403,
            404,
            405,
            409,
            410,
            418,
            422,
            451,
            500,
            501,
            502,
            504,
            599,
          ),
          texts,
        )
        .map(([other, text]) =>
          like(Buffer.from(other === 204 || other === 304 ? '' : text), {
            status: other,
            headers: { ...headers, ...(other < 400 ? { location: 'http://127.0.0.1:1/' } : {}) },
          }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('0', '-1', 'soon', '1e309', '99999999999', 'Mon, 99 Foo 2099', '\t', '1, 2')
        .map((wait) =>
          like(Buffer.from('{"message":"busy"}'), {
            status: 429,
            headers: { 'retry-after': wait, 'inin-ratelimit-retry-after': wait },
          }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('gzip', 'br', 'deflate', 'x-unknown', 'gzip, gzip'),
          fc.constantFrom(body, '\u001f\u008b\b'),
        )
        .map(([encoding, text]) =>
          like(Buffer.from(text, 'latin1'), { headers: { ...headers, 'content-encoding': encoding } }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(
          'text/html',
          'application/json; charset=utf-16',
          'application/octet-stream',
          'multipart/mixed',
          '',
        )
        .map((type) => like(Buffer.from(body), { headers: { ...headers, 'content-type': type } })),
    },
    {
      weight: 1,
      arbitrary: fc
        .nat({ max: Math.max(0, body.length - 1) })
        .map((n) => like(Buffer.from(body.slice(0, n)), { cut: true })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...NASTY_TEXTS).map((text) =>
        like(Buffer.from(JSON.stringify({ message: text, error: text, errors: [{ message: text }] })), {
          status: 400,
        }),
      ),
    },
  );
}

/** Undefined for what is no JSON. */
export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
