/** Processes beside each other, each with a run of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, Order } from './lane';
import type { Outcome } from './outcome';
import type { Schedule } from './schedule';

export interface Lanes {
  /** Waits for a free lane. */
  run(schedule: Schedule): Promise<Outcome>;
  close(): void;
}

/** A run gives itself up before this, real ms; one that does not has a fault of its own. */
const LONGEST_MS = 5 * 60_000;
const MOST_TRIES = 2;

export function openLanes(count: number, program: string, recordTo: string | null): Lanes {
  const free: ChildProcess[] = Array.from({ length: count }, open);
  const all = new Set<ChildProcess>(free);
  const waiting: ((lane: ChildProcess) => void)[] = [];
  let closed = false;

  function open(): ChildProcess {
    return fork(join(__dirname, 'lane.ts'), {
      execArgv: ['-r', 'tsx/cjs'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }
  const taken = (): Promise<ChildProcess> => {
    const lane = free.pop();
    return lane ? Promise.resolve(lane) : new Promise((resolve) => waiting.push(resolve));
  };
  const giveBack = (lane: ChildProcess): void => {
    const next = waiting.shift();
    if (next) next(lane);
    else free.push(lane);
  };
  /** The lane that has not answered is no good any more: its own watchdog clears up after it. */
  const replace = (lane: ChildProcess): ChildProcess => {
    all.delete(lane);
    lane.kill('SIGKILL');
    const fresh = open();
    all.add(fresh);
    return fresh;
  };

  return {
    run: async (schedule) => {
      for (let tries = 1; ; tries++) {
        const lane = await taken();
        const answer = await ask(lane, { schedule, program, recordTo });
        if (!closed) giveBack(answer.ok ? lane : replace(lane));
        if (answer.ok) return answer.outcome;
        // Somebody may have taken a port between the look and the start: the runner's own trouble is tried once more.
        if (tries === MOST_TRIES || closed)
          throw new Error(`run ${schedule.run} of seed ${schedule.seed} could not be made: ${answer.wrong}`);
      }
    },
    close: () => {
      closed = true;
      for (const lane of all) lane.kill('SIGTERM');
    },
  };
}

function ask(lane: ChildProcess, order: Order): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (answer: Answer): void => {
      clearTimeout(late);
      lane.off('message', end);
      lane.off('exit', gone);
      resolve(answer);
    };
    const gone = (): void => end({ ok: false, wrong: 'its process ended' });
    const late = setTimeout(() => end({ ok: false, wrong: `no answer in ${LONGEST_MS / 60_000} min` }), LONGEST_MS);
    lane.on('message', end);
    lane.on('exit', gone);
    lane.send(order);
  });
}
