/** The product as it runs in production: a bot and two workers, each started again whenever it ends. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type BotProcess, startBot } from '../sandbox/bot-process';
import type { Watchdog } from '../sandbox/watchdog';

export const SLOTS = ['bot', 'worker-1', 'worker-2'] as const;
export type Slot = (typeof SLOTS)[number];

export interface Processes {
  /** Kills with SIGKILL; started again `downMs` later. Resolves when it is dead. */
  kill(slot: Slot, downMs: number): Promise<void>;
  signal(slot: Slot, name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Whose worker this is, by its name in the log. */
  slotOf(worker: string): Slot | null;
  requestUrl(): string | null;
  isUp(slot: Slot): boolean;
  /** How they ended, where nobody had killed them. */
  readonly ended: readonly { readonly slot: Slot; readonly how: string; readonly at: number }[];
  /** Resolves when all have been up once. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

const AGAIN_MS = 120;

export interface ProcessesOptions {
  readonly folder: string;
  readonly program: string;
  readonly watchdog: Watchdog;
  readonly settings: (slot: Slot) => Readonly<Record<string, string>>;
}

export function startProcesses({ folder, program, watchdog, settings }: ProcessesOptions): Processes {
  const running = new Map<Slot, BotProcess>();
  const downUntil = new Map<Slot, number>();
  const pids = new Map<number, Slot>();
  const ended: { slot: Slot; how: string; at: number }[] = [];
  let closing = false;

  const keep = async (slot: Slot, config: string, up: () => void): Promise<void> => {
    const args = ['--only', slot === 'bot' ? 'bot' : 'worker'];
    while (!closing) {
      const wait = (downUntil.get(slot) ?? 0) - Date.now();
      if (wait > 0) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(wait, AGAIN_MS)));
        continue;
      }
      try {
        const process = await startBot(config, join(folder, `${slot}.log`), watchdog, args, program);
        if (closing) {
          await process.kill('SIGKILL');
          return;
        }
        running.set(slot, process);
        if (process.child.pid !== undefined) pids.set(process.child.pid, slot);
        up();
        const how = await process.ended;
        running.delete(slot);
        if (how !== 'SIGKILL' && !closing) ended.push({ slot, how, at: Date.now() });
      } catch (cause) {
        if (!closing) ended.push({ slot, how: cause instanceof Error ? cause.message : String(cause), at: Date.now() });
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  };

  const kept: Promise<void>[] = [];
  const ready = Promise.all(
    SLOTS.map((slot) => {
      const config = join(folder, `${slot}.yaml`);
      writeFileSync(config, stringify(settings(slot)), { mode: 0o600 });
      return new Promise<void>((resolve) => kept.push(keep(slot, config, resolve)));
    }),
  ).then(() => undefined);

  return {
    ended,
    ready,
    kill: async (slot, downMs) => {
      downUntil.set(slot, Date.now() + downMs);
      const process = running.get(slot);
      running.delete(slot);
      await process?.kill('SIGKILL');
    },
    signal: (slot, name) => void running.get(slot)?.child.kill(name),
    slotOf: (worker) => pids.get(Number(/-(\d+)$/.exec(worker)?.[1])) ?? null,
    requestUrl: () => running.get('bot')?.requestUrl ?? null,
    isUp: (slot) => running.has(slot),
    close: async () => {
      closing = true;
      for (const process of running.values()) process.child.kill('SIGKILL');
      await Promise.all(kept);
    },
  };
}
