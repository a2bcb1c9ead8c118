/** A summary that begins so is not for the small print: it looks bad, and only people may act on it yet. */
const MARK = /^ATTENTION:\s*/;

export const isAttention = (summary: string): boolean => MARK.test(summary);

/** The summary as people read it. */
export function spoken(summary: string): string {
  const text = summary.replace(MARK, '');
  return text === summary ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
}
