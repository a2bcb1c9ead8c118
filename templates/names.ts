/** How people, steps and waves are called in messages; mrkdwn. */
import type { By } from '../src/core/actor';
import type { StepId } from '../src/core/ids';
import type { Change } from '../src/core/plan';
import type { PlatformKind, Site } from '../src/core/site';
import { stepAt, stepIndex, type Wave } from '../src/core/wave';
import { code, escaped } from './escape';

/** A Slack user or user group as a mention; anything else as it stands. */
export function mention(id: string): string {
  if (/^[UW][A-Z0-9]{1,30}$/.test(id)) return `<@${id}>`;
  if (/^S[A-Z0-9]{1,30}$/.test(id)) return `<!subteam^${id}>`;
  return code(id, 60);
}

export const mentions = (ids: readonly string[], max = 12): string => {
  if (ids.length === 0) return 'nobody';
  const shown = ids.slice(0, max).map(mention).join(', ');
  return ids.length > max ? `${shown} and ${ids.length - max} more` : shown;
};

export function byWhom(by: By): string {
  if (by.kind === 'bot') return 'the bot';
  return by.via === 'cli' ? `${mention(by.user)} (command line)` : mention(by.user);
}

/** "Step 7 · Wait until every resolver agrees" */
export function stepLabel(wave: Wave, step: StepId): string {
  const index = stepIndex(wave, step);
  return `Step ${index + 1} · ${titleOf(wave, step)}`;
}

export const titleOf = (wave: Wave, step: StepId): string =>
  escaped(stepAt(wave, stepIndex(wave, step)).planned.title, 120);

/** "7 Wait until every resolver agrees" and other short things in a row: a line never breaks behind a number or before a dot. */
export const numbered = (position: number, title: string): string => `${position}\u00a0${title}`;
export const inRow = (things: readonly string[]): string => things.join('\u00a0· ');

export const siteName = (wave: Wave): string => escaped(wave.plan.site.name, 80);

const SYSTEM: Readonly<Record<Exclude<Change['system'], 'platform'>, string>> = {
  dns: 'DNS',
  legacy: 'Legacy',
  carrier: 'Carrier',
  http: 'HTTP',
};
const PLATFORM: Readonly<Record<PlatformKind, string>> = {
  'genesys-cloud': 'Genesys Cloud',
  'nice-cxone': 'NICE CXone',
};

/** A system that a change is made at, as people call it; the platform is the site's. */
export const systemName = (system: Change['system'], { platform }: Pick<Site, 'platform'>): string =>
  system === 'platform' ? PLATFORM[platform.kind] : SYSTEM[system];

export const shortHash = (hash: string): string => hash.slice(0, 8);

/** The beginning of an event's hash: vouches for everything up to that event. Long enough that nobody finds another by trying. */
export const chainMark = (hash: string): string => hash.slice(0, 10);

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** "once", "twice", "5 times" */
export const times = (n: number): string => (n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`);

/** A sentence with one full stop at its end. */
export const stopped = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
