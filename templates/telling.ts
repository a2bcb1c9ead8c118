import type { LoggedEvent, WaveEvent, WaveEventType } from '../src/core/events';
import type { Evidence } from '../src/core/evidence';
import type { Wave } from '../src/core/wave';
import type { Emoji } from './emoji';

/** An event as the thread tells it. All texts are mrkdwn, escaped already. */
export interface Telling {
  readonly icon: Emoji;
  /** One line; also the event's line in the audit listing. */
  readonly headline: string;
  readonly body: readonly string[];
  readonly evidence: readonly Evidence[];
  /** Evidence in full size rather than small print: where something is wrong. */
  readonly loudEvidence?: boolean;
}

export type Teller<Type extends WaveEventType> = (
  event: Extract<WaveEvent, { type: Type }>,
  logged: LoggedEvent,
  /** The wave after the event; for listings, as it is now. */
  wave: Wave,
) => Telling;

export const telling = (
  icon: Emoji,
  headline: string,
  body: readonly string[] = [],
  evidence: readonly Evidence[] = [],
): Telling => ({ icon, headline, body, evidence });
