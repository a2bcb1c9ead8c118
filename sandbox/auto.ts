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
  /** Real ms after which the run is given up. */
  readonly limitMs: number;
}

export interface Seen {
  readonly wave: string | null;
  readonly status: string;
  /** Reasons of all holds, in order. */
  readonly holds: readonly string[];
  readonly gates: number;
  readonly realMs: number;
}

const LOOK_EVERY_MS = 60;
/** What the bot says of a passing trouble that kept it from planning. */
const TRY_AGAIN = 'please try again in a minute';
const ASK_AGAIN_MS = 500;
const ENDS = ['completed', 'rolled-back', 'aborted', 'stuck'];
/** A held wave is looked at by people for this long before they go on, sandbox ms. */
const THINK_MS = 2 * 60_000;
/** An even longer look while the same hold comes back: the world needs time to mend itself. */
const THINK_AGAIN_MS = 10 * 60_000;

export async function playWave(sandbox: Sandbox, options: AutoOptions): Promise<Seen> {
  const { workspace, clock } = sandbox;
  const began = Date.now();
  const state = {
    wave: null as string | null,
    status: 'none',
    holds: [] as string[],
    gates: new Set<string>(),
    heldAt: 0,
    drifted: null as null | (() => Promise<void>),
    stuckAt: 0,
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
      if (payload && payload.status !== state.status) {
        state.status = payload.status;
        state.heldAt = clock.now();
        if (payload.status === 'held') state.holds.push(textOf(root));
      }
    }
    if (ENDS.includes(state.status)) break;
    if (Date.now() - began > options.limitMs)
      throw new Error(`the wave did not end in ${options.limitMs / 1000} s; it is ${state.status}`);
    if (!root && Date.now() - began > 15_000) throw new Error(`no wave was started: ${answer}`);
    // A system was too busy to be read: as the answer says, the person waits and asks again.
    if (!root && answer.includes(TRY_AGAIN)) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      answer = await type();
    }
    await decideGates(sandbox, options, state);
    if (state.status === 'held') await goOn(sandbox, options, state);
  }
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
  drifted: null | (() => Promise<void>);
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

async function goOn({ workspace, clock, twin }: Sandbox, options: AutoOptions, state: State): Promise<void> {
  const think = state.holds.length > 1 ? THINK_AGAIN_MS : THINK_MS;
  if (clock.now() - state.heldAt < think) return;
  if (state.holds.length > 8)
    throw new Error(
      `the wave was held ${state.holds.length} times; the last time: ${state.holds.at(-1)?.slice(0, 300)}`,
    );
  if (state.drifted && twin.faults.isOn('drift')) {
    await state.drifted();
    twin.faults.set('drift', false);
    options.say('(somebody puts the record back)\n');
  }
  options.say(`maria: /cutover resume ${options.site}\n`);
  const reply = await workspace.command(OPERATOR, `/cutover resume ${options.site}`);
  if (reply.error === null) state.status = 'resuming';
  options.say(`${indent(reply.error ?? reply.text)}\n`);
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
