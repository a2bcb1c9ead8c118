/** What a run has opened in a folder of its own: all of it is closed in the reverse order, also when opening goes wrong half way. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWatchdog, type Watchdog } from './watchdog';

export interface Opened {
  readonly folder: string;
  readonly watchdog: Watchdog;
  /** Is closed with the rest, before whatever was opened earlier. */
  kept<Part extends { close(): Promise<unknown> | unknown }>(opening: Promise<Part> | Part): Promise<Part>;
  atClose(work: () => Promise<unknown> | unknown): void;
  close(): Promise<void>;
}

/** `open` opens the parts one after the other; whatever it throws is thrown on, with everything closed again. */
export async function openAll<Whole>(name: string, open: (opened: Opened) => Promise<Whole>): Promise<Whole> {
  const folder = await mkdtemp(join(tmpdir(), `cutover-${name}-`));
  const watchdog = startWatchdog();
  watchdog.folder(folder);
  const closers: (() => Promise<unknown> | unknown)[] = [
    () => watchdog.close(),
    () => rm(folder, { recursive: true, force: true }),
  ];
  const opened: Opened = {
    folder,
    watchdog,
    kept: async (opening) => {
      const part = await opening;
      closers.push(() => part.close());
      return part;
    },
    atClose: (work) => void closers.push(work),
    close: async () => {
      for (const each of closers.splice(0).reverse()) await each();
    },
  };
  try {
    return await open(opened);
  } catch (cause) {
    await opened.close();
    throw cause;
  }
}
