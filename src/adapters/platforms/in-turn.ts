/** Runs work on the same thing one after another; work on different things goes side by side. One that fails stops nobody. */
export type InTurn = <T>(thing: string, work: () => Promise<T>) => Promise<T>;

/** For read-change-write of what has no version at the vendor: two callers of this process do not undo each other's fields. */
export function createInTurn(): InTurn {
  const lastOf = new Map<string, Promise<unknown>>();
  return (thing, work) => {
    const before = lastOf.get(thing) ?? Promise.resolve();
    const mine = before.then(work, work);
    lastOf.set(thing, mine);
    const forget = (): void => {
      if (lastOf.get(thing) === mine) lastOf.delete(thing);
    };
    mine.then(forget, forget);
    return mine;
  };
}
