/** Times as people read them. Message times are those of the workspace's clock, which the sandbox may run fast. */

const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const seconds = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

export const dateOf = (ts) => new Date(Number(ts) * 1000);
export const dayOf = (ts) => day.format(dateOf(ts));
export const timeOf = (ts) => clock.format(dateOf(ts));
export const fullTimeOf = (ts) => full.format(dateOf(ts));

const TOKENS = {
  date_num: (at) => at.toISOString().slice(0, 10),
  date: (at) => at.toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' }),
  date_short: (at) => at.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' }),
  date_long: (at) =>
    at.toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  date_pretty: (at) => at.toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' }),
  date_short_pretty: (at) => at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' }),
  date_long_pretty: (at) => day.format(at),
  time: (at) => clock.format(at),
  time_secs: (at) => seconds.format(at),
};

/** Slack's <!date> format; null when the number is no time. */
export function formatDate(unixSeconds, format) {
  const at = new Date(unixSeconds * 1000);
  if (!Number.isFinite(unixSeconds) || Number.isNaN(at.getTime())) return null;
  return format.replace(/\{([a-z_]+)\}/g, (whole, token) => TOKENS[token]?.(at) ?? whole);
}

/** "3 minutes", for the distance between two timestamps. */
export function distance(fromTs, toTs) {
  const minutes = Math.round(Math.abs(Number(toTs) - Number(fromTs)) / 60);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 90) return `${minutes} minute${minutes === 1 ? '' : 's'}`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

const world = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** The world's clock ("2027-03-25 00:05:37" in UTC), as the messages beside it show their times. */
export function worldTime(clockText) {
  const at = new Date(`${String(clockText ?? '').replace(' ', 'T')}Z`);
  return Number.isNaN(at.getTime()) ? String(clockText ?? '') : world.format(at).replace(',', '');
}
