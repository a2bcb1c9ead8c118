/** The wave that is measured: eleven steps that do nothing, three gates, every event durable. */
import type { StepWork, StepWorks } from '../jobs/steps/step-work';
import { stepId, userId, type WaveId, waveId } from '../src/core/ids';
import { DEFAULT_LIMITS } from '../src/core/limits';
import type { Plan } from '../src/core/plan';
import type { Site } from '../src/core/site';
import { KIND_FACTS, STEP_KINDS, type StepKind } from '../src/core/step-kinds';

export const STEPS = 11;
const GATED: readonly number[] = [3, 6, 9];

export const OPERATOR = { kind: 'person', user: userId('U0OPERATOR'), groups: ['S0OPERATORS'], via: 'slack' } as const;
export const APPROVER = { kind: 'person', user: userId('U0APPROVER'), groups: ['S0APPROVERS'], via: 'slack' } as const;

/** A plan whose locks are its own, so that any number may run side by side. */
export function planOf(name: string): Plan {
  return {
    wave: waveId(`${name}-wave-1`),
    recipe: 'eleven-empty-steps',
    site: siteOf(name),
    limits: DEFAULT_LIMITS,
    steps: Array.from({ length: STEPS }, (_, i) => ({
      id: stepId(`step-${i + 1}`),
      kind: 'provision-standby' as const,
      title: `Step ${i + 1}`,
      gated: GATED.includes(i),
      changes: [],
      expectedMs: 60_000,
      undoMs: 0,
      deadlineMs: KIND_FACTS['provision-standby'].deadlineMs,
      http: null,
    })),
    locks: [`site:${name}`],
    rollbackTrigger: null,
    warnings: [],
    hash: 'a'.repeat(64),
  };
}

const nothingTelling = (begun: (wave: WaveId) => void): StepWork => ({
  apply: async ({ wave }) => {
    begun(wave);
    return { kind: 'applied', summary: 'Nothing to do.', evidence: [] };
  },
  check: async () => ({ kind: 'passed', summary: 'Nothing to check.', evidence: [] }),
  undo: async () => ({ kind: 'undone', summary: 'Nothing to undo.', evidence: [] }),
});

/** Steps that only tell when their work begins. */
export function emptyWorksTelling(begun: (wave: WaveId) => void): StepWorks {
  const nothing = nothingTelling(begun);
  return Object.fromEntries(STEP_KINDS.map((kind: StepKind) => [kind, nothing])) as StepWorks;
}

export const emptyWorks = emptyWorksTelling(() => undefined);

function siteOf(name: string): Site {
  const nowhere = { host: 'sip.example.com', port: 5060, transport: 'udp' } as const;
  return {
    site: name,
    name: 'Empty',
    timeZone: 'UTC',
    recipe: 'eleven-empty-steps',
    regulated: false,
    agents: [],
    window: null,
    policy: { operators: ['S0OPERATORS'], approvers: ['S0APPROVERS'], quorum: 1, gates: {} },
    dns: { provider: 'powerdns', zone: 'example.com', nameServers: [], records: [] },
    resolvers: [],
    gateways: { target: nowhere, legacy: nowhere },
    endpoints: { retrySeconds: 30, registersPerSecond: 10 },
    platform: {
      kind: 'genesys-cloud',
      organisation: 'none',
      site: 'none',
      inboundTrunks: [],
      failoverTrunks: [],
      outboundRoutes: [],
      queues: [],
      allocation: { table: 'none', row: 'none' },
      shadowFlow: 'none',
      managementUnit: null,
      licences: [],
    },
    mirror: { dids: [], callerId: '', codecs: [], maxConcurrentSessions: 1 },
    legacy: { trunks: [], queues: [] },
    crm: { entry: 'none' },
  };
}
