import type { Evidence } from '../../src/core/evidence';
import { type GatewayAnswer, readGatewayAnswer } from '../../src/core/gateway-answer';
import type { Gateway } from '../../src/core/site';
import { Fault } from '../../src/ports/fault';
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
  /** Probes that did not answer: what their networks see is not known. */
  readonly unseenFrom: readonly string[];
}

/**
 * `all`: nothing is said while a probe of the site is away; before callers are handed over there is time to mend it.
 * `some`: those that answer decide, at least one of them; afterwards one dead probe must not keep phones from being moved.
 */
export type Quorum = 'all' | 'some';

interface Answer {
  readonly kind: 'answer';
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
 * site's network: where it has probes, what our own network sees is information only, also when no probe answers. Throws
 * the `Fault` of a probe that is away as the quorum has it, and that of one that refuses or is not believed always.
 */
export async function askGateway(
  context: StepContext,
  which: 'target' | 'legacy',
  quorum: Quorum = 'all',
): Promise<GatewayFinding> {
  const { gateways, probes = [] } = context.plan.site;
  const gateway = gateways[which];
  const [own, ...inside] = await Promise.all([undefined, ...probes].map((from) => answerOf(context, gateway, from)));
  if (!own) throw new Error(`nobody asked ${gateway.host}`);
  const asked = inside.length > 0 ? inside : [own];
  const counting = asked.filter((each) => each.kind === 'answer');
  const away = asked.filter((each) => each.kind === 'away');
  const stop = away.find(({ fault }) => quorum === 'all' || counting.length === 0 || !fault.transient);
  if (stop) throw stop.fault;
  const worst = WORST_FIRST.flatMap((state) => counting.filter((answer) => answer.state === state))[0];
  if (!worst) throw new Error(`nobody sees ${gateway.host}`);
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
    unseenFrom: away.map(({ from }) => from ?? 'the bot'),
  };
}

interface Away {
  readonly kind: 'away';
  readonly from: string | undefined;
  readonly fault: Fault;
  readonly evidence: Evidence;
}

async function answerOf(context: StepContext, gateway: Gateway, from: string | undefined): Promise<Answer | Away> {
  try {
    return read(context, gateway, await context.world.sip.options(gateway, from), from);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const evidence = line(context, question(gateway, from), `no data from there: ${cause.message}`, null);
    return { kind: 'away', from, fault: cause, evidence };
  }
}

const question = ({ host, port, transport }: Gateway, from: string | undefined): string =>
  `OPTIONS sip:${host}:${port};transport=${transport}${from === undefined ? '' : ` from the probe ${from}`}`;

function asInformation(evidence: Evidence): Evidence {
  return { ...evidence, answered: `${evidence.answered}; the site's own probes decide`, good: null };
}

function read(context: StepContext, gateway: Gateway, outcome: SipOutcome, from: string | undefined): Answer {
  const asked = question(gateway, from);
  if (outcome.kind !== 'answered') {
    const evidence = line(context, asked, `${outcome.kind}: ${outcome.detail}`, false);
    return { kind: 'answer', state: 'unreachable', status: null, retryAfterMs: null, evidence };
  }
  const { status, reason, retryAfterSeconds, elapsedMs } = outcome;
  const state = STATES[readGatewayAnswer(status, gateway.expect)];
  const retry = retryAfterSeconds === null ? '' : `, retry after ${retryAfterSeconds} s`;
  const text = `${status} ${reason}${retry}, ${Math.round(elapsedMs)} ms${meaning(state, status, gateway)}`;
  return {
    kind: 'answer',
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
