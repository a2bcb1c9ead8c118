/** Moments for people: in the reader's own zone by Slack, in the site's zone where that is what counts. */

/** Epoch ms as Slack's date, with ISO for whoever cannot render it. */
export function slackDate(at: number): string {
  const iso = isoSeconds(at);
  return iso === null ? 'an unknown time' : `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time_secs}|${iso}>`;
}

/** `Sun 28 Mar 03:10 CEST` */
export function siteTime(at: number, timeZone: string): string {
  const parts = partsOf(at, timeZone, 'en-GB');
  if (parts === null) return isoSeconds(at) ?? 'an unknown time';
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((found) => found.type === type)?.value ?? '';
  return `${part('weekday')} ${part('day')} ${part('month')} ${part('hour')}:${part('minute')} ${zoneName(at, timeZone)}`;
}

/** Both, for a moment by which people have to act. */
export const bothTimes = (at: number, timeZone: string): string => `${slackDate(at)} (site: ${siteTime(at, timeZone)})`;

/** English names of zones are known per region: Britain says CEST, the States say CDT, Australia says AEDT. */
function zoneName(at: number, timeZone: string): string {
  const names = ['en-GB', 'en-US', 'en-AU'].map(
    (locale) => partsOf(at, timeZone, locale)?.find(({ type }) => type === 'timeZoneName')?.value ?? '',
  );
  return names.find((name) => name !== '' && !/^(?:GMT|UTC)[+-]/.test(name)) ?? names[0] ?? '';
}

function partsOf(at: number, timeZone: string, locale: string): Intl.DateTimeFormatPart[] | null {
  if (isoSeconds(at) === null) return null;
  try {
    return new Intl.DateTimeFormat(locale, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone,
      timeZoneName: 'short',
    }).formatToParts(at);
  } catch {
    return null;
  }
}

function isoSeconds(at: number): string | null {
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15
    ? `${new Date(at).toISOString().replace(/\.\d+Z$/, '')}Z`
    : null;
}
