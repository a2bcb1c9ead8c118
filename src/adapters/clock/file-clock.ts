import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { Clock } from '../../ports/clock';

const File = z.object({
  segments: z.array(z.object({ real: z.number(), sim: z.number(), speed: z.number().positive() })).min(1),
});
type Segment = z.infer<typeof File>['segments'][number];

const LOOK_EVERY_MS = 5;
/** Time may run faster or leap while somebody waits, so nobody waits longer than this, or a two-hundredth of what is left, before asking again. */
const LONGEST_WAIT_MS = 250;
const SHORTEST_WAIT_MS = 10;

/**
 * Time of a rehearsal, by a file that says which moments of real time are which of the rehearsal's and how fast it runs.
 * All processes of a rehearsal read the same file. Never used with a real workspace.
 */
export function createFileClock(file: string): Clock {
  let segments: readonly Segment[] = read(file);
  let mtime = 0;
  let lookedAt = 0;

  const current = (): { sim: number; speed: number } => {
    const real = Date.now();
    if (real - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = real;
      const { mtimeMs } = statSync(file);
      if (mtimeMs !== mtime) {
        segments = read(file);
        mtime = mtimeMs;
      }
    }
    const segment = segments.findLast((each) => each.real <= real) ?? segments[0];
    if (!segment) throw new Error('a clock file has at least one segment');
    return { sim: segment.sim + Math.max(0, real - segment.real) * segment.speed, speed: segment.speed };
  };

  const clock: Clock = {
    now: () => Math.round(current().sim),
    realMsUntil: (at) => {
      const { sim, speed } = current();
      const left = Math.max(0, (at - sim) / speed);
      return Math.min(left, LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, left / 200));
    },
    sleep: async (ms) => {
      // What a clock that is set back counts twice is not slept twice: no timer of a machine does.
      let seen = clock.now();
      for (let left = ms; left > 0; ) {
        await new Promise((resolve) => setTimeout(resolve, Math.ceil(clock.realMsUntil(seen + left))));
        const now = clock.now();
        left -= Math.max(0, now - seen);
        seen = now;
      }
    },
  };
  return clock;
}

function read(file: string): Segment[] {
  return File.parse(JSON.parse(readFileSync(file, 'utf8'))).segments;
}
