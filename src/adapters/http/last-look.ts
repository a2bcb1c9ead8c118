import { AsyncLocalStorage } from 'node:async_hooks';

/** Whether what is being done may still be done; throws when it may not. */
export type LastLook = () => Promise<void>;

const present = new AsyncLocalStorage<LastLook>();

/** While `work` goes on, `look` is asked before each request that could change something outside, repeated ones too. */
export function withLastLook<Value>(look: LastLook, work: () => Value): Value {
  return present.run(look, work);
}

/** For whoever is about to send such a request: its work may have begun long ago and waited for a budget, a login, a busy server. */
export async function lastLook(): Promise<void> {
  await present.getStore()?.();
}

/** What others wait for too, such as a login, is not given up because one of them has lost its wave. */
export function forEverybody<Value>(work: () => Value): Value {
  return present.exit(work);
}
