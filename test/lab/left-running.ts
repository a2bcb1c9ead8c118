/** Which processes of this machine a process has started by a lab and not stopped, read from /proc: their programs' paths. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** In the environment of every server and of what it forks: the process that holds the lab. */
export const LAB_OF = 'CUTOVER_LAB_OF';

export async function leftRunning(owner: number): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Gone meanwhile, or somebody else's: none of ours.
      const environment = await readFile(join('/proc', pid, 'environ'), 'utf8').catch(() => '');
      if (!environment.split('\0').includes(`${LAB_OF}=${owner}`)) return [];
      return [await readlink(join('/proc', pid, 'exe')).catch(() => pid)];
    }),
  );
  return found.flat().sort();
}
