/** What a series of runs comes to, for people. */
import { INVARIANTS } from './invariants';
import type { Outcome } from './outcome';
import type { Schedule } from './schedule';

export function summaryText(seed: number, outcomes: readonly Outcome[], seconds: number): string {
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((all, outcome) => all + of(outcome), 0);
  const named = (of: (outcome: Outcome) => Readonly<Record<string, number>>): string => {
    const all: Record<string, number> = {};
    for (const outcome of outcomes)
      for (const [name, count] of Object.entries(of(outcome))) all[name] = (all[name] ?? 0) + count;
    const total = Object.values(all).reduce((a, b) => a + b, 0);
    const each = Object.entries(all).sort(([, a], [, b]) => b - a);
    return total === 0 ? '0' : `${total} (${each.map(([name, count]) => `${name} ${count}`).join(', ')})`;
  };
  const failed = outcomes.filter(({ violations }) => violations.length > 0);
  const endings = named(({ endings: all }) => {
    const counts: Record<string, number> = {};
    for (const end of all) counts[end] = (counts[end] ?? 0) + 1;
    return counts;
  });
  return [
    `runs ${outcomes.length} of seed ${seed}: ${outcomes.length - failed.length} good, ${failed.length} failed`,
    `waves ${endings}`,
    `kills ${named(({ figures }) => figures.kills)}; pauses ${named(({ figures }) => figures.pauses)}`,
    `lost answers ${sum(({ figures }) => figures.lostAnswers)}, refused writes ${sum(({ figures }) => figures.refusedWrites)}, Slack faults ${sum(({ figures }) => figures.slackFaults)}, duplicates ${sum(({ figures }) => figures.duplicates)}, slow ways to Redis ${sum(({ figures }) => figures.lags)}, clock steps ${sum(({ figures }) => figures.clockSteps)}, commands ${sum(({ figures }) => figures.commands)}`,
    `effective writes ${sum(({ writes }) => writes)} (${sum(({ fields }) => fields)} fields), events ${sum(({ events }) => events)}, ${seconds.toFixed(0)} s, ${(sum(({ ms }) => ms) / 1000 / Math.max(1, outcomes.length)).toFixed(1)} s a run`,
  ].join('\n');
}

/** What broke in a run, with its evidence. */
export function brokenText({ violations }: Outcome): string {
  const lines = violations.flatMap(({ invariant, wave, text, evidence }) => [
    `  ✗ ${INVARIANTS[invariant]}`,
    `    ${wave === null ? '' : `${wave}: `}${text}`,
    ...evidence.slice(0, 8).map((line) => `      ${line}`),
  ]);
  return lines.join('\n');
}

export function failureText(outcome: Outcome, shortest: Schedule | null): string {
  const { schedule } = outcome;
  const { seed, run } = schedule;
  const faults = (of: Schedule) =>
    of.faults.map(({ at, deed }) => `      ${JSON.stringify(at)} ${JSON.stringify(deed)}`);
  return [
    `run ${run} of seed ${seed} FAILED`,
    brokenText(outcome),
    ...(shortest
      ? [
          `  shortest schedule that still fails, ${shortest.faults.length} of ${schedule.faults.length} faults, ${shortest.sites.length} sites:`,
          ...faults(shortest),
          '  again:',
          `    npm run chaos -- --seed ${seed} --run ${run}`,
          `    npm run chaos -- --schedule '${JSON.stringify(shortest)}'`,
        ]
      : ['  schedule:', ...faults(schedule), '  again:', `    npm run chaos -- --seed ${seed} --run ${run}`]),
  ].join('\n');
}
