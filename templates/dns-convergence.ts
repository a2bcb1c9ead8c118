/** What is said of the caches: before the switch when each resolver is expected to follow, and meanwhile until when. mrkdwn. */
import { propagationIn, type Standing, standingOf, type Watch } from '../src/core/convergence';
import { FORECAST } from '../src/core/convergence-forecast';
import type { Evidence } from '../src/core/evidence';
import type { Wave } from '../src/core/wave';
import { boundedLines } from './blocks';
import { type Emoji, sign } from './emoji';
import { escaped } from './escape';
import { duration, underWay } from './progress';
import { slackDate } from './times';

const isForecast = ({ asked }: Evidence): boolean => asked.startsWith(FORECAST);

/** What was measured, without what is only expected. */
export const measured = (evidence: readonly Evidence[]): readonly Evidence[] =>
  evidence.filter((piece) => !isForecast(piece));

const SHOWN = 14;

/** `google: 4 min 12 s, at the latest 5 min: 1 cache`; none where nothing is forecast. */
export function forecastLines(evidence: readonly Evidence[]): readonly string[] {
  const lines = evidence
    .filter((piece) => isForecast(piece) && !isWayBack(piece))
    .map(({ asked, answered }) => `• ${escaped(asked.slice(FORECAST.length), 80)}: ${escaped(answered, 200)}`);
  if (lines.length === 0) return [];
  const more = (left: number): string => `… and ${left} more`;
  return ['*When each resolver follows, from the switch on*', boundedLines(lines, { lines: SHOWN, chars: 2200, more })];
}

/** How long DNS itself takes to go back, as it was reckoned when the gate opened; the plan knew the usual length only. */
export function dnsWayBack({ plan }: Wave, evidence: readonly Evidence[]): readonly string[] {
  const usual = plan.steps.find(({ kind }) => kind === 'switch-dns')?.undoMs ?? 0;
  return evidence
    .filter(isWayBack)
    .map(({ answered }) => `*DNS back:* ${escaped(answered, 200)}; the sum reckons with ${duration(usual)} for it`);
}

const isWayBack = (piece: Evidence): boolean => isForecast(piece) && piece.asked.endsWith('the way back of DNS');

const SIGNS: Readonly<Record<Standing, Emoji>> = {
  done: 'white_check_mark',
  waiting: 'hourglass_flowing_sand',
  late: 'warning',
  flipped: 'warning',
  unknown: 'warning',
};

/** One line per resolver that has not followed yet, with the moment at which it should; none where no caches are waited for. */
export function cacheLines(wave: Wave, now: number): readonly string[] {
  const watches = propagationIn(underWay(wave)?.state.progress ?? null)?.watches ?? [];
  const open = watches.filter(({ doneAt }) => doneAt === null);
  if (open.length === 0) return [];
  const done = watches.length - open.length;
  const lines = [...open].sort((a, b) => a.expectedAt - b.expectedAt).map((watch) => openLine(watch, now));
  const more = (left: number): string => `… and ${left} more`;
  return [
    `*Caches:* ${done} of ${watches.length} resolvers have followed`,
    boundedLines(lines, { lines: SHOWN, chars: 1200, more }),
  ];
}

function openLine(watch: Watch, now: number): string {
  const standing = standingOf(watch, now);
  return `${sign(SIGNS[standing])} ${escaped(watch.resolver, 60)}: ${expectation(watch, standing)}`;
}

function expectation(watch: Watch, standing: Standing): string {
  switch (standing) {
    case 'late':
      return `ignores the TTL, was due ${slackDate(watch.latestAt)}`;
    case 'unknown':
      return `no usable answer, asked again ${slackDate(watch.nextAt)}`;
    case 'flipped':
      return `fell back to the old answer, expected ${slackDate(Math.max(watch.expectedAt, watch.nextAt))}`;
    case 'waiting':
    case 'done':
      return `expected ${slackDate(Math.max(watch.expectedAt, watch.nextAt))}, at the latest ${slackDate(Math.max(watch.latestAt, watch.nextAt))}`;
  }
}
