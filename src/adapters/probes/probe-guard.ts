import { CLOCK_WINDOW_MS, HEADER, isSame, signRequest } from './probe-signature';

export interface GuardedRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** `nonce` is that of a request whose signature is right, so that the reply can be signed over it; null otherwise. */
export type Admission =
  | { readonly kind: 'admitted'; readonly nonce: string }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly error: string;
      readonly nonce: string | null;
      readonly retryAfterSeconds?: number;
    };

export interface Guard {
  admit(request: GuardedRequest): Admission;
}

/** Nonces of one window at the highest rate that a probe answers, with room; past it nobody is admitted. */
export const MOST_NONCES = 20_000;
const FORM = { probe: /^[a-z0-9][a-z0-9._-]{0,63}$/, timestamp: /^\d{13}$/, nonce: /^[A-Za-z0-9_-]{22,64}$/ } as const;

/** Lets through what was signed with the secret for this probe, within a minute, for the first time. `now` is the wall clock. */
export function createGuard(options: {
  readonly probe: string;
  readonly secret: string;
  readonly now: () => number;
}): Guard {
  const { probe, secret, now } = options;
  const startedAt = now();
  /** Until when each would be admitted by its time: by then it must be known. */
  const seen = new Map<string, number>();

  let lookedAt = startedAt;

  /** Once a second is enough, and every time would cost more than the answers. */
  function forgetOld(at: number): void {
    if (Math.abs(at - lookedAt) < 1000) return;
    lookedAt = at;
    for (const [nonce, until] of seen) if (until < at) seen.delete(nonce);
  }

  return {
    admit(request) {
      const [named, timestamp, nonce, given] = [HEADER.probe, HEADER.timestamp, HEADER.nonce, HEADER.signature].map(
        (name) => textOf(request.headers[name]),
      );
      const formed =
        FORM.probe.test(named ?? '') && FORM.timestamp.test(timestamp ?? '') && FORM.nonce.test(nonce ?? '');
      if (!formed || named === undefined || timestamp === undefined || nonce === undefined)
        return refused(401, 'The request is not signed.', null);
      const { method, path, body } = request;
      const wanted = signRequest(secret, { probe: named, method, path, timestamp, nonce, body });
      if (!isSame(given, wanted))
        return refused(401, 'The signature does not fit: another secret, or a request that was altered.', null);
      if (named !== probe) return refused(421, `This is the probe ${probe}, and the request is for ${named}.`, nonce);
      const at = now();
      const lateMs = at - Number(timestamp);
      if (Math.abs(lateMs) > CLOCK_WINDOW_MS) return refused(401, clockText(lateMs), nonce);
      if (Number(timestamp) < startedAt) {
        // What was asked of the process before this one is not known here: such a request may be a repetition.
        const retryAfterSeconds = Math.max(1, Math.ceil((startedAt - Number(timestamp)) / 1000));
        return { ...refused(503, 'The probe has just started; ask again.', nonce), retryAfterSeconds };
      }
      forgetOld(at);
      if (seen.has(nonce)) return refused(409, 'This request was already answered: a nonce counts once.', nonce);
      if (seen.size >= MOST_NONCES)
        return { ...refused(503, 'Too many requests to remember them all; ask later.', nonce), retryAfterSeconds: 60 };
      seen.set(nonce, Number(timestamp) + CLOCK_WINDOW_MS);
      return { kind: 'admitted', nonce };
    },
  };
}

function refused(status: number, error: string, nonce: string | null): Extract<Admission, { kind: 'refused' }> {
  return { kind: 'refused', status, error, nonce };
}

const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

function clockText(lateMs: number): string {
  const seconds = Math.round(Math.abs(lateMs) / 1000);
  const where = lateMs > 0 ? `${seconds} s ago` : `${seconds} s in the future`;
  const limit = CLOCK_WINDOW_MS / 1000;
  return `The request was signed ${where} by this machine's clock; ${limit} s are allowed. Set the clocks of both machines.`;
}
