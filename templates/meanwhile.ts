import { cutMrkdwn, header, type Message, section } from './blocks';
import { sign } from './emoji';
import { count, titleOf } from './names';
import { quietLines } from './quiet';
import { isQuiet, tell } from './tell';
import type { Telling } from './telling';
import type { Told } from './thread';
import { posted } from './thread-message';
import { slackDate } from './times';

/** So many loud events fit into one message, each with a line of what it is about. */
export const MOST_TOGETHER = 14;
const MOST_HEADLINE = 240;
const MOST_ABOUT = 200;
const MOST_QUIET = 120;

/**
 * What happened while Slack could not be told, in one message: when, what, and in a few words why. Made of its events
 * alone, so that it can be written again from the log.
 */
export function meanwhileMessage(told: readonly Told[]): Message {
  const [first, last] = [told[0], told.at(-1)];
  if (!first || !last) throw new Error('nothing happened');
  const title = `What happened meanwhile: ${count(told.length, 'event')}, told late`;
  const span = `Slack was not told between ${slackDate(first.logged.at)} and ${slackDate(last.logged.at)}: it could not be reached, or asked to wait. The wave went on by its rules all that time; what needs people has waited for them. The wave’s card and the newest message say where it stands and what to do.`;
  return posted(
    told,
    `${sign('satellite_antenna')} ${title}`,
    [header(`${sign('satellite_antenna')} ${title}`), section(span), ...linesOf(told).map((line) => section(line))],
    [],
  );
}

function linesOf(told: readonly Told[]): readonly string[] {
  const lines: string[] = [];
  let quiet: Told[] = [];
  for (const one of told) {
    if (isQuiet(one.logged, one.wave)) {
      quiet.push(one);
      continue;
    }
    lines.push(lineOf(one, quiet));
    quiet = [];
  }
  const rest = quietLines(quiet, null).at(-1);
  return rest === undefined ? lines : [...lines, cutMrkdwn(rest, MOST_QUIET)];
}

function lineOf({ logged, wave }: Told, quiet: readonly Told[]): string {
  const { icon, headline, body } = shortened({ logged, wave });
  const before = quietLines(quiet, null).at(-1);
  return [
    `${slackDate(logged.at)} · ${sign(icon)} ${cutMrkdwn(headline, MOST_HEADLINE)}`,
    ...body.slice(0, 1).map((text) => cutMrkdwn(text, MOST_ABOUT)),
    ...(before === undefined ? [] : [`_before it:_ ${cutMrkdwn(before, MOST_QUIET)}`]),
  ].join('\n');
}

/** Nobody is called to a gate that is closed by now; an open one has its card. */
function shortened({ logged, wave }: Told): Telling {
  const told = tell(logged, wave);
  const { event } = logged;
  if (event.type !== 'GateOpened') return told;
  return { ...told, headline: `*Gate ${event.gate} · ${titleOf(wave, event.step)}* was opened` };
}
