import type { Json } from '../core/json';

export interface HttpReply {
  readonly status: number;
  readonly body: Json;
}

/**
 * Calls for the literal `http` step. `endpoint` is a path; the adapter joins it to the one configured base URL whose path
 * prefixes allow it, adds that system's credentials, follows no redirect and limits the body to 1 MiB and 50 levels. A path
 * that no configured system allows is a permanent `Fault`, and so is a body beyond those limits. 2xx to 4xx are replies, 5xx
 * and 429 transient faults.
 */
export interface HttpCall {
  call(method: string, endpoint: string, body?: Json): Promise<HttpReply>;
  /** The name of the system that would take the path, or null. */
  systemFor(endpoint: string): string | null;
}
