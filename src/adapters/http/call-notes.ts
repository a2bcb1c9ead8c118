import { channel } from 'node:diagnostics_channel';

export type CallStatus = number | 'ok' | null;

/** One try of one call to a system outside, as it went. Holds nothing that was sent or answered. */
export interface CallNote {
  /** The other side's name as people know it. */
  readonly system: string;
  /** Of HTTP; `ok` for a good answer that has none; null when there was no answer. */
  readonly status: CallStatus;
  /** Real ms from the request to its answer; a wait for the call budget is no part of it. */
  readonly ms: number;
}

const CALLS = channel('cutover.call');

/** `call`, told to whoever listens in this process; next to nothing when nobody does. `statusOf` reads an answer. */
export async function noted<Answer>(
  system: string,
  statusOf: (answer: Answer) => CallStatus,
  call: () => Promise<Answer>,
): Promise<Answer> {
  if (!CALLS.hasSubscribers) return call();
  const began = performance.now();
  const note = (status: CallStatus): void => CALLS.publish({ system, status, ms: performance.now() - began });
  try {
    const answer = await call();
    note(statusOf(answer));
    return answer;
  } catch (cause) {
    const { status } = cause as { readonly status?: unknown };
    note(typeof status === 'number' ? status : null);
    throw cause;
  }
}

/** `heard` gets every call from now on until the function that comes back is called. */
export function hearCalls(heard: (note: CallNote) => void): () => void {
  const listener = (note: unknown): void => heard(note as CallNote);
  CALLS.subscribe(listener);
  return () => void CALLS.unsubscribe(listener);
}
