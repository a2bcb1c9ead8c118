/**
 * A `fetch` that reaches Slack alone: the Web API's own origin, and the host at which Slack takes later answers
 * (`hooks.` before the API's). An address that came with a request is followed nowhere else, and no redirect is.
 */
export function fetchAtSlack(apiUrl: string, timeoutMs: number): typeof fetch {
  const api = new URL(apiUrl);
  const origins = [api.origin, `${api.protocol}//hooks.${api.host}`];
  return async (input, init) => {
    const text = input instanceof Request ? input.url : String(input);
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null || !origins.includes(url.origin) || url.username !== '')
      throw new Error('an address that is not one of Slack’s was not called');
    return fetch(input, { signal: AbortSignal.timeout(timeoutMs), ...init, redirect: 'error' });
  };
}
