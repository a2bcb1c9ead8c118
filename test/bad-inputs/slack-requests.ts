/** Requests as Slack makes them, over connections that are kept. */
import http from 'node:http';
import { CHANNEL } from '../../sandbox/people';
import type { StoredMessage } from '../../sandbox/slack/workspace';
import { signed } from '../support/front-door';

export interface Answered {
  readonly status: number;
  readonly body: string;
}

export const TEAM = 'T0SANDBOX1';
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' } as const;

export interface Clicking {
  readonly card: Pick<StoredMessage, 'ts' | 'thread_ts'>;
  readonly user: string;
  readonly value: string;
  readonly answerAt: string;
  readonly action?: string;
  readonly trigger?: string;
}

export class Sender {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 32 });

  constructor(
    readonly url: string,
    readonly secret: string,
  ) {}

  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer | string,
  ): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const target = new URL(this.url);
      const about = { host: target.hostname, port: target.port, method, path, agent: this.agent };
      const asked = http.request({ ...about, headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
      asked.once('error', reject);
      asked.once('response', (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') }),
        );
      });
      asked.end(body);
    });
  }

  /** With a good signature of now. */
  post(body: string, headers: Readonly<Record<string, string>> = FORM): Promise<Answered> {
    return this.send('POST', '/slack/events', { ...headers, ...signed(this.secret, body) }, body);
  }

  click(clicking: Clicking): Promise<Answered> {
    return this.post(payloadBody(JSON.stringify(clickPayload(clicking))));
  }

  close(): void {
    this.agent.destroy();
  }
}

export const payloadBody = (payload: string): string => new URLSearchParams({ payload }).toString();

export interface Typing {
  readonly user: string;
  readonly text: string;
  readonly answerAt: string;
  readonly trigger?: string;
}

export const slashBody = (typing: Typing): string => new URLSearchParams(slashFields(typing)).toString();

export function slashFields(about: Typing): Record<string, string> {
  return {
    token: 't',
    team_id: TEAM,
    team_domain: 'x',
    channel_id: CHANNEL.id,
    channel_name: CHANNEL.name,
    user_id: about.user,
    user_name: 'somebody',
    command: '/cutover',
    text: about.text,
    api_app_id: 'A0',
    is_enterprise_install: 'false',
    response_url: about.answerAt,
    trigger_id: about.trigger ?? '1.2.3',
  };
}

export function clickPayload({ card, user, value, answerAt, action = 'gate.approve', trigger = '1.2.3' }: Clicking) {
  return {
    type: 'block_actions',
    user: { id: user, username: 'x', name: 'x', team_id: TEAM },
    api_app_id: 'A0',
    token: 't',
    trigger_id: trigger,
    team: { id: TEAM, domain: 'x' },
    enterprise: null,
    is_enterprise_install: false,
    container: { type: 'message', message_ts: card.ts, channel_id: CHANNEL.id, is_ephemeral: false },
    channel: { id: CHANNEL.id, name: CHANNEL.name },
    message: { ts: card.ts, thread_ts: card.thread_ts },
    state: { values: {} },
    response_url: answerAt,
    actions: [{ action_id: action, block_id: 'b', type: 'button', action_ts: '1.0', value }],
  };
}

export interface Submitting {
  readonly user: string;
  readonly metadata: string;
  readonly values: unknown;
}

export function viewPayload({ user, metadata, values }: Submitting) {
  return {
    type: 'view_submission',
    user: { id: user, username: 'x', name: 'x', team_id: TEAM },
    team: { id: TEAM, domain: 'x' },
    api_app_id: 'A0',
    token: 't',
    trigger_id: '1.2.3',
    view: {
      id: 'V1',
      team_id: TEAM,
      type: 'modal',
      callback_id: 'cutover.reason',
      hash: '1.a',
      private_metadata: metadata,
      title: { type: 'plain_text', text: 'x' },
      blocks: [{ type: 'input', block_id: 'reason' }],
      state: { values },
      root_view_id: 'V1',
      app_id: 'A0',
      bot_id: 'B0',
    },
    response_urls: [],
    enterprise: null,
    is_enterprise_install: false,
  };
}
