/** The way from Slack to the app over HTTP: one signed form post, three seconds to answer. */
import http from 'node:http';
import { signatureHeaders } from './signature';
import { isJson, type Json } from './wire';

export type Kind = 'slash_commands' | 'interactive';

/** What came back from the app, already in the words of Slack's own error notices. */
export type AppAnswer =
  | { readonly ok: true; readonly body: string | Json | null }
  | { readonly ok: false; readonly error: string };

/** One road to the app. */
export interface Road {
  send(kind: Kind, payload: Json): Promise<AppAnswer>;
}

export const ANSWER_WITHIN_MS = 3000;

/** A road to a request URL. Slash commands travel as plain form fields, everything else as one `payload` field. */
export function httpRoad(requestUrl: string, signingSecret: string, agent: http.Agent): Road {
  return {
    send: (kind, payload) => {
      const form =
        kind === 'slash_commands' ? fields(payload) : new URLSearchParams({ payload: JSON.stringify(payload) });
      return post(requestUrl, form.toString(), signingSecret, agent);
    },
  };
}

function fields(payload: Json): URLSearchParams {
  return new URLSearchParams(Object.entries(payload).map(([key, value]): [string, string] => [key, String(value)]));
}

function post(url: string, body: string, secret: string, agent: http.Agent): Promise<AppAnswer> {
  return new Promise((resolve) => {
    const request = http.request(url, {
      method: 'POST',
      agent,
      headers: {
        // Receivers compare this for exact equality: no charset may follow.
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        ...signatureHeaders(secret, body),
      },
    });
    const tooLate = setTimeout(() => {
      resolve({ ok: false, error: 'operation_timeout' });
      request.destroy();
    }, ANSWER_WITHIN_MS);
    request.on('error', () => {
      clearTimeout(tooLate);
      resolve({ ok: false, error: 'dispatch_failed' });
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve({ ok: false, error: 'dispatch_failed' }));
      response.on('end', () => {
        clearTimeout(tooLate);
        resolve(
          answerOf(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'), response.headers['content-type']),
        );
      });
    });
    request.end(body);
  });
}

function answerOf(status: number, text: string, contentType: string | undefined): AppAnswer {
  if (status >= 500) return { ok: false, error: 'http_service_error' };
  if (status !== 200) return { ok: false, error: 'http_client_error' };
  if (text.trim() === '') return { ok: true, body: null };
  if (!contentType?.includes('json') && !text.trimStart().startsWith('{')) return { ok: true, body: text };
  try {
    const body: unknown = JSON.parse(text);
    return { ok: true, body: isJson(body) ? body : text };
  } catch {
    return { ok: true, body: text };
  }
}
