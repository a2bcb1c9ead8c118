/** Slack's request signature, version 0. */
import { createHmac } from 'node:crypto';

/** The headers with which Slack signs a body; the time is real, because the receiver's skew check is. */
export function signatureHeaders(secret: string, body: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'X-Slack-Request-Timestamp': timestamp, 'X-Slack-Signature': `v0=${digest}` };
}
