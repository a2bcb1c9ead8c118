/** Waves while the store they are kept in is taken from under them: Sentinel promotes another server, a Cluster moves a slot. */
import { playWave } from '../../sandbox/auto';
import { judge } from '../../sandbox/judgement';
import type { Sandbox } from '../../sandbox/sandbox';
import { until } from '../lab/lab';
import { type RedisLab, type RedisNode, startClusterLab, startSentinelLab } from '../lab/redis-lab';
import { cutover } from '../support/cutover-process';
import { openSandbox, said } from '../support/wave-run';
import { breakAt, type Moment } from './redis-break';

// About half a minute each where nothing else runs.
jest.setTimeout(300_000);

const SITE = 'site-b';
const WAVE = 'site-b-wave-1';
const KEY = '{cutover}:open';

/** A whole wave by a bot and two workers; what did not end as it should, as sentences. */
async function wrongOf(lab: RedisLab, moments: readonly Moment[]) {
  const sandbox = await openSandbox({ site: SITE, redis: lab });
  try {
    await Promise.all([sandbox.startBot('bot'), sandbox.startBot('worker'), sandbox.startBot('worker')]);
    const before = sandbox.twin.snapshot(SITE);
    const breaker = breakAt(sandbox, lab, WAVE, moments);
    const seen = await playWave(breaker.people, { site: SITE, say: (line) => said.push(line) });
    await breaker.stop();
    const judged = await judge(sandbox, SITE, [], seen, before);
    const wrong = judged.findings.filter(({ good }) => !good).map(({ text }) => text);
    return { done: breaker.done, wrong: [...wrong, ...(await leftOver(sandbox, lab))] };
  } finally {
    await sandbox.close();
  }
}

async function leftOver(sandbox: Sandbox, lab: RedisLab): Promise<readonly string[]> {
  const client = lab.connect();
  const locks = Object.keys(await client.hgetall('{cutover}:locks'));
  const open = await client.smembers('{cutover}:open');
  client.disconnect();
  const verified = await cutover(['--config', sandbox.config, 'audit', 'verify', WAVE]);
  const doctor = await cutover(['--config', sandbox.config, 'doctor', SITE]);
  return [
    ...(/replicas that an append waits for/.test(doctor.out) ? [] : [`doctor: ${doctor.out}${doctor.err}`]),
    ...locks.map((lock) => `the lock on ${lock} was not freed`),
    ...open.map((wave) => `${wave} is still open`),
    ...(verified.code === 0 && /whole\./.test(verified.out) ? [] : [`audit verify: ${verified.out}${verified.err}`]),
  ];
}

it('three Sentinels promote another server three times in one wave, and it completes as if nothing had been', async () => {
  const lab = await startSentinelLab();
  const killed: number[] = [];
  const broken = async (): Promise<void> => {
    const master = await lab.promoted(null, 2);
    killed.push(master.port);
    await master.kill();
    const next = await lab.promoted(master, 1);
    // The last one takes itself for the master when it comes back, until the Sentinels tell it better.
    await (killed.length < 3 ? master.start(next) : master.start());
  };
  let gates = 0;
  try {
    const { done, wrong } = await wrongOf(lab, [
      { name: 'between steps', at: ({ type }) => type === 'StepPassed', broken },
      { name: 'at a gate', at: ({ type }) => type === 'GateOpened' && ++gates === 1, broken },
      {
        name: 'before a write',
        at: ({ type, step }) => type === 'StateCaptured' && step === 'activate-inbound',
        broken,
      },
    ]);
    expect(wrong).toEqual([]);
    expect(done).toEqual(['between steps', 'at a gate', 'before a write']);
    expect(new Set(killed).size).toBeGreaterThan(1);
    expect((await lab.promoted(null, 2)).running()).toBe(true);
  } finally {
    await lab.close();
  }
});

it('a Cluster fails over and moves the slot with all that the bot has, and the wave completes as if nothing had been', async () => {
  const lab = await startClusterLab(KEY);
  const hadIt = new Set<number>();
  const owner = async (): Promise<RedisNode> => {
    const node = await lab.ownerOf(KEY);
    hadIt.add(node.port);
    if (!(await until(async () => (await lab.replicasOf(node)).length > 0, 15_000))) throw new Error('nobody follows');
    return node;
  };
  try {
    const { done, wrong } = await wrongOf(lab, [
      {
        name: 'its master is killed',
        at: ({ type }) => type === 'StepPassed',
        broken: async () => {
          const node = await owner();
          await node.kill();
          await lab.ownerOf(KEY, node);
          await node.start();
        },
      },
      {
        name: 'its slot moves',
        at: ({ type, step }) => type === 'StateCaptured' && step === 'switch-dns',
        broken: async () => {
          const node = await owner();
          const others = lab.nodes.filter((each) => each !== node);
          for (const other of others) if ((await lab.replicasOf(other)).length > 0) return lab.moveSlot(KEY, other);
          throw new Error('no other master has a replica');
        },
      },
      {
        name: 'its replica takes over',
        at: ({ type, step }) => type === 'StateCaptured' && step === 'activate-inbound',
        broken: async () => {
          const node = await owner();
          const [next] = await lab.replicasOf(node);
          await next?.client.call('CLUSTER', 'FAILOVER');
          await lab.ownerOf(KEY, node);
          await owner();
        },
      },
    ]);
    expect(wrong).toEqual([]);
    expect(done).toEqual(['its master is killed', 'its slot moves', 'its replica takes over']);
    expect(hadIt.size).toBe(4);
  } finally {
    await lab.close();
  }
});
