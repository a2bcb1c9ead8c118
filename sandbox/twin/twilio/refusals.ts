/** Twilio's way of saying no: a number of its own beside the status. */
import type { ApiReply } from '../http';

const CODES: Readonly<Record<number, number>> = {
  400: 20001,
  401: 20003,
  404: 20404,
  405: 20004,
  429: 20429,
  500: 20500,
};

export function refusal(status: number, message: string): ApiReply {
  const code = CODES[status] ?? 20000 + status;
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}
