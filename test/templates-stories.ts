/** Waves as the thread meets them: commands through `decide`, events chained as in the log, words as the steps put them. */
import type { Actor } from '../src/core/actor';
import type { WaveCommand } from '../src/core/commands';
import { decide } from '../src/core/decide';
import type { LoggedEvent, WaveEvent } from '../src/core/events';
import type { Evidence } from '../src/core/evidence';
import type { Json } from '../src/core/json';
import { canonicalJson } from '../src/core/json';
import type { Outcome, UndoOutcome } from '../src/core/outcome';
import type { Plan } from '../src/core/plan';
import type { StepKind } from '../src/core/step-kinds';
import { evolve, type Wave } from '../src/core/wave';
import type { Told } from '../templates/thread';
import {
  approve,
  begin,
  beginUndo,
  DANIEL,
  HOUR,
  MARIA,
  MINUTE,
  observedOf,
  planOf,
  report,
  reportGate,
  reportUndo,
  sha256,
  siteOf,
  start,
  T0,
  visitOf,
  WORKER,
} from './support/core-waves';

/** A log as it grows. Every command moves the clock by a minute, or to where it is put. */
export class Story {
  readonly told: Told[] = [];
  now = T0;

  get wave(): Wave {
    const last = this.told.at(-1);
    if (!last) throw new Error('nothing has happened yet');
    return last.wave;
  }

  get log(): readonly LoggedEvent[] {
    return this.told.map(({ logged }) => logged);
  }

  does(...commands: readonly (WaveCommand | ((wave: Wave) => WaveCommand))[]): this {
    for (const item of commands) {
      const command = typeof item === 'function' ? item(this.wave) : item;
      const decision = decide(this.told.at(-1)?.wave ?? null, command, this.now);
      if (decision.kind === 'refusal') throw new Error(`${command.type} was refused: ${decision.sentence}`);
      for (const event of decision.events) this.append(event, command.actor);
      this.now += MINUTE;
    }
    return this;
  }

  later(ms: number): this {
    this.now += ms;
    return this;
  }

  append(event: WaveEvent, actor: Actor = WORKER): this {
    const last = this.told.at(-1);
    const by = actor.kind === 'person' ? ({ kind: 'person', user: actor.user, via: actor.via } as const) : actor;
    const wave = event.type === 'WaveStarted' ? event.plan.wave : this.wave.id;
    const bare = { wave, seq: this.told.length + 1, at: this.now, by, event };
    const logged = { ...bare, hash: sha256((last?.logged.hash ?? '') + canonicalJson(bare)) };
    this.told.push({ logged, wave: evolve(last?.wave ?? null, logged) });
    return this;
  }

  /** The present step, from its beginning to its check, with what was there before. */
  step(captured: Json, applied: string, passed: string, evidence: readonly Evidence[] = []): this {
    this.does(
      begin,
      ...(captured === null ? [] : [capture(captured)]),
      report({ kind: 'applied', summary: applied, evidence: [] }),
    );
    return this.does(report({ kind: 'passed', summary: passed, evidence }));
  }

  /** Through every step before this one, gates included. */
  upTo(kind: StepKind): this {
    while (this.present() !== kind) this.through();
    return this;
  }

  through(): this {
    const kind = this.present();
    if (this.isBehindGate()) this.does(reportGate(GREEN, HASH), approve(DANIEL, HASH));
    const [captured, applied, passed] = WORDS[kind] ?? [{}, 'Done.', 'All good.'];
    return this.step(captured, applied, passed, EVIDENCE[kind] ?? []);
  }

  private present(): StepKind {
    const { wave } = this;
    const planned = 'at' in wave ? wave.plan.steps[wave.at] : undefined;
    if (!planned) throw new Error(`${wave.id} has no step under way`);
    return planned.kind;
  }

  private isBehindGate(): boolean {
    const { wave } = this;
    if (!('at' in wave)) return false;
    return wave.plan.steps[wave.at]?.gated === true && wave.steps[wave.at]?.gate.state === 'closed';
  }
}

export const capture =
  (captured: Json) =>
  (wave: Wave): WaveCommand => ({ type: 'CaptureState', visit: visitOf(wave), captured, actor: WORKER });

export const undo = (summary: string, evidence: readonly Evidence[] = []): ((wave: Wave) => WaveCommand)[] => [
  beginUndo,
  reportUndo({ kind: 'undone', summary, evidence } satisfies UndoOutcome),
];

export const good = (asked: string, answered: string): Evidence => ({ at: T0, asked, answered, good: true });
export const bad = (asked: string, answered: string): Evidence => ({ at: T0, asked, answered, good: false });
export const info = (asked: string, answered: string): Evidence => ({ at: T0, asked, answered, good: null });

const RECORDS = ['_sip._tcp.sitea.example.com', '_sip._udp.sitea.example.com'];

export const HASH = sha256('what was read');

export const NEW = '10 0 5060 site-a.byoc.usw2.pure.cloud';
export const OLD = '10 0 5060 sbc.sitea.example.com';
const OLD_SECOND = '20 0 5060 sbc.sitea.example.com';

export const GREEN: Outcome = {
  kind: 'passed',
  summary: 'Everything that this step needs is there.',
  evidence: [
    good('dig @ns1 _sip._tcp.sitea.example.com SRV', `${OLD} TTL 300`),
    good('dig @ns2 _sip._tcp.sitea.example.com SRV', `${OLD} TTL 300`),
    good('SIP OPTIONS site-a.byoc.usw2.pure.cloud:5060/tcp', '200 OK in 41 ms'),
    good('low TTL seen by the last name server', '3 d ago'),
    info('one inbound authority', 'legacy'),
  ],
};

const EVIDENCE: Partial<Record<StepKind, readonly Evidence[]>> = {
  'confirm-propagation': [
    good('dig @google _sip._tcp.sitea.example.com SRV', `${NEW} + ${OLD_SECOND} TTL 212`),
    good('dig @cloudflare _sip._tcp.sitea.example.com SRV', `${NEW} + ${OLD_SECOND} TTL 300`),
    good('dig @quad9 _sip._tcp.sitea.example.com SRV', `${NEW} + ${OLD_SECOND} TTL 17`),
    good('dig @site-a-dc _sip._tcp.sitea.example.com SRV', `${NEW} + ${OLD_SECOND} TTL 300`),
    good('dig @site-a-sdwan _sip._tcp.sitea.example.com SRV', `${NEW} + ${OLD_SECOND} TTL 88`),
    good('dig @ns1 _sip._tcp.sitea.example.com SRV', `${NEW} + ${OLD_SECOND} TTL 300`),
  ],
  'activate-inbound': [
    good('phones of cohort 10 of 10 registered', '24 of 24'),
    info('503 answers of the gateway in the last minute', '0'),
  ],
};

const records = (ttl: number, values = [OLD]): Json => ({
  records: RECORDS.map((name) => ({ name, type: 'SRV', ttl, values })),
});
const users = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `user-${from + i}`);

/** Per step: what it captures, what it says when applied, what it says when passed. */
const WORDS: Partial<Record<StepKind, readonly [Json, string, string]>> = {
  preflight: [null, 'Nothing to write.', 'Armed. 79 lines: 1 amber, 78 green.'],
  'lower-ttl': [records(3600), 'Both records now have a TTL of 300 s.', 'Both name servers show 300 s.'],
  'assign-licences': [
    {
      lacking: [
        { licence: 'communicate', users: users(1, 240) },
        { licence: 'engage', users: users(3, 240) },
      ],
    },
    '240 licences were asked for.',
    'All 240 agents hold communicate and engage.',
  ],
  'provision-standby': [null, 'Nothing to write.', 'Trunks, routes and queues mirror legacy.'],
  'shadow-routing': [
    { allocationPercent: 0, shadowPercent: 0 },
    'Shadow share is 5 percent.',
    '98.4 percent of 412 shadow calls completed, legacy 98.9.',
  ],
  'check-readiness': [null, 'Nothing to write.', '3 queues mapped, 61 agents on shift, CRM entry present.'],
  'switch-dns': [
    records(300),
    'Both records name the new gateway first, legacy second.',
    'Both name servers show the new values.',
  ],
  'confirm-propagation': [null, 'Nothing to write.', 'All 5 resolvers and both name servers agree.'],
  'drain-legacy': [
    { trunks: [{ id: 'spr-carrier-in', mode: 'active' }] },
    'spr-carrier-in is in standby.',
    'No new call on legacy; 7 live calls finish there.',
  ],
  'activate-inbound': [
    { trunks: [{ trunkBase: 'trunk-in', enabled: false }] },
    'The inbound trunk is on; cohorts follow.',
    'All 240 phones are registered after 10 cohorts, no 503.',
  ],
  'activate-outbound': [
    { routes: [{ route: 'route-out', enabled: false }] },
    'The outbound route is on.',
    'A test call went out.',
  ],
  'enable-failover': [
    { trunks: [{ trunkBase: 'trunk-failover', enabled: false }] },
    'The failover trunk is on.',
    'It is in service.',
  ],
  'shift-queues': [
    {
      queues: [
        { queue: 'queue-sales', joined: [] },
        { queue: 'queue-service', joined: users(1, 9) },
      ],
      shares: { allocationPercent: 0, shadowPercent: 0 },
    },
    '240 members joined, allocation is 100 percent.',
    'The flow sends every call to the new queues.',
  ],
  'observe-calls': [null, 'Nothing to write.', '214 calls in 30 min, 99.1 percent completed, CRM has 98 percent.'],
  'retire-legacy': [
    { trunks: [{ id: 'spr-carrier-in', mode: 'standby' }], queues: [{ id: 'spr-sales', enabled: true }] },
    'Legacy is off.',
    'No live call, no waiting call on legacy.',
  ],
  'restore-ttl': [records(300, [NEW, OLD]), 'TTL is 3600 s again.', 'Both name servers show 3600 s.'],
};

/** A plan of the large demonstration site's size and names. */
export function springfield(): Plan {
  const base = siteOf();
  const site = siteOf(
    {
      site: 'site-a',
      name: 'Springfield contact centre',
      policy: {
        operators: ['S0OPERATORS'],
        approvers: ['S0APPROVERS'],
        quorum: 1,
        gates: { 'retire-legacy': { quorum: 2, reasonRequired: true } },
      },
      dns: {
        ...base.dns,
        zone: 'sitea.example.com',
        records: RECORDS.map((name) => ({ name, type: 'SRV', ttl: 3600, legacy: [OLD], target: [NEW, OLD_SECOND] })),
      },
      gateways: {
        target: { host: 'site-a.byoc.usw2.pure.cloud', port: 5060, transport: 'tcp' },
        legacy: { host: 'sbc.sitea.example.com', port: 5060, transport: 'udp' },
      },
      platform: {
        ...base.platform,
        inboundTrunks: [{ name: 'Springfield BYOC inbound', trunkBase: 'trunk-in' }],
        failoverTrunks: [{ name: 'Springfield BYOC failover', trunkBase: 'trunk-failover' }],
        outboundRoutes: [{ name: 'Springfield outbound', route: 'route-out' }],
        queues: ['Sales', 'Service', 'Billing'].map((name) => ({
          name: `Springfield ${name}`,
          queue: `queue-${name.toLowerCase()}`,
          groups: [name.toLowerCase()],
        })),
        licences: ['communicate', 'engage'],
      },
      legacy: { trunks: ['spr-carrier-in'], queues: ['spr-sales', 'spr-service', 'spr-billing'] },
    },
    240,
  );
  const observed = observedOf({
    records: RECORDS.map((name) => ({ name, type: 'SRV', ttl: 3600, values: [OLD] })),
    queues: ['sales', 'service', 'billing'].map((name) => ({ id: `queue-${name}`, name, members: 80, joined: 0 })),
    legacyTrunks: [{ id: 'spr-carrier-in', mode: 'active' }],
    legacyQueues: ['spr-sales', 'spr-service', 'spr-billing'].map((id) => ({ id, enabled: true })),
    licencesMissing: 240,
  });
  return planOf({ site, observed });
}

export const started = (plan: Plan = springfield()): Story => new Story().does(start(plan, MARIA));

export const waiting = (summary: string, recheckAfterMs = MINUTE, until: number | null = null): Outcome => ({
  kind: 'waiting',
  summary,
  evidence: [],
  recheckAfterMs,
  until,
});

export const fault = (summary = 'Genesys Cloud answered 429 (too many requests).'): Outcome => ({
  kind: 'faulted',
  summary,
  transient: true,
  retryAfterMs: null,
});

/** Propagation lags past its limit: the wave is held and names the resolver. */
export function lagging(): Story {
  const story = started().upTo('confirm-propagation');
  story.does(begin, report(waiting('3 of 5 resolvers agree.')), report(fault()), report(fault()));
  for (let i = 0; i < 6; i++) story.does(report(waiting('4 of 5 resolvers agree; site-a-sdwan still shows legacy.')));
  return story.later(10 * MINUTE).does(
    report({
      kind: 'held',
      cause: 'lag',
      summary: 'site-a-sdwan still answers with the legacy gateway 15 min after the name servers changed',
      evidence: [
        bad('dig @site-a-sdwan _sip._tcp.sitea.example.com SRV', `${OLD} TTL 3600`),
        ...(EVIDENCE['confirm-propagation'] ?? []).slice(0, 4),
      ],
    }),
  );
}

/** Calls fail after the shift: the wave goes back by itself. */
export function failing(): Story {
  return started()
    .upTo('observe-calls')
    .does(
      begin,
      report({ kind: 'applied', summary: 'Watching.', evidence: [] }),
      report(waiting('61 calls so far, 1 failed.', 5 * MINUTE, T0 + 6 * HOUR)),
      report({
        kind: 'failed',
        summary: '9 of 118 calls failed in 11 min: more than 2 percent with 99 percent certainty',
        evidence: [
          bad('failed share of finished calls, 01:14 to 01:25', '7.6 percent (limit 2)'),
          good('calls that became CRM records', '97 percent (limit 95)'),
        ],
      }),
    );
}
