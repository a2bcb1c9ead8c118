import type { Evidence } from '../../src/core/evidence';
import { type RecordState, sameState, stateText, valuesText } from '../../src/core/record-values';
import { Fault } from '../../src/ports/fault';
import type { DnsAnswer } from '../../src/ports/resolver';
import { line } from './outcomes';
import { questionOf } from './record-sets';
import type { StepContext } from './step-work';

export interface NameServers {
  /** Every name server answers with authority and with exactly the wanted sets. */
  readonly agree: boolean;
  readonly behind: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** Asks every name server of the zone for every set, without recursion: values and TTL must be the wanted ones. */
export async function askNameServers(context: StepContext, wanted: readonly RecordState[]): Promise<NameServers> {
  const { nameServers, zone } = context.plan.site.dns;
  const evidence: Evidence[] = [];
  const behind: string[] = [];
  for (const server of nameServers) {
    const serial = serialOf(await askQuietly(context, server, zone, 'SOA', false));
    let agrees = true;
    for (const state of wanted) {
      const answer = await askQuietly(context, server, state.name, state.type, false);
      const good = answer !== null && isWanted(answer, state);
      agrees &&= good;
      const text = answer === null ? 'no answer' : `${answerText(answer)}, zone serial ${serial}`;
      evidence.push(line(context, `dig +norecurse @${server} ${questionOf(state)}`, text, good));
    }
    if (!agrees) behind.push(server);
  }
  return { agree: behind.length === 0, behind, evidence };
}

/** Silence is a finding here, not a fault of ours: null. Whatever cannot pass with time is still thrown. */
export async function askQuietly(
  context: StepContext,
  server: string,
  name: string,
  type: Parameters<StepContext['world']['resolver']['ask']>[2],
  recursion: boolean,
): Promise<DnsAnswer | null> {
  try {
    return await context.world.resolver.ask(server, name, type, { recursion });
  } catch (cause) {
    if (cause instanceof Fault && cause.transient) return null;
    throw cause;
  }
}

export function answerText(answer: DnsAnswer): string {
  if (answer.rcode !== 'NOERROR') return answer.rcode;
  const shown = answer.ttl === null ? valuesText(answer.values) : stateText({ values: answer.values, ttl: answer.ttl });
  const marks = [
    answer.authoritative ? 'authoritative' : '',
    answer.extendedErrors.length > 0 ? `extended error ${answer.extendedErrors.join(', ')}` : '',
  ].filter((mark) => mark !== '');
  return [shown, ...marks].join(', ');
}

function isWanted(answer: DnsAnswer, state: RecordState): boolean {
  if (!answer.authoritative || answer.rcode !== 'NOERROR' || answer.ttl === null) return false;
  return sameState({ ...state, ttl: answer.ttl, values: answer.values }, state);
}

/** `mname rname serial refresh retry expire minimum` (RFC 1035 section 3.3.13). */
function serialOf(answer: DnsAnswer | null): string {
  return answer?.values[0]?.split(/\s+/)[2] ?? 'unknown';
}
