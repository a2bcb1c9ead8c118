/** The Web API's front door: token, arguments, faults, then the method. */
import type { IncomingHttpHeaders } from 'node:http';
import { chatMethods } from './chat-methods';
import { conversationMethods } from './conversation-methods';
import type { Faults } from './faults';
import { ApiRefusal, type Room } from './room';
import { asText, isJson, type Json } from './wire';
import { workspaceMethods } from './workspace-methods';

export type Method = (room: Room, args: Json) => Json;
export type Methods = Readonly<Record<string, Method>>;

/** What goes back over HTTP. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const METHODS: Methods = { ...chatMethods, ...conversationMethods, ...workspaceMethods };
/** Arguments that are JSON inside a form, and Slack's complaint when they are not. */
const JSON_ARGS: Readonly<Record<string, string>> = {
  blocks: 'invalid_blocks_format',
  attachments: 'invalid_attachments',
  metadata: 'invalid_metadata_format',
  view: 'invalid_arguments',
  files: 'invalid_arguments',
};

export class WebApi {
  constructor(
    private readonly room: Room,
    private readonly faults: Faults,
    private readonly tokens: { readonly bot: string; readonly app: string },
  ) {}

  /** Answers one call; null leaves the caller waiting. */
  call(method: string, headers: IncomingHttpHeaders, body: string): ApiAnswer | null {
    const fault = this.faults.take(method);
    if (fault?.kind === 'hang') return null;
    if (fault?.kind === 'http') return { status: fault.status, headers: {}, body: '' };
    if (fault?.kind === 'ratelimited') return rateLimited(fault.retryAfter);
    const wait = this.faults.pace(method);
    if (wait !== null) return rateLimited(wait);
    const answer = this.run(method, headers, body);
    if (fault?.kind === 'stored-then-hang') return null;
    if (fault?.kind === 'stored-then-500') return { status: 500, headers: {}, body: '' };
    return { status: 200, headers: {}, body: JSON.stringify(answer) };
  }

  private run(method: string, headers: IncomingHttpHeaders, body: string): Json {
    try {
      return this.answer(method, headers, body);
    } catch (error) {
      if (error instanceof ApiRefusal) return refusal(error);
      throw error;
    }
  }

  private answer(method: string, headers: IncomingHttpHeaders, body: string): Json {
    const run = METHODS[method];
    if (!run) throw new ApiRefusal('unknown_method');
    const args = readArgs(headers['content-type'] ?? '', body);
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const token = bearer ?? asText(args.token);
    if (method !== 'api.test') this.checkToken(method, token);
    const { token: _token, ...rest } = args;
    return run(this.room, rest);
  }

  private checkToken(method: string, token: string): void {
    if (token === '') throw new ApiRefusal('not_authed');
    const wanted = method === 'apps.connections.open' ? this.tokens.app : this.tokens.bot;
    if (token === wanted) return;
    throw new ApiRefusal(
      token === this.tokens.app || token === this.tokens.bot ? 'not_allowed_token_type' : 'invalid_auth',
    );
  }
}

function readArgs(contentType: string, body: string): Json {
  if (contentType.startsWith('application/json')) {
    const args = parseJson(body === '' ? '{}' : body);
    if (!isJson(args)) throw new ApiRefusal('invalid_json');
    return args;
  }
  if (body !== '' && !contentType.startsWith('application/x-www-form-urlencoded'))
    throw new ApiRefusal('invalid_post_type');
  const args: Record<string, unknown> = Object.fromEntries(new URLSearchParams(body));
  for (const [name, complaint] of Object.entries(JSON_ARGS)) {
    const given = args[name];
    if (typeof given !== 'string') continue;
    const parsed = parseJson(given);
    if (parsed === undefined) throw new ApiRefusal(complaint);
    args[name] = parsed;
  }
  return args;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refusal({ code, messages }: ApiRefusal): Json {
  return messages.length > 0
    ? { ok: false, error: code, errors: messages, response_metadata: { messages } }
    : { ok: false, error: code };
}

function rateLimited(retryAfter: number): ApiAnswer {
  return {
    status: 429,
    headers: { 'Retry-After': String(retryAfter) },
    body: JSON.stringify({ ok: false, error: 'ratelimited' }),
  };
}
