/** Five bugs, each an exact change of the product's sources: a chaos that does not find them would prove nothing. */
import type { Edit } from './build';

export interface Plant {
  readonly name: string;
  readonly what: string;
  readonly edits: readonly Edit[];
}

/** Of the product's own, in the copy: the chaos itself loads nothing of it. */
const LOAD = 'require';

export const PLANTS: readonly Plant[] = [
  {
    name: 'version',
    what: 'the append does not compare versions',
    edits: [
      {
        file: 'src/adapters/store/append-script.ts',
        find: "if (seq or '0') ~= ARGV[1] then return {'conflict'} end",
        replace: '',
      },
      // The version is told twice: by number, and by the hash of that event.
      {
        file: 'src/adapters/store/append-script.ts',
        find: "if ARGV[13] ~= '' and redis.call('HGET', KEYS[2], 'head') ~= ARGV[13] then return {'conflict'} end",
        replace: '',
      },
    ],
  },
  {
    name: 'reconcile',
    what: '`reconcile` does nothing',
    edits: [
      {
        file: 'src/engine/reconcile.ts',
        find: 'export async function reconcile(engine: Engine): Promise<number> {',
        replace: 'export async function reconcile(engine: Engine): Promise<number> {\n  return 0;',
      },
    ],
  },
  {
    name: 'post-first',
    what: 'Slack is told of events before they are appended',
    edits: [
      {
        file: 'src/engine/handle.ts',
        find: 'const appended = await engine.log.append({',
        replace: `await (engine as { tellFirst?: (...told: unknown[]) => Promise<void> }).tellFirst?.(id, base, events);
  const appended = await engine.log.append({`,
      },
      {
        file: 'src/compose.ts',
        find: 'const inner = createJobs(room, {',
        replace: `const { keepThread } = ${LOAD}('../jobs/post-updates');
      const cursors = createRedisCursors(work, keys);
      (workEngine as any).tellFirst = async (id: any, base: number, events: readonly any[]) => {
        const lease = await workEngine.lease.take(id, 'thread');
        if (!lease) return;
        const read = async (wave: any, from = 1) => [
          ...(await workEngine.log.read(wave, from)),
          ...(base > 0 ? events.filter(({ seq }) => seq >= from) : []),
        ];
        const early = { ...common, alarm, thread, log: { ...workEngine.log, read }, cursors: { ...cursors, caughtUp: async () => true } };
        await keepThread(early)(id, lease).catch(() => undefined);
        await lease.release();
      };
      const inner = createJobs(room, {`,
      },
    ],
  },
  {
    name: 'fencing',
    what: 'nobody asks whether the lease is still held and the visit still wanted',
    edits: [
      {
        file: 'src/adapters/store/append-script.ts',
        find: "if ARGV[9] ~= '' and redis.call('GET', KEYS[4]) ~= ARGV[9] then",
        replace: 'if false then',
      },
      {
        file: 'src/adapters/store/redis-lease.ts',
        find: 'isHeld: async () => !left && freshly(() => ours(LEASE_MS), isFresh),',
        replace: 'isHeld: async () => true,',
      },
      {
        file: 'src/adapters/store/redis-lease.ts',
        find: 'const isFresh = (): boolean => !left && age() < STALE_MS;',
        replace: 'const isFresh = (): boolean => true;',
      },
      {
        file: 'jobs/step-context.ts',
        find: 'if (!stored || !expects(stored.wave, visit, forward)) throw new Superseded(visit);',
        replace: 'void stored;',
      },
    ],
  },
  {
    name: 'search',
    what: 'after an unclear answer Slack is not searched, the post is made again',
    edits: [
      {
        file: 'src/adapters/slack/slack-thread.ts',
        find: 'async find(root, mark, after) {',
        replace: 'async find(root, mark, after) {\n      return null;',
      },
    ],
  },
];
