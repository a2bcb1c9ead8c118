import type { LoggedEvent, WaveEventType } from '../src/core/events';
import type { StepId } from '../src/core/ids';
import type { Wave } from '../src/core/wave';
import { type BareBlock, context, type Message, message, section } from './blocks';
import { sign } from './emoji';
import { escaped } from './escape';
import { evidenceText } from './evidence-lines';
import { gateCard } from './gate-card';
import { count, shortHash } from './names';
import { inlineText } from './plain';
import { quietLines } from './quiet';
import { isQuiet, tell } from './tell';
import type { Telling } from './telling';
import { slackDate } from './times';

export interface Told {
  readonly logged: LoggedEvent;
  /** The wave after it. */
  readonly wave: Wave;
}

/** Events from..to as one message. `gate` is set where the message is a gate's card, to be redrawn later. */
export interface Post {
  readonly from: number;
  readonly to: number;
  readonly message: Message;
  readonly gate: { readonly step: StepId; readonly number: number } | null;
}

/** Quiet events are reported by themselves once there are more of them, or once they span more time. */
const QUIET_EVENTS = 40;
const QUIET_MS = 30 * 60_000;

/** Consequences that stand in the log together with their cause are told together with it. */
const JOINED: Readonly<Partial<Record<WaveEventType, WaveEventType>>> = {
  StepFailed: 'RollbackStarted',
  GateExpired: 'WaveHeld',
  ApprovalVoided: 'WaveHeld',
  StepSkipped: 'WaveResumed',
};

/** Events as posts: each in exactly one, in order. `quiet` counts those at the end that wait for something to tell. */
export function threadPosts(told: readonly Told[]): { readonly posts: readonly Post[]; readonly quiet: number } {
  const posts: Post[] = [];
  let waiting: Told[] = [];
  for (let i = 0; i < told.length; i++) {
    const one = told[i];
    if (!one) continue;
    if (isQuiet(one.logged)) {
      waiting.push(one);
    } else if (one.logged.event.type === 'GateOpened') {
      if (waiting.length > 0) posts.push(progressPost(waiting));
      posts.push(gatePost(one));
      waiting = [];
    } else {
      const next = told[i + 1];
      const loud = next && JOINED[one.logged.event.type] === next.logged.event.type ? [one, next] : [one];
      posts.push(loudPost(waiting, loud));
      waiting = [];
      i += loud.length - 1;
    }
  }
  if (!isDue(waiting)) return { posts, quiet: waiting.length };
  return { posts: [...posts, progressPost(waiting)], quiet: 0 };
}

function isDue(waiting: readonly Told[]): boolean {
  const [first, last] = [waiting[0], waiting.at(-1)];
  if (!first || !last) return false;
  return waiting.length > QUIET_EVENTS || last.logged.at - first.logged.at > QUIET_MS;
}

function gatePost({ logged, wave }: Told): Post {
  const { event } = logged;
  if (event.type !== 'GateOpened') throw new Error(`event ${logged.seq} is no opening of a gate`);
  return {
    from: logged.seq,
    to: logged.seq,
    message: gateCard(wave, { opened: logged, decided: null, approvals: [] }),
    gate: { step: event.step, number: event.gate },
  };
}

function progressPost(told: readonly Told[]): Post {
  const headline = `${sign('hourglass_flowing_sand')} *Still at it*, nothing to decide`;
  return post(told, headline, [section(headline, ...quietLines(told).slice(-8))]);
}

function loudPost(quiet: readonly Told[], loud: readonly Told[]): Post {
  const tellings = loud.map(({ logged, wave }) => tell(logged, wave));
  const site = loud[0]?.wave.plan.site.site ?? '';
  const blocks = tellings.flatMap((each) => tellingBlocks(each, site));
  const meanwhile = quietLines(quiet).slice(-6);
  const first = tellings[0];
  return post(
    [...quiet, ...loud],
    first ? `${sign(first.icon)} ${first.headline}` : '',
    meanwhile.length === 0 ? blocks : [...blocks, context(`Meanwhile: ${meanwhile.join('\n')}`)],
  );
}

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

function post(told: readonly Told[], headline: string, blocks: readonly BareBlock[]): Post {
  const [first, last] = [told[0], told.at(-1)];
  if (!first || !last) throw new Error('a post tells at least one event');
  const { logged, wave } = last;
  const { site } = wave.plan.site;
  const range = first.logged.seq === logged.seq ? `#${logged.seq}` : `#${first.logged.seq}–${logged.seq}`;
  const mark = context(
    `${range} · ${shortHash(logged.hash)} · ${slackDate(logged.at)}${told.length > 1 ? ` · ${count(told.length, 'event')}` : ''}`,
  );
  return {
    from: first.logged.seq,
    to: logged.seq,
    message: message(
      `event.${logged.seq}`,
      `${escaped(site, 60)}: ${inlineText(headline)}`,
      [...blocks, mark],
      `Full evidence: \`/cutover audit ${site}\``,
    ),
    gate: null,
  };
}
