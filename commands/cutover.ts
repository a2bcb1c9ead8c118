import type { AllMiddlewareArgs, App, SlackCommandMiddlewareArgs } from '@slack/bolt';
import { userId } from '../src/core/ids';
import { type CutoverText, parseCutoverText } from '../src/parse/cutover-text';
import type { Message } from '../src/ports/thread';
import { faultyText, readingText, refusalText } from '../templates/answers';
import { abort } from './abort';
import { answered } from './answer';
import { audit } from './audit';
import type { Asker, CommandRoom } from './command-room';
import { help } from './help';
import { openForm } from './open-form';
import { pause } from './pause';
import { plan } from './plan';
import { resume } from './resume';
import { retry } from './retry';
import { rollback } from './rollback';
import { sites } from './sites';
import { skip } from './skip';
import { start } from './start';
import { status } from './status';
import type { Verb } from './verb';
import { waive } from './waive';

const VERBS: { readonly [Name in CutoverText['verb']]: Verb<Name> } = {
  help,
  sites,
  plan,
  start,
  status,
  pause,
  resume,
  retry,
  skip,
  waive,
  abort,
  rollback,
  audit,
};

type Slash = SlackCommandMiddlewareArgs & AllMiddlewareArgs;

/** `/cutover ...`: acknowledged first, then read, then done; the answer is for the asker's eyes only. */
export function registerCutover(app: App, room: CommandRoom): void {
  app.command('/cutover', async (slash: Slash) => {
    await slash.ack();
    const parsed = await readText(room, slash.command.text);
    if (parsed.ok && lacksReason(parsed.value)) return askReason(slash, parsed.value);
    const asker: Asker = { user: userId(slash.command.user_id), via: 'slack' };
    const message = parsed.ok
      ? await whileWaiting(slash, parsed.value, answerTo(room, asker, parsed.value))
      : faultyText(parsed.faults);
    await slash.respond({ response_type: 'ephemeral', text: message.text, blocks: message.blocks as never });
  });
}

/** Real ms after which whoever asked for a plan hears that every system is being read: a slow one may take a minute. */
const SLOW_MS = 3_000;

async function whileWaiting(slash: Slash, asked: CutoverText, answer: Promise<Message>): Promise<Message> {
  if (asked.verb !== 'plan') return answer;
  let told: Promise<unknown> = Promise.resolve();
  const timer = setTimeout(() => {
    const { text, blocks } = readingText(asked.site);
    told = slash.respond({ response_type: 'ephemeral', text, blocks: blocks as never }).catch(() => undefined);
  }, SLOW_MS);
  const message = await answer.finally(() => clearTimeout(timer));
  // The answer comes after the news that it will come.
  await told;
  return message;
}

/** What was typed. A wave that is open can be steered also when the file of its site has been moved away. */
export async function readText(room: CommandRoom, text: string): Promise<ReturnType<typeof parseCutoverText>> {
  const names = await room.library.siteNames();
  const parsed = parseCutoverText(text, names);
  if (parsed.ok) return parsed;
  const open = await room.engine.log.openWaves().catch(() => []);
  return parseCutoverText(text, [...new Set([...names, ...open.map((wave) => wave.replace(/-wave-\d+$/, ''))])]);
}

/** The same verbs, whoever asks by whatever way. */
export function answerTo(room: CommandRoom, asker: Asker, asked: CutoverText): Promise<Message> {
  const verb = VERBS[asked.verb] as Verb<CutoverText['verb']>;
  return answered(room.engine.warn, () => verb(room, asker, asked));
}

function lacksReason(asked: CutoverText): boolean {
  // An abort leaves calls in an unknown state: the site's name has to be typed, however it was asked for.
  if (asked.verb === 'abort') return true;
  return (asked.verb === 'skip' || asked.verb === 'rollback') && asked.reason === null;
}

async function askReason({ client, command, respond }: Slash, asked: CutoverText): Promise<void> {
  const site = 'site' in asked && asked.site !== null ? asked.site : '';
  const kind = asked.verb as 'skip' | 'abort' | 'rollback';
  const reason = 'reason' in asked ? asked.reason : null;
  const failed = await openForm(client, command.trigger_id, {
    kind,
    site,
    wave: null,
    channel: command.channel_id,
    reason,
  });
  if (!failed) return;
  const { text, blocks } = refusalText(failed);
  await respond({ response_type: 'ephemeral', text, blocks: blocks as never });
}
