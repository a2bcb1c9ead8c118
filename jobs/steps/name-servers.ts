import type { Evidence } from '../../src/core/evidence';
import { type RecordState, sameState, stateText, valuesText } from '../../src/core/record-values';
import { compareSerials, hasReached, serialOf } from '../../src/core/zone-serial';
import { Fault } from '../../src/ports/fault';
import type { DnsAnswer, QuestionType } from '../../src/ports/resolver';
import { line } from './outcomes';
import { questionOf } from './record-sets';
import type { StepContext } from './step-work';

export interface NameServers {
  /** Every name server answers with authority and with exactly the wanted sets, from a zone that is new enough. */
  readonly agree: boolean;
  readonly behind: readonly string[];
  /** The newest serial among those that show the wanted sets; null when none of them tells one. */
  readonly serial: number | null;
  readonly evidence: readonly Evidence[];
}

/**
 * Asks every name server of the zone for every set, without recursion: values and TTL must be the wanted ones, and the
 * zone's serial at or after `serial` where one is given (RFC 1982).
 */
export async function askNameServers(
  context: StepContext,
  wanted: readonly RecordState[],
  serial: number | null = null,
): Promise<NameServers> {
  const { nameServers, zone } = context.plan.site.dns;
  const evidence: Evidence[] = [];
  const behind: string[] = [];
  const serials: number[] = [];
  for (const server of nameServers) {
    const shown = await serialAt(context, server, zone);
    const enough = serial === null || (shown !== null && hasReached(shown, serial));
    let agrees = enough;
    for (const state of wanted) {
      const answer = await askQuietly(context, server, state.name, state.type, false);
      const good = answer !== null && isWanted(answer, state) && enough;
      agrees &&= good;
      const text = answer === null ? 'no answer' : `${answerText(answer)}, zone serial ${shown ?? 'unknown'}`;
      const short = enough ? '' : `, ${serial} is wanted`;
      evidence.push(line(context, `dig +norecurse @${server} ${questionOf(state)}`, `${text}${short}`, good));
    }
    if (!agrees) behind.push(server);
    else if (shown !== null) serials.push(shown);
  }
  return { agree: behind.length === 0, behind, serial: newest(serials), evidence };
}

/**
 * Before a change: whether the name servers count on one line, so that a serial of one of them says how new another one is.
 * Two providers of one zone each count for themselves.
 */
export async function serialsAgree(context: StepContext): Promise<boolean> {
  const { nameServers, zone } = context.plan.site.dns;
  const serials = await Promise.all(nameServers.map((server) => serialAt(context, server, zone)));
  return serials.every((serial) => serial !== null && serial === serials[0]);
}

/** Silence is a finding here, not a fault of ours: null. Whatever cannot pass with time is still thrown. */
export async function askQuietly(
  context: StepContext,
  server: string,
  name: string,
  type: QuestionType,
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

async function serialAt(context: StepContext, server: string, zone: string): Promise<number | null> {
  const answer = await askQuietly(context, server, zone, 'SOA', false);
  return answer === null ? null : serialOf(answer.values);
}

function newest(serials: readonly number[]): number | null {
  return serials.reduce<number | null>(
    (best, serial) => (best === null || compareSerials(serial, best) === 1 ? serial : best),
    null,
  );
}
