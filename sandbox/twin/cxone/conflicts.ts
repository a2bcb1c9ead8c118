/** The fault `api-conflict`: somebody else is at the object when it is first written. */
import { Refused } from '../http';
import type { FaultSwitches } from '../model/faults';

export class Conflicts {
  private readonly met = new Set<string>();

  constructor(private readonly faults: FaultSwitches) {
    faults.onChange((name) => {
      if (name === 'api-conflict') this.met.clear();
    });
  }

  /** True the first time that an object is written while the fault is on. */
  isFirst(object: string): boolean {
    if (!this.faults.has('api-conflict') || this.met.has(object)) return false;
    this.met.add(object);
    return true;
  }

  meet(object: string, message: string): void {
    if (this.isFirst(object)) throw new Refused(409, message);
  }
}
