import { gateRule } from '../src/core/actor';
import type { Plan } from '../src/core/plan';
import { boundedLines } from './blocks';
import { sign } from './emoji';
import { code, escaped } from './escape';
import { count, mentions, shortHash } from './names';
import { duration, forwardMs, wayBackMs, workMs } from './progress';
import { bothTimes } from './times';

/** A plan in three paragraphs: the steps with their gates, who decides, what it holds on to. */
export function planBrief(plan: Plan): readonly string[] {
  return [
    [lengthLine(plan), windowLine(plan)].filter((line) => line !== '').join('\n'),
    `${stepLines(plan, 1700)}\n${gateLine(plan)}`,
    [
      `*Locked for other waves:* ${lockText(plan)}`,
      ...warningLines(plan),
      `*Plan* ${code(shortHash(plan.hash))} by recipe ${escaped(plan.recipe, 80)}`,
    ].join('\n'),
  ];
}

export function lengthLine(plan: Plan): string {
  const total = forwardMs(plan);
  const idle = total - workMs(plan);
  const waits =
    idle === 0 ? '' : `, of which ${duration(idle)} are spent waiting until the lowered TTLs are old enough`;
  const comesOn = plan.site.window
    ? 'the time that people take and the wait for the window come'
    : 'the time that people take comes';
  return `${count(plan.steps.length, 'step')}, about ${duration(total)} in all${waits}; ${comesOn} on top. From the very end the way back takes about ${duration(wayBackMs(plan.steps))}.`;
}

export function windowLine(plan: Plan): string {
  const { window, timeZone } = plan.site;
  return window
    ? `*Cutover window:* ${bothTimes(window.opens, timeZone)} to ${bothTimes(window.closes, timeZone)}`
    : '';
}

/** "6 Point DNS at the new gateway :lock:", a line each. */
export function stepLines(plan: Plan, chars: number): string {
  const lines = plan.steps.map(
    (step, i) =>
      `${i + 1}. ${escaped(step.title, 90)} · ${duration(step.expectedMs)}${step.gated ? ` ${sign('lock')}` : ''}`,
  );
  return boundedLines(lines, { lines: 32, chars, more: (left) => `… and ${left} more steps` });
}

/** Who decides at which gates; gates with the same rule together. */
export function gateLine(plan: Plan): string {
  const rules = new Map<string, string[]>();
  plan.steps.forEach((step, i) => {
    if (!step.gated) return;
    const { approvers, quorum, reasonRequired } = gateRule(plan.site.policy, step.kind);
    const rule = `${mentions(approvers, 6)}${quorum > 1 ? `, ${quorum} different people` : ''}${reasonRequired ? ', with a reason' : ''}`;
    rules.set(rule, [...(rules.get(rule) ?? []), `${i + 1}`]);
  });
  if (rules.size === 0) return `${sign('lock')} *No gates:* nobody is asked on the way.`;
  return [...rules]
    .map(
      ([rule, steps]) =>
        `${sign('lock')} *${steps.length === 1 ? 'Gate before step' : 'Gates before steps'} ${steps.join(', ')}:* ${rule}, not the starter`,
    )
    .join('\n');
}

export function warningLines(plan: Plan): readonly string[] {
  if (plan.warnings.length === 0) return [];
  const lines = plan.warnings.map((warning) => `${sign('warning')} ${escaped(warning, 300)}`);
  return [boundedLines(lines, { lines: 8, chars: 1500, more: (left) => `… and ${left} more warnings` })];
}

function lockText(plan: Plan): string {
  const kinds = new Map<string, number>();
  for (const lock of plan.locks) {
    const kind = lock.slice(0, Math.max(0, lock.indexOf(':'))) || lock;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const words = [...kinds].map(([kind, n]) => count(n, escaped(LOCK_WORDS[kind] ?? kind, 40)));
  return words.length === 0 ? 'nothing' : words.join(', ');
}

const LOCK_WORDS: Readonly<Record<string, string>> = {
  site: 'site',
  record: 'DNS record',
  trunk: 'trunk',
  queue: 'queue',
  'legacy-trunk': 'legacy trunk',
  path: 'endpoint',
};
