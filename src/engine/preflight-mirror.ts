import { lineId } from '../core/preflight';
import { counted, listed } from '../core/wording';
import { type Answer, type Asking, answer, inOrder, type Question, question, same } from './preflight-question';

const STANDBY = 'Switch it off: two ways in at once lose calls, and the wave switches it on itself.';
const UNLIKE = 'Set it on the new side as it is on the old: callers would notice the difference.';

/** Whether the new side stands by and offers what the old one offers, object by object. */
export function mirrorQuestions(asking: Asking): readonly Question[] {
  const { world, site } = asking;
  const { platform } = site;
  return [
    ...[...platform.inboundTrunks, ...platform.failoverTrunks].map((trunk) =>
      question(lineId('trunk', trunk.name), trunk.name, 'stands by', () => trunkLines(asking, trunk)),
    ),
    ...platform.outboundRoutes.map(({ name, route }) => {
      const [id, what] = [lineId('route', name), `outbound route ${name}`];
      return question(id, what, 'off', async () => [
        same(id, what, (await world.platform.outboundRoute(platform.site, route)).enabled, false, {
          mend: 'Switch it off: the wave switches it on once agents are registered.',
        }),
      ]);
    }),
    question('parity-dids', 'numbers of the inbound flow', 'those of legacy', () => numberLines(asking)),
    ...platform.queues.map((queue) =>
      question(lineId('queue', queue.name), `queue ${queue.name}`, 'every agent of its groups', () =>
        memberLines(asking, queue),
      ),
    ),
    question('mapping-groups', 'groups of the roster', 'each has a queue', async () => [groupLine(asking)]),
    question('allocation', `allocation of ${platform.allocation.row}`, '0 percent', async () => {
      const { allocationPercent } = await world.platform.allocation(platform.allocation.table, platform.allocation.row);
      return [
        same('allocation', `allocation of ${platform.allocation.row}, percent`, allocationPercent, 0, {
          mend: 'Set it to 0 in the data table: callers would reach the new queues before the shift.',
        }),
      ];
    }),
  ];
}

async function trunkLines(
  { world, site }: Asking,
  { name, trunkBase }: Asking['site']['platform']['inboundTrunks'][number],
): Promise<readonly Answer[]> {
  const { capabilities } = world.platform;
  const trunk = await world.platform.trunk(trunkBase);
  const off = same(lineId('trunk', name), `${capabilities.inboundSwitch} ${name}`, trunk.enabled, false, {
    mend: STANDBY,
    waivable: false,
  });
  if (!capabilities.showsTrunks) return [off];
  return [
    off,
    same(lineId('parity-codecs', name), `codecs of ${name}, in order`, trunk.codecs, site.mirror.codecs, {
      mend: UNLIKE,
    }),
    same(
      lineId('parity-sessions', name),
      `session limit of ${name}`,
      trunk.maxConcurrentSessions,
      site.mirror.maxConcurrentSessions,
      { mend: UNLIKE },
    ),
  ];
}

async function numberLines({ world, site }: Asking): Promise<readonly Answer[]> {
  const { dids, callerId } = await world.platform.numbers(site.platform.site, site.mirror.dids);
  return [
    same(
      'parity-dids',
      'numbers of the inbound flow',
      inOrder(dids),
      inOrder(site.mirror.dids),
      missingDids(world, site),
    ),
    same(
      'parity-caller-id',
      'caller id of the new site',
      callerId,
      site.mirror.callerId,
      callerId === null && !world.platform.capabilities.showsTrunks
        ? { state: 'unknown', mend: 'Look at the outbound skill by hand: this platform shows no caller id of a site.' }
        : { mend: UNLIKE },
    ),
  ];
}

/** Where the site names a call route and the platform has the lever, the wave gives it its numbers. */
function missingDids(world: Asking['world'], site: Asking['site']): Parameters<typeof same>[4] {
  return site.platform.callRoute !== undefined && world.platform.routeNumbers !== undefined
    ? { state: 'amber', mend: 'The wave adds those that are missing to the call route; take off any other by hand.' }
    : { mend: UNLIKE };
}

/** A call that reaches a queue without its agents is an orphan. */
async function memberLines(
  { world, site }: Asking,
  { name, queue, groups }: Asking['site']['platform']['queues'][number],
): Promise<readonly Answer[]> {
  const members = await world.platform.members(queue);
  const agents = site.agents.filter(({ group }) => groups.includes(group));
  const missing = agents.filter(({ user }) => !members.has(user));
  const known = new Set(agents.map(({ user }) => user));
  const extra = [...members.keys()].filter((user) => !known.has(user));
  const joined = [...members.values()].filter(Boolean).length;
  const found = [
    `${agents.length - missing.length} of ${agents.length} agents are members`,
    ...(missing.length === 0 ? [] : [`missing: ${listed(missing.map(({ agent }) => agent))}`]),
    ...(extra.length === 0 ? [] : [`${counted(extra.length, 'member')} not on the roster: ${listed(extra, 3)}`]),
  ].join('; ');
  const good = agents.length > 0 && missing.length === 0 && extra.length === 0;
  return [
    answer(
      lineId('queue', name),
      `members of queue ${name}`,
      { found, wanted: 'the agents of its groups and nobody else', good },
      { mend: 'Compare the roster with the members of the queue.' },
    ),
    same(lineId('queue', name, 'joined'), `joined members of queue ${name}`, joined, 0, {
      mend: 'Have them leave the queue: the wave has them join when its calls come.',
    }),
  ];
}

function groupLine({ site }: Asking): Answer {
  const served = new Set(site.platform.queues.flatMap(({ groups }) => groups));
  const unserved = inOrder(site.agents.map(({ group }) => group).filter((group) => !served.has(group)));
  return answer(
    'mapping-groups',
    'groups of the roster without a queue',
    { found: listed(unserved), wanted: 'none', good: unserved.length === 0 },
    { mend: 'Name each group at a queue of the site file.' },
  );
}
