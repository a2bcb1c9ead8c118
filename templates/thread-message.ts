import type { WaveId } from '../src/core/ids';
import { isForward } from '../src/core/wave';
import { isAttention } from './attention';
import { type BareBlock, context, exportCall, header, type Message, message, section } from './blocks';
import { sign } from './emoji';
import { escaped } from './escape';
import { evidenceText } from './evidence-lines';
import { chainMark, mentions, stopped } from './names';
import { inlineText } from './plain';
import { quietLines } from './quiet';
import { isQuiet, tell } from './tell';
import type { Telling } from './telling';
import type { Told } from './thread';
import { slackDate } from './times';

/** What happened, with what went on quietly before it in the small print. */
export function loudMessage(quiet: readonly Told[], loud: readonly Told[]): Message {
  const [first, ...rest] = loud.map(({ logged, wave }) => tell(logged, wave));
  const wave = loud[0]?.wave.id;
  if (!first || !wave) throw new Error('nothing to tell');
  const blocks = [withApplied(first, quiet), ...rest.map((each) => unrepeated(each, first))].flatMap((each) =>
    tellingBlocks(each, wave),
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
  if (needsAttention(told)) return attentionMessage(told);
  const beforeGate = told.some(({ logged }) => logged.event.type === 'GateWaited');
  const headline = `${sign('hourglass_flowing_sand')} ${beforeGate ? '*The gate stays closed for now*' : '*Still at it*, nothing to decide'}`;
  return posted(told, headline, [section(headline, ...quietLines(told, null).slice(-8))], []);
}

function needsAttention(told: readonly Told[]): boolean {
  const looks = told.flatMap(({ logged: { event } }) =>
    event.type === 'StepWaited' || event.type === 'GateWaited' || event.type === 'UndoWaited' ? [event.summary] : [],
  );
  return isAttention(looks.at(-1) ?? '');
}

/** Too little for the bot to judge, enough for people to look. */
function attentionMessage(told: readonly Told[]): Message {
  const wave = told.at(-1)?.wave;
  if (!wave) throw new Error('nothing to tell');
  const { site, policy } = wave.plan.site;
  const back = isForward(wave)
    ? `a person may roll back now (*Roll back* on the wave’s card, or \`/cutover rollback ${escaped(site, 60)} REASON\`); the bot does so by itself only once there is enough to judge`
    : 'look at the calls; the way back goes on by itself';
  const headline = `${sign('warning')} Calls are failing`;
  return posted(
    told,
    headline,
    [
      header(headline),
      section(
        ...quietLines(told, null).slice(-8),
        `*To do:* ${mentions([...policy.operators, ...policy.approvers], 6)}: ${back}.`,
      ),
    ],
    [],
  );
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

function tellingBlocks({ icon, headline, body, evidence, loudEvidence }: Telling, wave: WaveId): readonly BareBlock[] {
  const [first = '', ...rest] = body;
  const joins = first !== '' && first.length < 900;
  return [
    section(`${sign(icon)} ${headline}`, ...(joins ? [first] : [])),
    ...(joins ? rest : body).map((text) => section(text)),
    ...evidenceBlocks(evidence, wave, loudEvidence === true),
  ];
}

function evidenceBlocks(evidence: Telling['evidence'], wave: WaveId, loud: boolean): readonly BareBlock[] {
  if (evidence.length === 0) return [];
  return loud
    ? [section(`*What was asked and answered*\n${evidenceText(evidence, wave, { lines: 12, chars: 2400 })}`)]
    : [context(evidenceText(evidence, wave, { lines: 5, chars: 1400 }))];
}

/** The message with its mark: the event numbers, the chain's short hash and the wave's own time. */
export function posted(
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
  const mark = [`${range} · ${chainMark(logged.hash)} · ${slackDate(logged.at)}`, ...meanwhile].join(' · ');
  return message(
    `event.${logged.seq}`,
    `${site}: ${inlineText(headline)}`,
    [...blocks, context(mark)],
    `Full evidence: ${exportCall(wave.id)}`,
  );
}
