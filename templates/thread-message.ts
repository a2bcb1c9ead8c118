import { type BareBlock, context, type Message, message, section } from './blocks';
import { sign } from './emoji';
import { escaped } from './escape';
import { evidenceText } from './evidence-lines';
import { shortHash, stopped } from './names';
import { inlineText } from './plain';
import { quietLines } from './quiet';
import { isQuiet, tell } from './tell';
import type { Telling } from './telling';
import type { Told } from './thread';
import { slackDate } from './times';

/** What happened, with what went on quietly before it in the small print. */
export function loudMessage(quiet: readonly Told[], loud: readonly Told[]): Message {
  const [first, ...rest] = loud.map(({ logged, wave }) => tell(logged, wave));
  const site = loud[0]?.wave.plan.site.site ?? '';
  if (!first) throw new Error('nothing to tell');
  const blocks = [withApplied(first, quiet), ...rest.map((each) => unrepeated(each, first))].flatMap((each) =>
    tellingBlocks(each, site),
  );
  const event = loud[0]?.logged.event;
  const step = event && 'step' in event ? event.step : null;
  return posted(
    [...quiet, ...loud],
    `${sign(first.icon)} ${first.headline}`,
    blocks,
    quietLines(quiet, step).slice(-6),
  );
}

export function progressMessage(told: readonly Told[]): Message {
  const beforeGate = told.some(({ logged }) => logged.event.type === 'GateWaited');
  const headline = `${sign('hourglass_flowing_sand')} ${beforeGate ? '*The gate stays closed for now*' : '*Still at it*, nothing to decide'}`;
  return posted(told, headline, [section(headline, ...quietLines(told, null).slice(-8))], []);
}

/** What was applied, in front of what the check found. */
function withApplied(telling: Telling, quiet: readonly Told[]): Telling {
  const applied = quiet.flatMap(({ logged, wave }) =>
    logged.event.type === 'StepApplied' && !isQuiet(logged, wave) ? [logged.event] : [],
  );
  const done = applied.map(({ summary }) => escaped(stopped(summary), 600)).join(' ');
  if (done === '') return telling;
  const [first, ...rest] = telling.body;
  return { ...telling, body: [first ? `${done} ${first}` : done, ...rest] };
}

/** A consequence gives its cause as the reason: not said twice in one message. */
function unrepeated(second: Telling, first: Telling): Telling {
  const said = first.body.map(bareReason);
  return { ...second, body: second.body.filter((text) => !said.includes(bareReason(text))) };
}

const bareReason = (text: string): string => text.replace(/^\*Reason:\* /, '').replace(/\.$/, '');

function tellingBlocks({ icon, headline, body, evidence, loudEvidence }: Telling, site: string): readonly BareBlock[] {
  const [first = '', ...rest] = body;
  const joins = first !== '' && first.length < 900;
  return [
    section(`${sign(icon)} ${headline}`, ...(joins ? [first] : [])),
    ...(joins ? rest : body).map((text) => section(text)),
    ...evidenceBlocks(evidence, site, loudEvidence === true),
  ];
}

function evidenceBlocks(evidence: Telling['evidence'], site: string, loud: boolean): readonly BareBlock[] {
  if (evidence.length === 0) return [];
  return loud
    ? [section(`*What was asked and answered*\n${evidenceText(evidence, site, { lines: 12, chars: 2400 })}`)]
    : [context(evidenceText(evidence, site, { lines: 5, chars: 1400 }))];
}

/** The message with its mark: the event numbers, the chain's short hash and the wave's own time. */
function posted(
  told: readonly Told[],
  headline: string,
  blocks: readonly BareBlock[],
  meanwhile: readonly string[],
): Message {
  const [first, last] = [told[0], told.at(-1)];
  if (!first || !last) throw new Error('a post tells at least one event');
  const { logged, wave } = last;
  const { site } = wave.plan.site;
  const range = first.logged.seq === logged.seq ? `#${logged.seq}` : `#${first.logged.seq}–${logged.seq}`;
  const mark = [`${range} · ${shortHash(logged.hash)} · ${slackDate(logged.at)}`, ...meanwhile].join(' · ');
  return message(
    `event.${logged.seq}`,
    `${site}: ${inlineText(headline)}`,
    [...blocks, context(mark)],
    `Full evidence: \`/cutover audit ${escaped(site, 60)}\``,
  );
}
