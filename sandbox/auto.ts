/** Plays the operator and the approvers of one wave, through Slack only, as people would. */

import { rootPayload } from './pace';
import { APPROVER, OPERATOR, SECOND_APPROVER } from './people';
import type { Sandbox } from './sandbox';
import type { StoredMessage } from './slack/workspace';

export interface AutoOptions {
  readonly site: string;
  readonly say: (line: string) => void;
  /** A command instead of `/cutover start SITE`. */
  readonly start?: string;
}

export interface Seen {
  readonly wave: string | null;
  readonly status: string;
  /** Reasons of all holds, in order. */
  readonly holds: readonly string[];
  readonly gates: number;
  readonly realMs: number;
}

const LOOK_EVERY_MS = 20;
/** A run without any news in Slack for this long, real ms, is given up: the longest wait takes seconds. */
const SILENCE_MS = 120_000;
/** What the bot says of a passing trouble that kept it from planning. */
const TRY_AGAIN = 'please try again in a minute';
const ASK_AGAIN_MS = 500;
/** By then a root card is drawn anew, real ms. */
const REDRAWN_MS = 10_000;
const ENDS = ['completed', 'rolled-back', 'aborted', 'stuck'];
/** A held wave is looked at by people for this long before they go on, sandbox ms. */
const THINK_MS = 2 * 60_000;
/** An even longer look while the same hold comes back: the world needs time to mend itself. */
const THINK_AGAIN_MS = 10 * 60_000;

export async function playWave(sandbox: Sandbox, options: AutoOptions): Promise<Seen> {
  const { workspace, clock } = sandbox;
  const began = Date.now();
  let heardAt = began;
  const stopHearing = workspace.onMessage(({ message }) => {
    if (message.visibleTo === null) heardAt = Date.now();
  });
  const state = {
    wave: null as string | null,
    status: 'none',
    holds: [] as string[],
    gates: new Set<string>(),
    heldAt: 0,
    resumed: null as State['resumed'],
    drifted: null as null | (() => Promise<void>),
  };
  const command = options.start ?? `/cutover start ${options.site}`;
  const type = async (): Promise<string> => {
    const reply = await workspace.command(OPERATOR, command);
    options.say(`maria: ${command}\n${indent(reply.error ?? reply.text)}\n`);
    if (reply.error) throw new Error(`Slack could not reach the bot: ${reply.error}`);
    return reply.text;
  };
  let answer = await type();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const root = newestRoot(workspace.messages());
    if (root) {
      const payload = rootPayload(root);
      state.wave = payload?.wave ?? null;
      if (payload && payload.status !== state.status && !isOld(root, state)) {
        state.status = payload.status;
        state.heldAt = clock.now();
        if (payload.status === 'held') state.holds.push(textOf(root));
      }
    }
    if (ENDS.includes(state.status)) break;
    if (Date.now() - heardAt > SILENCE_MS) {
      const what = root ? `the wave has told nothing new; it is ${state.status}` : `no wave was started: ${answer}`;
      throw new Error(`for ${SILENCE_MS / 1000} s ${what}`);
    }
    // A system was too busy to be read: as the answer says, the person waits and asks again.
    if (!root && answer.includes(TRY_AGAIN)) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      answer = await type();
    }
    await decideGates(sandbox, options, state);
    if (state.status === 'held') await goOn(sandbox, options, state);
  }
  stopHearing();
  return {
    wave: state.wave,
    status: state.status,
    holds: state.holds,
    gates: state.gates.size,
    realMs: Date.now() - began,
  };
}

interface State {
  readonly holds: string[];
  readonly gates: Set<string>;
  status: string;
  heldAt: number;
  /** The root card as it was when the wave was resumed, and the real moment. */
  resumed: null | { readonly ts: string; readonly edits: number; readonly at: number };
  drifted: null | (() => Promise<void>);
}

/** Whether the card still shows the hold that was resumed: it is drawn at most once a second. */
function isOld(root: StoredMessage, { status, resumed }: Pick<State, 'status' | 'resumed'>): boolean {
  if (status !== 'resuming' || resumed === null) return false;
  return root.ts === resumed.ts && root.edits === resumed.edits && Date.now() - resumed.at < REDRAWN_MS;
}

/** Approves every open gate: by one of the change board, by two where it takes two. */
async function decideGates({ workspace, twin }: Sandbox, options: AutoOptions, state: State): Promise<void> {
  for (const message of workspace.messages()) {
    if (!hasAction(message, 'gate.approve')) continue;
    const approver = state.gates.has(`${message.ts} 1`) ? SECOND_APPROVER : APPROVER;
    const mark = `${message.ts} ${approver === APPROVER ? 1 : 2}`;
    if (state.gates.has(mark)) continue;
    state.gates.add(mark);
    if (twin.faults.isOn('drift') && state.drifted === null && /DNS/.test(titleOf(message))) {
      state.drifted = await driftByHand({ twin }, options);
    }
    options.say(`${approver === APPROVER ? 'daniel' : 'aisha'}: presses Approve on "${titleOf(message)}"\n`);
    // Slack tells the person when the app does not answer, and the person presses again.
    await workspace.click(approver, message.ts, 'gate.approve').catch(() => state.gates.delete(mark));
  }
}

/** Somebody changes a record between the approval and the write; the way to put it back is given. */
async function driftByHand({ twin }: Pick<Sandbox, 'twin'>, options: AutoOptions): Promise<() => Promise<void>> {
  const putBack = await rememberRecords(twin.settings, options.site);
  options.say(`(${twin.editByHand('dns-record', options.site)})\n`);
  return putBack;
}

async function goOn({ workspace, clock, twin, pace }: Sandbox, options: AutoOptions, state: State): Promise<void> {
  const think = state.holds.length > 1 ? THINK_AGAIN_MS : THINK_MS;
  if (clock.now() - state.heldAt < think) return pace.restUntil(state.heldAt + think);
  if (state.holds.length > 8)
    throw new Error(
      `the wave was held ${state.holds.length} times; the last time: ${state.holds.at(-1)?.slice(0, 300)}`,
    );
  if (state.drifted && twin.faults.isOn('drift')) {
    await state.drifted();
    twin.faults.set('drift', false);
    options.say('(somebody puts the record back)\n');
  }
  if (twin.faults.isOn('missing-permission')) await waiveTogether({ workspace }, options);
  options.say(`maria: /cutover resume ${options.site}\n`);
  const reply = await workspace.command(OPERATOR, `/cutover resume ${options.site}`);
  if (reply.error === null) {
    const root = newestRoot(workspace.messages());
    if (root) state.resumed = { ts: root.ts, edits: root.edits, at: Date.now() };
    state.status = 'resuming';
  }
  options.say(`${indent(reply.error ?? reply.text)}\n`);
}

/** The starter and one of the change board waive what holds the preflight, by the command that the thread gives them. */
async function waiveTogether({ workspace }: Pick<Sandbox, 'workspace'>, { say, site }: AutoOptions): Promise<void> {
  const given = workspace.messages().findLast((message) => textOf(message).includes('/cutover waive'));
  const line = /\/cutover waive \S+ (\S+) REASON/.exec(given ? textOf(given) : '')?.[1];
  if (line === undefined) return;
  for (const [user, name] of [
    [OPERATOR, 'maria'],
    [APPROVER, 'daniel'],
  ] as const) {
    const command = `/cutover waive ${site} ${line} who is free is counted on the wallboard tonight`;
    const reply = await workspace.command(user, command);
    say(`${name}: ${command}\n${indent(reply.error ?? reply.text)}\n`);
  }
}

/** Reads the site's record sets through the DNS provider's own API, so that they can be put back as they were. */
async function rememberRecords(settings: Record<string, string>, site: string): Promise<() => Promise<void>> {
  const headers = { 'x-api-key': settings.POWERDNS_API_KEY ?? '', 'content-type': 'application/json' };
  const zone = `${settings.POWERDNS_URL}/api/v1/servers/localhost/zones/${site.replace('-', '')}.example.com.`;
  const answer = (await (await fetch(zone, { headers })).json()) as {
    rrsets: { name: string; type: string; ttl: number; records: object[] }[];
  };
  const rrsets = answer.rrsets
    .filter(({ type }) => type === 'SRV')
    .map(({ name, type, ttl, records }) => ({ name, type, ttl, records, changetype: 'REPLACE' }));
  return async () => {
    const put = await fetch(zone, { method: 'PATCH', headers, body: JSON.stringify({ rrsets }) });
    if (!put.ok) throw new Error(`the record could not be put back: ${put.status}`);
  };
}

export function newestRoot(messages: readonly StoredMessage[]): StoredMessage | null {
  return messages.findLast((message) => message.thread_ts === null && rootPayload(message) !== null) ?? null;
}

export function hasAction(message: StoredMessage, action: string): boolean {
  return JSON.stringify(message.blocks).includes(`"${action}"`);
}

function titleOf(message: StoredMessage): string {
  const header = message.blocks.find((block) => block.type === 'header') as { text?: { text?: string } } | undefined;
  return header?.text?.text ?? message.text.split('\n')[0] ?? '';
}

/** Everything that a message says, as text. */
export function textOf(message: StoredMessage): string {
  const words: string[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) collect(each);
    else if (value && typeof value === 'object') {
      const { text, type } = value as { text?: unknown; type?: unknown };
      if (typeof text === 'string' && (type === 'mrkdwn' || type === 'plain_text')) words.push(text);
      else for (const [key, each] of Object.entries(value)) if (key !== 'confirm') collect(each);
    }
  };
  collect(message.blocks.filter((block) => block.type !== 'actions'));
  return words.length > 0 ? words.join('\n') : message.text;
}

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
