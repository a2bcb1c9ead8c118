import { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { waveId } from '../../core/ids';
import { Fault } from '../../ports/fault';
import type { ShownWave, WaveCards } from '../../ports/vanished-waves';
import { silent } from './silent';
import { clear, EVENT_TYPE, type SlackThreadOptions } from './slack-thread';

const PAGE = 200;
/** Two thousand messages of a channel that is kept for waves: months. */
const MOST_PAGES = 10;

const Messages = z.array(z.object({ ts: z.string(), metadata: z.unknown() }));
const Card = z.object({
  event_type: z.literal(EVENT_TYPE),
  event_payload: z.object({
    wave: z.string().regex(/^[a-z0-9-]{1,150}-wave-\d{1,6}$/),
    to: z.coerce.number(),
    status: z.string().optional(),
  }),
});

/** The cards of waves in the channel, by conversations.history and the right that posting has already. */
export function createSlackCards({ token, apiUrl, channel, timeoutMs }: SlackThreadOptions): WaveCards {
  const client = new WebClient(token, {
    slackApiUrl: apiUrl,
    logger: silent,
    timeout: timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  return {
    async shown() {
      const waves: ShownWave[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const asked = { channel, include_all_metadata: true, limit: PAGE, ...(cursor ? { cursor } : {}) };
        const answer = await clear(() => client.conversations.history(asked));
        const read = Messages.safeParse(answer.messages ?? []);
        if (!read.success)
          throw new Fault('Slack answers with messages that cannot be read.', { system: 'Slack', transient: false });
        waves.push(...read.data.flatMap((message) => cardIn(message, channel)));
        cursor = answer.response_metadata?.next_cursor || undefined;
        if (!cursor) return { waves, whole: true };
      }
      return { waves, whole: false };
    },
  };
}

function cardIn({ ts, metadata }: z.output<typeof Messages>[number], channel: string): readonly ShownWave[] {
  const card = Card.safeParse(metadata);
  if (!card.success || card.data.event_payload.to !== 0) return [];
  const { wave, status } = card.data.event_payload;
  return [{ wave: waveId(wave), channel, ts, status: status ?? '' }];
}
