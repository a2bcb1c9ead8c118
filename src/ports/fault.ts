/**
 * The world failed: what every adapter throws, and the only thing that it throws on purpose.
 *
 * `transient` means that the same call may well succeed later (network, 408, 429, 5xx, a version conflict that outlived
 * the adapter's own tries); the shell then retries inside the step's deadline. A permanent fault (401, 403, 404, 422, an
 * answer that does not fit the schema) holds the wave. `message` is one sentence for people, free of secrets.
 */
export class Fault extends Error {
  readonly system: string;
  readonly transient: boolean;
  /** How long the other side asked us to stay away, in ms of the product's clock. */
  readonly retryAfterMs: number | null;
  readonly status: number | null;

  constructor(
    message: string,
    about: {
      readonly system: string;
      readonly transient: boolean;
      readonly retryAfterMs?: number | null;
      readonly status?: number | null;
      readonly cause?: unknown;
    },
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.name = 'Fault';
    this.system = about.system;
    this.transient = about.transient;
    this.retryAfterMs = about.retryAfterMs ?? null;
    this.status = about.status ?? null;
  }
}
