/** What the steps owe to a DNS provider: wait until it has settled, and touch nothing that the site does not declare. */
import { writeRecords } from '../jobs/steps/record-sets';
import { createMemoryWorld, SRV, setOf, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

const CHANGE = `change of ${SRV} SRV`;

async function switched() {
  const memory = createMemoryWorld(steppedSite());
  const visits = visitsIn(memory);
  await reach(visits, memory, 'switch-dns');
  memory.unsettled.add(CHANGE);
  expect((await visits.visit('switch-dns')).kind).toBe('applied');
  return { memory, visits };
}

describe('switch-dns', () => {
  it('does not ask the name servers before the provider has brought its change to all of them', async () => {
    const { memory, visits } = await switched();
    expect(await visits.visit('switch-dns')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('still bringing the change'),
      evidence: [{ asked: `DNS provider: change ${CHANGE}`, good: false }],
    });
    memory.unsettled.clear();
    expect((await visits.run('switch-dns')).last.kind).toBe('passed');
  });

  it('asks again from what it kept when its worker dies meanwhile', async () => {
    const { memory, visits } = await switched();
    const before = visits.copyOf('switch-dns');
    await visits.visit('switch-dns');
    visits.forget('switch-dns', before);
    expect((await visits.visit('switch-dns')).kind).toBe('waiting');
    memory.unsettled.clear();
    expect((await visits.run('switch-dns')).last.kind).toBe('passed');
  });
});

describe('a worker that died between its write and its report', () => {
  async function diedAfterWriting(touch: boolean) {
    const memory = createMemoryWorld(steppedSite());
    const visits = visitsIn(memory);
    await reach(visits, memory, 'switch-dns');
    const provider = memory.world.dns(memory.site.dns.provider);
    const touched: string[] = [];
    if (touch)
      Object.assign(memory.world, {
        dns: () => ({
          ...provider,
          touch: async (_zone: unknown, { name, type }: { name: string; type: string }) => {
            touched.push(`${name} ${type}`);
            return 'change of the touch';
          },
        }),
      });
    const before = visits.copyOf('switch-dns');
    await visits.visit('switch-dns');
    expect(touched).toEqual([]);
    visits.forget('switch-dns', { ...before, captured: visits.stateOf('switch-dns').captured });
    memory.unsettled.add('change of the touch');
    expect((await visits.visit('switch-dns')).kind).toBe('applied');
    return { memory, visits, touched };
  }

  it('has left a change that is asked for all the same, by a reference of its own', async () => {
    const { memory, visits, touched } = await diedAfterWriting(true);
    expect(touched).toEqual([`${SRV} SRV`]);
    expect(await visits.visit('switch-dns')).toMatchObject({
      kind: 'waiting',
      evidence: [{ asked: 'DNS provider: change change of the touch' }],
    });
    memory.unsettled.clear();
    expect((await visits.run('switch-dns')).last.kind).toBe('passed');
    expect(touched).toHaveLength(1);
  });

  it('has left it to the name servers where the provider has no references', async () => {
    const { visits } = await diedAfterWriting(false);
    expect((await visits.run('switch-dns')).last.kind).toBe('passed');
  });
});

describe('writing records', () => {
  it.each([
    ['another name', setOf('_sip._udp.t.example.com', 'SRV', 300, ['10 0 5060 new.example.net'])],
    ['another type of a name', setOf(SRV, 'A', 300, ['192.0.2.1'])],
  ])('stops at %s that the site does not declare, before anything is written', async (_what, next) => {
    const memory = createMemoryWorld(steppedSite());
    const context = visitsIn(memory).contextOf('switch-dns');
    await expect(writeRecords(context, [{ next, expected: next }])).rejects.toThrow('is no record of the site');
    expect(memory.writes).toEqual([]);
  });
});
