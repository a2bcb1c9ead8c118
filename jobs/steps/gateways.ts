import type { Evidence } from '../../src/core/evidence';
import { line } from './outcomes';
import type { StepContext } from './step-work';

export interface GatewayFinding {
  /** Any final answer but a 5xx proves that the gateway is reached; `busy` is the 503 of a registration storm. */
  readonly state: 'reachable' | 'busy' | 'unreachable';
  readonly retryAfterMs: number | null;
  readonly evidence: Evidence;
}

/** One SIP OPTIONS by the gateway's own transport. */
export async function askGateway(context: StepContext, which: 'target' | 'legacy'): Promise<GatewayFinding> {
  const gateway = context.plan.site.gateways[which];
  const asked = `OPTIONS sip:${gateway.host}:${gateway.port};transport=${gateway.transport}`;
  const outcome = await context.world.sip.options(gateway);
  if (outcome.kind !== 'answered') {
    const evidence = line(context, asked, `${outcome.kind}: ${outcome.detail}`, false);
    return { state: 'unreachable', retryAfterMs: null, evidence };
  }
  const { status, reason, retryAfterSeconds, elapsedMs } = outcome;
  const state = status === 503 ? 'busy' : status >= 500 && status < 600 ? 'unreachable' : 'reachable';
  const retry = retryAfterSeconds === null ? '' : `, retry after ${retryAfterSeconds} s`;
  return {
    state,
    retryAfterMs: retryAfterSeconds === null ? null : retryAfterSeconds * 1000,
    evidence: line(context, asked, `${status} ${reason}${retry}, ${Math.round(elapsedMs)} ms`, state === 'reachable'),
  };
}
