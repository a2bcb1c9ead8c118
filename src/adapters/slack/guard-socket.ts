import type { SocketModeReceiver } from '@slack/bolt';

/** What this app is sent; it subscribes to no events. */
const HEEDED = ['hello', 'disconnect', 'slash_commands', 'interactive'];

/**
 * Socket Mode's client emits whatever type an envelope names, its own signals among them, and rejects where nobody listens
 * when a part of the envelope is missing, which ends the process. Only whole envelopes of known types reach it.
 */
export function guardSocket({ client }: Pick<SocketModeReceiver, 'client'>, ignored: () => void): void {
  const heed = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  client.on('ws_message', (data: unknown, isBinary: unknown) => {
    if (isBinary !== true && isEnvelope(textOf(data)))
      for (const each of heed) Reflect.apply(each, client, [data, false]);
    else ignored();
  });
}

function isEnvelope(text: string): boolean {
  try {
    const { type, payload } = JSON.parse(text) as { readonly type?: unknown; readonly payload?: unknown };
    if (typeof type !== 'string' || !HEEDED.includes(type)) return false;
    return (
      type === 'hello' ||
      type === 'disconnect' ||
      (typeof payload === 'object' && payload !== null && !Array.isArray(payload))
    );
  } catch {
    return false;
  }
}

function textOf(data: unknown): string {
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer ? new TextDecoder().decode(data) : '';
}
