import type { Evidence } from '../../src/core/evidence';
import { type GatewayAnswer, readGatewayAnswer } from '../../src/core/gateway-answer';
import type { Gateway } from '../../src/core/site';
import type { SipOutcome } from '../../src/ports/sip-probe';
import { line } from './outcomes';
import type { StepContext } from './step-work';

/** `reachable`: answers as wanted. `policy`: reached, but the answer proves nothing of calls. `busy`: a 503, as in a storm. */
type State = 'reachable' | 'policy' | 'busy' | 'unreachable';

export interface GatewayFinding {
  /** The worst of all places that count: the site's probes, or our own network where the site has none. */
  readonly state: State;
  /** Of the answer that decided; null without one. */
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  /** What decided. */
  readonly evidence: Evidence;
  /** One line for each place that was asked from, ours first. */
  readonly everywhere: readonly Evidence[];
}

interface Answer {
  readonly state: State;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly evidence: Evidence;
}

const STATES: Readonly<Record<GatewayAnswer, State>> = {
  ready: 'reachable',
  policy: 'policy',
  other: 'policy',
  refusing: 'busy',
  broken: 'unreachable',
};
/** From the one that must be acted upon first to the one that lets the wave go on. */
const WORST_FIRST: readonly State[] = ['busy', 'unreachable', 'policy', 'reachable'];

/**
 * One SIP OPTIONS by the gateway's own transport, from here and from every probe of the site. Endpoints are reached over the
 * site's network: where it has probes, what our own network sees is information only.
 */
export async function askGateway(context: StepContext, which: 'target' | 'legacy'): Promise<GatewayFinding> {
  const { gateways, probes = [] } = context.plan.site;
  const gateway = gateways[which];
  const places = [undefined, ...probes];
  const outcomes = await Promise.all(places.map((from) => context.world.sip.options(gateway, from)));
  const answers = outcomes.map((outcome, i) => read(context, gateway, outcome, places[i]));
  const [own, ...inside] = answers;
  if (!own) throw new Error(`nobody asked ${gateway.host}`);
  const counting = inside.length > 0 ? inside : [own];
  const worst = WORST_FIRST.flatMap((state) => counting.filter((answer) => answer.state === state))[0] ?? own;
  const waits = counting.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return {
    state: worst.state,
    status: worst.status,
    retryAfterMs: waits.length > 0 ? Math.max(...waits) : null,
    evidence: worst.evidence,
    everywhere: [
      inside.length > 0 ? asInformation(own.evidence) : own.evidence,
      ...inside.map((each) => each.evidence),
    ],
  };
}

function asInformation(evidence: Evidence): Evidence {
  return { ...evidence, answered: `${evidence.answered}; the site's own probes decide`, good: null };
}

function read(context: StepContext, gateway: Gateway, outcome: SipOutcome, from: string | undefined): Answer {
  const place = from === undefined ? '' : ` from the probe ${from}`;
  const asked = `OPTIONS sip:${gateway.host}:${gateway.port};transport=${gateway.transport}${place}`;
  if (outcome.kind !== 'answered') {
    const evidence = line(context, asked, `${outcome.kind}: ${outcome.detail}`, false);
    return { state: 'unreachable', status: null, retryAfterMs: null, evidence };
  }
  const { status, reason, retryAfterSeconds, elapsedMs } = outcome;
  const state = STATES[readGatewayAnswer(status, gateway.expect)];
  const retry = retryAfterSeconds === null ? '' : `, retry after ${retryAfterSeconds} s`;
  const text = `${status} ${reason}${retry}, ${Math.round(elapsedMs)} ms${meaning(state, status, gateway)}`;
  return {
    state,
    status,
    retryAfterMs: retryAfterSeconds === null ? null : retryAfterSeconds * 1000,
    evidence: line(context, asked, text, state === 'reachable'),
  };
}

function meaning(state: State, status: number, gateway: Gateway): string {
  if (state === 'busy') return '; alive, but it takes no calls now';
  if (state === 'policy')
    return `; reached, but that is no yes: where it is this gateway's way with strangers, put ${status} into its "expect"`;
  const wanted = status >= 200 && status < 300 ? '' : `; expected of this gateway (${gateway.expect?.join(', ')})`;
  return state === 'reachable' ? wanted : '';
}
