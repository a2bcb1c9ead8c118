import type { Limits } from '../src/core/limits';
import type { Change, Plan } from '../src/core/plan';
import { countLines, type PreflightLine } from '../src/core/preflight';
import {
  type BareBlock,
  boundedLines,
  context,
  divider,
  header,
  type Message,
  message,
  section,
  sectionsOf,
} from './blocks';
import { fromTo, stepChanges } from './change-lines';
import { sign } from './emoji';
import { code, escaped, foreign, oneLine, sentence } from './escape';
import { count, shortHash, systemName } from './names';
import { gateLine, lengthLine, stepLines, warningLines, windowLine } from './plan-brief';
import { preflightText } from './preflight';
import { duration } from './progress';

/**
 * What a wave would do, field by field, before anybody starts it, and what its preflight would find; null for a wave that
 * has none. `notes` come from reading its files.
 */
export function planView(
  plan: Plan,
  notes: readonly string[] = [],
  lines: readonly PreflightLine[] | null = null,
): Message {
  const { site, name } = plan.site;
  const writes = plan.steps.reduce((sum, step) => sum + step.changes.length + (step.http ? 1 : 0), 0);
  const alarms = [...warningLines(plan), ...notes.map((note) => `${sign('warning')} ${escaped(note, 300)}`)];
  return message(
    `plan.${shortHash(plan.hash)}`,
    `Plan for ${site}: ${count(plan.steps.length, 'step')}, ${count(writes, 'change')}. Nothing has been started.`,
    [
      header(`Plan for ${oneLine(name).slice(0, 80)} (${site})`),
      section(
        `*Nothing has been started.* ${count(writes, 'change')}. ${lengthLine(plan)}`,
        ...[windowLine(plan)].filter((line) => line !== ''),
      ),
      ...(alarms.length === 0 ? [] : [section(...alarms.slice(0, 8))]),
      ...(lines === null ? [] : preflightSections(lines, site)),
      ...systemSections(plan),
      divider,
      section('*Steps*', stepLines(plan, 1700), gateLine(plan)),
      section('*Limits*', limitText(plan.limits), ...triggerLine(plan)),
      context(
        `${escaped(plan.wave, 80)} · recipe ${escaped(plan.recipe, 60)} · plan ${code(plan.hash, 64)} · start it: \`/cutover start ${escaped(site, 60)}\``,
      ),
    ],
    `The whole plan: \`cutover plan ${site}\` on the command line`,
  );
}

/** There is no plan, because somebody does not answer or the files do not allow one: what is missing is listed all the same. */
export function unplannedView(site: string, why: string, lines: readonly PreflightLine[]): Message {
  const view = message(
    'unplanned',
    `No plan for ${site}. Nothing has been started.`,
    [
      section(`${sign('raised_hand')} *No plan for ${escaped(site, 60)}.* ${sentence(foreign(why), 1200)}`),
      ...preflightSections(lines, site),
    ],
    `The whole table: \`cutover doctor ${site}\` on the command line`,
  );
  return { ...view, refused: true };
}

function preflightSections(lines: readonly PreflightLine[], site: string): readonly BareBlock[] {
  const { red } = countLines(lines);
  const verdict =
    red === 0 ? 'no red line: a wave would be armed' : 'a red line holds the wave until it is mended or waived';
  return sectionsOf(`*Preflight* · ${verdict}\n${preflightText(lines, site, { lines: 14, chars: 2300 })}`);
}

function systemSections(plan: Plan): readonly BareBlock[] {
  const systems: readonly Change['system'][] = ['dns', 'platform', 'legacy', 'carrier', 'http'];
  return systems.flatMap((system) => {
    const lines = plan.steps.flatMap((step, i) => systemLines(step, system, i + 1, plan));
    if (lines.length === 0) return [];
    return [
      section(
        `*${systemName(system, plan.site)}*`,
        boundedLines(lines, {
          lines: 24,
          chars: 1900,
          more: (left) => `… and ${left} more (all of them: \`npx cutover plan ${escaped(plan.site.site, 60)}\`)`,
        }),
      ),
    ];
  });
}

function systemLines(
  step: Plan['steps'][number],
  system: Change['system'],
  position: number,
  { site }: Plan,
): readonly string[] {
  if (system === 'http' && step.http) return stepChanges(step, site).map((line) => `${position} ${line}`);
  return step.changes
    .filter((change) => change.system === system)
    .map((change) => `${position} · ${code(change.resource, 120)} · ${fromTo(change)}`);
}

function limitText(limits: Limits): string {
  const { ttlSeconds, failurePercent, minCalls, observeMs, shadowPercent, shadowMs, cohortPercent, propagationLagMs } =
    limits;
  return [
    `TTL ${ttlSeconds} s · shadow ${shadowPercent} percent for ${duration(shadowMs)} · resolvers may lag ${duration(propagationLagMs)}`,
    `cohorts of ${cohortPercent} percent · calls watched for ${duration(observeMs)}, at least ${minCalls} of them; over ${failurePercent} percent failed goes back by itself`,
    `gates stay open ${duration(limits.gateOpenMs)}`,
  ].join('\n');
}

const triggerLine = (plan: Plan): readonly string[] =>
  plan.rollbackTrigger === null ? [] : [`*Goes back by itself when* ${code(plan.rollbackTrigger)}`];
