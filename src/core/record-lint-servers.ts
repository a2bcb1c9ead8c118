/** Whether the zone's name servers tell one story, and the one that the provider holds. */
import type { RecordFacts, ServerAnswer } from './record-facts';
import type { RecordFinding } from './record-lint';
import { sameState, stateText } from './record-values';
import type { SiteRecord } from './site';
import { counted, listed } from './wording';

export function serverFindings(facts: RecordFacts): readonly RecordFinding[] {
  return [
    ...facts.dns.records.flatMap((record) => recordFindings(facts, record)),
    ...serialFindings(facts),
    ...unlistedFindings(facts),
  ];
}

function recordFindings(facts: RecordFacts, { name, type }: SiteRecord): readonly RecordFinding[] {
  const record = `${name} ${type}`;
  const answers = facts.answers.filter((each) => each.name === name && each.type === type);
  // A type that the provider cannot hold was not asked for; it is refused for that.
  const held = facts.held.find((each) => each.name === name && each.type === type);
  const live = held?.state ?? null;
  const silent = answers.filter(({ answer }) => answer === null).map(({ server }) => server);
  const lame = answers.filter((each) => isLame(each)).map(({ server }) => server);
  const found: RecordFinding[] = [];
  if (silent.length > 0)
    found.push({
      rule: 'silent-server',
      severity: 'refuse',
      record,
      sentence: `${listed(silent)} did not answer for it`,
      mend: 'Every name server of the zone must be reachable from here: look at the firewall and at the server',
    });
  if (lame.length > 0)
    found.push({
      rule: 'lame-server',
      severity: 'refuse',
      record,
      sentence: `${listed(lame)} answered without authority for the zone`,
      mend: 'Take it out of the site file, or give it the zone',
    });
  const sound = held ? answers.filter((each) => each.answer !== null && !isLame(each)) : [];
  const others = sound.filter((each) => !shows(each, live));
  if (others.length > 0) {
    const texts = others.map((each) => `${each.server} shows ${answerText(each)}`);
    found.push({
      rule: 'servers-disagree',
      severity: 'refuse',
      record,
      sentence: `${listed(texts, 4)}; ${facts.provider.name} holds ${stateText(live)}`,
      mend: 'Wait until the transfer is done, or mend the secondary; then look again',
    });
  }
  return found;
}

function isLame({ answer }: ServerAnswer): boolean {
  return answer !== null && (!answer.authoritative || !['NOERROR', 'NXDOMAIN'].includes(answer.rcode));
}

function shows({ answer, name, type }: ServerAnswer, live: Parameters<typeof sameState>[0] | null): boolean {
  if (answer === null) return false;
  if (live === null || answer.ttl === null) return live === null && answer.values.length === 0;
  return sameState({ name, type, ttl: answer.ttl, values: answer.values }, live);
}

function answerText({ answer }: ServerAnswer): string {
  if (answer === null || answer.ttl === null) return 'no such record';
  return stateText({ values: answer.values, ttl: answer.ttl });
}

/** Equal values under different serials pass by themselves once the transfer is done; worth a look if they stay. */
function serialFindings({ dns, serials }: RecordFacts): readonly RecordFinding[] {
  const told = dns.nameServers.flatMap((server) => {
    const serial = serials[server] ?? null;
    return serial === null ? [] : [{ server, serial }];
  });
  if (new Set(told.map(({ serial }) => serial)).size <= 1) return [];
  const sentence = `its serials differ: ${listed(
    told.map(({ server, serial }) => `${server} ${serial}`),
    6,
  )}`;
  const mend = 'Wait for the transfer; if they stay apart, mend the secondary before the wave';
  return [{ rule: 'serials-disagree', severity: 'warn', record: `${dns.zone} SOA`, sentence, mend }];
}

/** A name server that nobody asks could go on answering with the old gateway unseen. */
function unlistedFindings({ dns, provider }: RecordFacts): readonly RecordFinding[] {
  const known = provider.nameServers;
  if (known === null || known.length <= dns.nameServers.length) return [];
  const sentence = `the zone has ${counted(known.length, 'name server')} (${listed(known, 8)}), the site file names ${dns.nameServers.length}`;
  const mend = 'Name every one of them in NAME_SERVERS and in the site file';
  return [{ rule: 'unlisted-server', severity: 'warn', record: `${dns.zone} NS`, sentence, mend }];
}
