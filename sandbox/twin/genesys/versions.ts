/** Optimistic locking of versioned objects, and the fault `api-conflict`: somebody else was here first. */
import type { World } from '../model/world';
import { refuseStaleVersion } from './refusals';

export class Versions {
  private readonly bumped = new Set<string>();

  constructor(private readonly world: World) {
    world.faults.onChange((name) => {
      if (name === 'api-conflict') this.bumped.clear();
    });
  }

  /** Throws a 409 unless `sent` is the stored version; on success the stored one grows. */
  advance(object: { readonly id: string; version: number }, sent: number): void {
    if (this.world.faults.has('api-conflict') && !this.bumped.has(object.id)) {
      this.bumped.add(object.id);
      object.version += 1;
    }
    refuseStaleVersion(sent, object.version);
    object.version += 1;
  }
}
