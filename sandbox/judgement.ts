/** Whether a wave ended as it should under its faults, judged from outside: the exported log, the thread, the twin's ledger. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Seen } from './auto';
import { CUTOVER } from './bot-process';
import type { Sandbox } from './sandbox';
import { AVOIDABLE } from './twin/model/ledger';
import { duplicates, type WorldSnapshot } from './twin/twin';

export interface LogLine {
  readonly seq: number;
  readonly at: number;
  readonly by?: { readonly user?: string };
  readonly event: {
    readonly type: string;
    readonly step?: string;
    readonly cause?: string;
    readonly packet?: string | null;
    readonly reason?: string;
    readonly [key: string]: unknown;
  };
}

export interface Judged {
  readonly good: boolean;
  readonly findings: readonly { readonly good: boolean; readonly text: string }[];
  readonly log: readonly LogLine[];
}

const run = promisify(execFile);
/** A thread without a new message for this long, real ms, is taken to be all there is. */
const THREAD_STANDS_MS = 15_000;

/** The wave's log as the product's own command line exports it. */
export async function exportLog(sandbox: Sandbox, wave: string): Promise<readonly LogLine[]> {
  const { stdout } = await run(process.execPath, [CUTOVER, '--config', sandbox.config, 'audit', 'export', wave], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine | { readonly manifest: object })
    .filter((line): line is LogLine => 'event' in line);
}

/** The wave's log, once Slack has told all of it: the thread may be some moments behind, and is waited for while it gets on. */
export async function toldLog(sandbox: Sandbox, seen: Pick<Seen, 'wave'>): Promise<readonly LogLine[]> {
  if (!seen.wave) return [];
  const log = await exportLog(sandbox, seen.wave);
  let told = -1;
  for (let end = 0; ; ) {
    if (wholeThread(sandbox, seen, log).every(({ good }) => good)) return log;
    const { length } = sandbox.workspace.messages();
    if (length !== told) end = Date.now() + THREAD_STANDS_MS;
    else if (Date.now() > end) return log;
    told = length;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

type Finding = { readonly good: boolean; readonly text: string };
const finding = (good: boolean, text: string): Finding => ({ good, text });

export async function judge(
  sandbox: Sandbox,
  site: string,
  faults: readonly string[],
  seen: Seen,
  before: WorldSnapshot,
): Promise<Judged> {
  const told = await toldLog(sandbox, seen);
  // A stuck wave must not move by itself, so its log is read once more.
  const log = seen.wave && seen.status === 'stuck' ? await exportLog(sandbox, seen.wave) : told;
  const findings = [
    ...ending(faults, seen, log),
    ...(faults.length === 0 ? noAvoidableLoss(sandbox, site) : []),
    ...(seen.status === 'rolled-back' ? asBefore(before, sandbox.twin.snapshot(site)) : []),
    ...noWriteTwice(sandbox, log),
    ...wholeThread(sandbox, seen, log),
  ];
  return { good: findings.every(({ good }) => good), findings, log };
}

function ending(faults: readonly string[], seen: Seen, log: readonly LogLine[]): readonly Finding[] {
  const has = (name: string): boolean => faults.includes(name);
  const ended = (...wanted: string[]): Finding =>
    finding(wanted.includes(seen.status), `the wave ended ${seen.status} (should be ${wanted.join(' or ')})`);
  const held = (cause: string, what: string, more: (line: LogLine) => boolean = () => true): Finding =>
    finding(
      log.some((line) => line.event.type === 'WaveHeld' && line.event.cause === cause && more(line)),
      `it was held ${what}`,
    );
  const rolledBack = log.some(({ event }) => event.type === 'RollbackStarted');
  if (has('undo-fails') && has('call-failures')) {
    const stuck = log.find(({ event }) => event.type === 'UndoFailed');
    return [
      ended('stuck'),
      finding(
        Array.isArray(stuck?.event.runbook) && stuck.event.runbook.length > 0,
        'the runbook for what is left is in the log',
      ),
      finding(log.at(-1)?.event.type === 'UndoFailed', 'nothing moved by itself afterwards'),
    ];
  }
  if (has('call-failures')) return [ended('rolled-back'), finding(rolledBack, 'the rollback started by itself')];
  if (has('split-brain'))
    return [
      finding(
        seen.status === 'rolled-back' || log.some(({ event }) => event.cause === 'split-brain'),
        `split brain was caught; the wave ended ${seen.status}`,
      ),
      ended('rolled-back', 'completed'),
    ];
  const completed = [ended('completed'), finding(!rolledBack, 'no rollback was started')];
  return [
    ...completed,
    ...(has('missing-permission') ? waived(log) : []),
    ...(has('propagation-lag')
      ? [
          held('lag', 'for propagation lag, the resolver named', ({ event }) =>
            /site-[a-z]-\w+/.test(String(event.reason)),
          ),
        ]
      : []),
    ...(has('licence-delay')
      ? [
          held(
            'licences',
            'before the queue shift with a support packet',
            ({ event }) => event.step === 'shift-queues' && !!event.packet,
          ),
        ]
      : []),
    ...(has('drift')
      ? [
          held('drift', 'for drift, the difference shown'),
          finding(
            log.some(({ event }) => event.type === 'ApprovalVoided'),
            'the approval was void',
          ),
        ]
      : []),
    ...(has('registration-storm')
      ? [
          finding(
            log.some(({ event }) => /503/.test(JSON.stringify(event))),
            'the 503s were seen',
          ),
        ]
      : []),
  ];
}

/** Held by a red line before anything was written, waived by two people of whom one approves, and armed with it. */
function waived(log: readonly LogLine[]): readonly Finding[] {
  const at = (type: string, step?: string): number =>
    log.findIndex(({ event }) => event.type === type && (step === undefined || event.step === step));
  const given = log.filter(({ event }) => event.type === 'LineWaived');
  const people = new Set(given.map(({ by }) => by?.user));
  const [heldAt, armedAt] = [at('WaveHeld', 'preflight'), at('StepPassed', 'preflight')];
  const named = JSON.stringify(log[heldAt]?.event.preflight ?? []).includes('missing');
  const first = at('StateCaptured');
  return [
    finding(heldAt >= 0 && named, 'the preflight held the wave and named the right that is missing'),
    finding(
      people.size === 2 && given.some(({ event }) => event.approver === true),
      'two people waived the line, one of them an approver',
    ),
    finding(armedAt > heldAt && first > armedAt, 'nothing was written before the wave was armed'),
  ];
}

function noAvoidableLoss(sandbox: Sandbox, site: string): readonly Finding[] {
  const calls = sandbox.twin.ledger().calls[site];
  if (!calls) return [finding(false, `the ledger has no calls of ${site}`)];
  const avoidable = Object.entries(calls.lost).filter(
    ([reason, count]) => AVOIDABLE[reason as keyof typeof AVOIDABLE] && (count ?? 0) > 0,
  );
  const text = avoidable.map(([reason, count]) => `${count} ${reason}`).join(', ');
  return [
    finding(
      avoidable.length === 0,
      avoidable.length === 0
        ? `${calls.offered} calls offered, none lost that the order of steps could have saved`
        : `calls lost that the order could have saved: ${text}`,
    ),
  ];
}

/** After a rollback the world is as it was captured, field by field. */
function asBefore(before: WorldSnapshot, after: WorldSnapshot): readonly Finding[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const different = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const text = different
    .map(
      (key) =>
        `${key}: was ${JSON.stringify(before[key])?.slice(0, 200)}, is ${JSON.stringify(after[key])?.slice(0, 200)}`,
    )
    .join('; ');
  return [
    finding(
      different.length === 0,
      different.length === 0 ? 'every record, trunk, queue and member is as it was before' : `not as before: ${text}`,
    ),
  ];
}

function noWriteTwice(sandbox: Sandbox, log: readonly LogLine[]): readonly Finding[] {
  const twice = duplicates(sandbox.twin.ledger());
  const missing = log.length === 0;
  return [
    finding(
      twice.length === 0 && !missing,
      twice.length === 0
        ? `${sandbox.twin.ledger().writes.filter((write) => write.effect).length} writes with effect, none twice`
        : `writes applied twice: ${JSON.stringify(twice).slice(0, 400)}`,
    ),
  ];
}

/** Every event once and in order: the posts' marks cover the log without gap or overlap. */
export function wholeThread(sandbox: Sandbox, seen: Pick<Seen, 'wave'>, log: readonly LogLine[]): readonly Finding[] {
  const marks = sandbox.workspace
    .messages()
    .map((message) =>
      message.thread_ts === null
        ? null
        : (message.metadata?.event_payload as { wave?: string; from?: number; to?: number } | undefined),
    )
    .filter((payload) => payload?.wave === seen.wave);
  let next = 1;
  for (const mark of marks) {
    if (mark?.from !== next)
      return [finding(false, `the thread has events ${mark?.from}..${mark?.to} where ${next} belongs`)];
    next = (mark?.to ?? 0) + 1;
  }
  return [
    finding(
      next === log.length + 1,
      next === log.length + 1
        ? `the thread tells all ${log.length} events once, in order, in ${marks.length} messages`
        : `the thread ends at event ${next - 1} of ${log.length}`,
    ),
  ];
}
