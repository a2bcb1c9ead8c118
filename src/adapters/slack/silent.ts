import { type Logger, LogLevel } from '@slack/web-api';

const nothing = (): void => undefined;

/** The package would write to standard output, where answers stand; what it has to say is thrown as well, and told by us. */
export const silent: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => LogLevel.ERROR,
  setName: nothing,
};
