import type { Evidence } from '../../src/core/evidence';
import type { Outcome } from '../../src/core/outcome';
import type { RecordType } from '../../src/core/site';
import { counted, duration, listed } from '../../src/core/wording';
import type { DnsAnswer } from '../../src/ports/resolver';
import { answerText, askQuietly } from './name-servers';
import { held, line, waiting } from './outcomes';
import { plannedRecords } from './planned-records';
import type { StepContext } from './step-work';

interface Target {
  readonly host: string;
  /** An SRV record must name a host, not an alias (RFC 2782). */
  readonly mayBeAlias: boolean;
}

type Finding =
  | { readonly kind: 'there' | 'silent' | 'alias' }
  /** Remembered as absent for so long; null when the answer does not tell. */
  | { readonly kind: 'absent'; readonly forMs: number | null };

const SILENT_MS = 10_000;

/**
 * A record is worth as much as the host that it names: every new one must have an address at every resolver before DNS is
 * switched. Asked too early, a resolver remembers for a while that it has none, and would do so after the switch.
 */
export async function newTargets(
  context: StepContext,
): Promise<{ readonly stop: Outcome | null; readonly evidence: readonly Evidence[] }> {
  const evidence: Evidence[] = [];
  for (const target of targetsOf(context)) {
    const found = await Promise.all(
      context.plan.site.resolvers.map(async ({ name }) => ({ name, ...(await resolve(context, name, target)) })),
    );
    const bad = found.filter(({ finding }) => finding.kind !== 'there');
    const good = found.length - bad.length;
    evidence.push(
      ...(good === 0
        ? []
        : [
            line(
              context,
              `addresses of ${target.host}`,
              `at ${counted(good, 'resolver')}: ${found.find(({ finding }) => finding.kind === 'there')?.text}`,
              true,
            ),
          ]),
      ...bad.map(({ name, text }) => line(context, `dig @${name} ${target.host} A`, text, false)),
    );
    const stop = stopFor(target, found, evidence);
    if (stop) return { stop, evidence };
  }
  return { stop: null, evidence };
}

/** Hosts that the change brings in; an address needs no further look. */
function targetsOf(context: StepContext): readonly Target[] {
  const hosts = new Map<string, Target>();
  for (const { record, before, after } of plannedRecords(context)) {
    const known = before.values.map((value) => hostIn(record.type, value));
    for (const value of after.values) {
      const host = hostIn(record.type, value);
      if (host === null || known.includes(host)) continue;
      hosts.set(host, { host, mayBeAlias: record.type !== 'SRV' && (hosts.get(host)?.mayBeAlias ?? true) });
    }
  }
  return [...hosts.values()];
}

/** NAPTR leads to further names, not to a host: its SRV records are records of the site themselves. */
function hostIn(type: RecordType, value: string): string | null {
  const plain = value.trim().toLowerCase().replace(/\.$/, '');
  if (type === 'SRV') return plain.split(/\s+/)[3] ?? null;
  return type === 'CNAME' ? plain : null;
}

async function resolve(
  context: StepContext,
  resolver: string,
  { host, mayBeAlias }: Target,
): Promise<{ readonly finding: Finding; readonly text: string }> {
  const ask = (type: RecordType) => askQuietly(context, resolver, host, type, true);
  const v4 = await ask('A');
  const found = v4 !== null && v4.values.length === 0 && v4.rcode === 'NOERROR' ? await ask('AAAA') : v4;
  if (found === null) return { finding: { kind: 'silent' }, text: 'no answer' };
  if (found.rcode !== 'NOERROR' && found.rcode !== 'NXDOMAIN')
    return { finding: { kind: 'silent' }, text: answerText(found) };
  if (found.values.length === 0) return { finding: absent(found), text: absentText(found) };
  const alias = mayBeAlias ? null : await ask('CNAME');
  if (alias !== null && alias.values.length > 0) {
    return { finding: { kind: 'alias' }, text: `${answerText(alias)}, an alias: an SRV record must not name one` };
  }
  return { finding: { kind: 'there' }, text: answerText(found) };
}

function absent({ negativeTtl }: DnsAnswer): Finding {
  return { kind: 'absent', forMs: negativeTtl === null ? null : (negativeTtl + 1) * 1000 };
}

function absentText({ rcode, negativeTtl }: DnsAnswer): string {
  const what = rcode === 'NXDOMAIN' ? 'no such name' : 'no address';
  return negativeTtl === null ? what : `${what}, remembered for another ${duration(negativeTtl * 1000)}`;
}

function stopFor(
  { host }: Target,
  found: readonly { readonly name: string; readonly finding: Finding }[],
  evidence: readonly Evidence[],
): Outcome | null {
  const at = (kind: Finding['kind']) => found.filter(({ finding }) => finding.kind === kind).map(({ name }) => name);
  const [none, aliased, silent] = [at('absent'), at('alias'), at('silent')];
  if (aliased.length > 0) {
    const summary = `${host} is an alias (CNAME), and an SRV record must not name one (RFC 2782): name the host behind it.`;
    return held('not-ready', summary, evidence);
  }
  if (none.length === found.length && none.length > 0) {
    const summary = `${host} has no address at any resolver; DNS is not pointed at it. Create its address record or correct the site file, then resume.`;
    return held('not-ready', summary, evidence);
  }
  if (none.length > 0) {
    const left = Math.max(
      ...found.map(({ finding }) => (finding.kind === 'absent' ? (finding.forMs ?? SILENT_MS) : 0)),
    );
    const summary = `${listed(none)} still remember${none.length === 1 ? 's' : ''} that ${host} has no address, for ${duration(left)} more; DNS is not pointed at it before.`;
    return waiting(summary, evidence, { afterMs: left, until: evidenceAt(evidence) + left });
  }
  if (silent.length > 0) {
    const summary = `${listed(silent)} cannot tell whether ${host} has an address; DNS is not pointed at it before all can.`;
    return waiting(summary, evidence, { afterMs: SILENT_MS });
  }
  return null;
}

const evidenceAt = (evidence: readonly Evidence[]): number => evidence.at(-1)?.at ?? 0;
