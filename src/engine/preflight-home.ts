import { groupsNamedIn } from '../core/actor';
import { lineId } from '../core/preflight';
import type { StoreFinding } from '../ports/home';
import { skewState, skewText } from './clock-skew';
import { type Answer, type Asking, answer, type Look, question } from './preflight-question';

/** The bot's own ground: its log and its channel. */
export function homeLooks({ world, site }: Asking): readonly Look[] {
  const { home } = world;
  return [
    {
      system: 'Redis',
      reach: question(
        'redis-reachable',
        'the log of the waves',
        'answers',
        async () => storeLines(await home.store()),
        {
          waivable: false,
        },
      ),
      questions: [],
    },
    {
      system: 'Slack',
      reach: question(
        'slack-token',
        'the bot’s token',
        'is accepted',
        async () => {
          const { team, bot } = await home.workspace();
          const found = `${bot} in ${team}`;
          return [answer('slack-token', 'the bot’s token', { found, wanted: 'is accepted', good: true }, { mend: '' })];
        },
        { waivable: false },
      ),
      questions: [
        question('slack-channel', 'the channel of the waves', 'the bot is a member', async () => {
          const { channel, member, detail } = await home.channel();
          const found = member ? `member of ${channel}` : detail;
          const mend = `Invite the bot into ${channel}; without it nobody sees the wave's thread and gates.`;
          const wanted = 'the bot is a member';
          return [
            answer(
              'slack-channel',
              'the channel of the waves',
              { found, wanted, good: member },
              { mend, waivable: false },
            ),
          ];
        }),
        ...groupsNamedIn(site.policy).map((group) =>
          question(lineId('slack-group', group), `user group ${group}`, 'has people', async () => {
            const size = await home.groupSize(group);
            const found = size === null ? 'there is no such group' : size === 0 ? 'nobody is in it' : 'has people';
            const mend = `Correct the policy in the site file, or put people into ${group}: gates wait for them.`;
            const good = size !== null && size > 0;
            return [
              answer(
                lineId('slack-group', group),
                `user group ${group}`,
                { found, wanted: 'has people', good },
                { mend },
              ),
            ];
          }),
        ),
      ],
    },
  ];
}

/** Where another server takes over, it has what was copied to it by then. */
const MAY_FORGET = answer(
  'redis-replicas',
  'what a failover of Redis may lose',
  {
    found: 'the newest events: no append waits for a replica',
    wanted: 'REDIS_MIN_REPLICAS at least 1',
    good: false,
  },
  {
    state: 'amber',
    mend: 'Set REDIS_MIN_REPLICAS to 1: a server that takes over may not have heard what was written last.',
  },
);

function storeLines({
  policy,
  appendOnly,
  failsOver,
  replicas,
  replicasWanted,
  clockSkewMs,
}: StoreFinding): readonly Answer[] {
  const skew = skewState(clockSkewMs);
  return [
    answer(
      'redis-reachable',
      'the log of the waves',
      { found: 'answers', wanted: 'answers', good: true },
      { mend: '' },
    ),
    answer(
      'redis-eviction',
      'what Redis may drop',
      { found: policy ?? 'not shown', wanted: 'noeviction', good: policy === 'noeviction' },
      {
        state: policy === null ? 'unknown' : 'red',
        mend: 'Set maxmemory-policy to noeviction: a wave must not be dropped.',
        waivable: false,
      },
    ),
    answer(
      'redis-durable',
      'what Redis keeps on disk',
      {
        found: appendOnly === null ? 'not shown' : appendOnly ? 'every write' : 'nothing (appendonly is off)',
        wanted: 'every write',
        good: appendOnly === true,
      },
      {
        state: appendOnly === null ? 'unknown' : 'red',
        mend: 'Set appendonly yes: a restart of Redis would lose every open wave.',
      },
    ),
    ...(replicasWanted === 0
      ? failsOver
        ? [MAY_FORGET]
        : []
      : [
          answer(
            'redis-replicas',
            'replicas that an append waits for',
            {
              found: replicas === null ? 'not shown' : `${replicas} connected`,
              wanted: `at least ${replicasWanted}`,
              good: replicas !== null && replicas >= replicasWanted,
            },
            {
              state: replicas === null ? 'unknown' : 'red',
              mend: 'Bring the replicas back, or lower REDIS_MIN_REPLICAS: no append would count.',
              waivable: false,
            },
          ),
        ]),
    answer(
      'clock-redis',
      'clock of Redis against the bot’s',
      { found: skewText(clockSkewMs), wanted: 'at most 5 s apart', good: skew === 'green' },
      { state: skew, mend: 'Set both clocks by NTP: windows and TTLs are counted by the bot’s.' },
    ),
  ];
}
