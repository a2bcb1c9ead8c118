/** The cast and the helpers of the workspace's tests. */
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../sandbox/slack/workspace';

export const MARIA = 'U0MARIA001';
export const DANIEL = 'U0DANIEL01';
export const CHANNEL = 'C0CUTOVERS';
export const SETTINGS: WorkspaceOptions = {
  botToken: 'xoxb-sandbox',
  appToken: 'xapp-sandbox',
  signingSecret: 'sandbox-secret',
  channel: { id: CHANNEL, name: 'cutovers' },
  users: [
    { id: MARIA, name: 'maria', realName: 'Maria Lindqvist', role: 'operator' },
    { id: DANIEL, name: 'daniel', realName: 'Daniel Okafor', role: 'approver' },
  ],
  userGroups: [{ id: 'S0APPROVER', handle: 'approvers', name: 'Approvers', users: [DANIEL] }],
};

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Closed after the test, newest first. */
export function closeLater(close: () => Promise<unknown>): void {
  closers.push(close);
}

/** A workspace for one test. */
export async function start(more: Partial<WorkspaceOptions> = {}): Promise<Workspace> {
  const workspace = await startWorkspace({ ...SETTINGS, ...more });
  closeLater(() => workspace.close());
  return workspace;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly json: {
    ok: boolean;
    error?: string;
    ts?: string;
    messages?: { ts: string; text: string; metadata?: unknown }[];
  } & Record<string, unknown>;
}

/** A call as raw as curl would make it. */
export async function call(
  workspace: Workspace,
  method: string,
  args: object = {},
  token: string | null = SETTINGS.botToken,
): Promise<Answer> {
  const response = await fetch(`${workspace.apiUrl}${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(args),
  });
  const text = await response.text();
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    json: text ? JSON.parse(text) : { ok: false },
  };
}

/** A post into the channel. */
export const post = (workspace: Workspace, args: object) =>
  call(workspace, 'chat.postMessage', { channel: CHANNEL, text: 'x', ...args });
