/** Names of platforms, carriers and resolvers and what people type cannot become mentions, links or formatting, wherever they are shown. */
import { answered } from '../commands/answer';
import type { PreflightLine } from '../src/core/preflight';
import { Fault } from '../src/ports/fault';
import { forecastLines } from '../templates/dns-convergence';
import { unplannedView } from '../templates/plan-view';
import { preflightText, redLines } from '../templates/preflight';
import { NASTY } from './templates-samples';

const MARKS = /<!channel>|<@U0BOSS>|<https:|\*bold\*|~no~|`code`|:white_check_mark:|[^＠]@here|\u202E|\u200B/;

const line = (state: PreflightLine['state']): PreflightLine => ({
  id: `carrier-${state}`,
  system: NASTY,
  what: NASTY,
  state,
  found: NASTY,
  wanted: NASTY,
  mend: NASTY,
  waivable: true,
});
const LINES = (['red', 'amber', 'unknown', 'green'] as const).map(line);
const BOUND = { lines: 20, chars: 2_800 } as never;

it.each([
  ['a preflight', () => preflightText(LINES, 'site-a', BOUND)],
  ['the red lines of a hold', () => redLines(LINES, [], BOUND)],
  ['a plan that cannot be made', () => JSON.stringify(textsOf(unplannedView('site-a', NASTY, LINES).blocks))],
  [
    'a forecast of resolvers',
    () => forecastLines([{ at: 0, asked: `forecast: ${NASTY}`, answered: NASTY, good: null }]).join('\n'),
  ],
  [
    'a refusal that repeats a vendor or a carrier',
    async () => {
      const fault = () => Promise.reject(new Fault(NASTY, { system: 'The carrier', transient: false }));
      return JSON.stringify(textsOf((await answered(() => undefined, fault)).blocks));
    },
  ],
])('%s shows them as text', async (_what, shown) => {
  const text = await shown();
  expect(text).toContain('evil.example');
  expect(text).not.toMatch(MARKS);
});

/** Only what Slack reads marks in; plain text has none. */
function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== 'object' || value === null) return [];
  const { type, text } = value as { readonly type?: unknown; readonly text?: unknown };
  return [...(type === 'mrkdwn' && typeof text === 'string' ? [text] : []), ...Object.values(value).flatMap(textsOf)];
}
