import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Whether a request is Slack's and of now. */
export interface RequestSignature {
  isOf(headers: IncomingHttpHeaders, body: Buffer): boolean;
}

/** Slack's clock and ours may differ by this, either way; what is older was kept by somebody. */
const LONGEST_SECONDS = 300;
const FORM = /^v0=([0-9a-f]{64})$/;
const WHOLE_SECONDS = /^\d{1,12}$/;

/** Slack's signature: the HMAC of version, time and body, by the app's signing secret. */
export function requestSignature(signingSecret: string): RequestSignature {
  const key = createSecretKey(Buffer.from(signingSecret, 'utf8'));
  return {
    isOf(headers, body) {
      const at = headers['x-slack-request-timestamp'];
      const given = FORM.exec(String(headers['x-slack-signature']))?.[1];
      if (typeof at !== 'string' || !WHOLE_SECONDS.test(at) || given === undefined) return false;
      if (Math.abs(Date.now() / 1000 - Number(at)) > LONGEST_SECONDS) return false;
      const ours = createHmac('sha256', key).update(`v0:${at}:`).update(body).digest();
      return timingSafeEqual(ours, Buffer.from(given, 'hex'));
    },
  };
}
