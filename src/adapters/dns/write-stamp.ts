import type { WriteStamp } from '../../ports/dns-provider';

/** Whose records these are, where a provider has a place for it. */
export const OWNER = 'cutover';

/** Owner, site and wave in one line of at most `limit` characters; the wave's id holds the site's name, so it goes last. */
export function stampText({ site, wave }: WriteStamp, limit = 250): string {
  const whole = `${OWNER}: site ${site}, wave ${wave}`;
  return whole.length <= limit ? whole : `${OWNER}: wave ${wave}`.slice(0, limit);
}

const OURS = new RegExp(`(?:^|; )${OWNER}: (?:site|wave) .*$`);

/** The stamp behind what others have written into a comment, in at most `limit` characters; theirs is never shortened for it. */
export function stampedComment(comment: string, stamp: WriteStamp, limit: number): string {
  const theirs = comment.replace(OURS, '').trimEnd();
  if (theirs === '') return stampText(stamp, limit);
  const both = [stampText(stamp), `${OWNER}: wave ${stamp.wave}`].map((ours) => `${theirs}; ${ours}`);
  return both.find(({ length }) => length <= limit) ?? theirs;
}
