/** The word by which Slack refuses; null when nothing was answered. What is no such word may repeat our token, and is not repeated. */
export function refusalWord(cause: unknown): string | null {
  const error = (cause as { readonly data?: { readonly error?: unknown } } | null)?.data?.error;
  if (typeof error !== 'string') return null;
  return /^[a-z][a-z0-9_]{0,59}$/.test(error) ? error : 'no word of Slack’s';
}
