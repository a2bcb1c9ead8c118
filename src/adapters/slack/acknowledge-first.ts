import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import { afterKnocks, createLull, type Lull } from './lull';

/**
 * Slack has its 200 for a click or a slash command as soon as the signature is verified, before anybody is asked anything;
 * the work is begun when nobody else knocks, so that of many who knock at once none waits for the work of the others. What
 * is said in an acknowledgement would be lost then: only forms, which say there what is wrong with them, are acknowledged
 * by whoever handles them.
 */
export function acknowledgeFirst(receiver: Receiver, lull: Lull = createLull()): void {
  const turns = createTurns(lull);
  const init = receiver.init.bind(receiver);
  receiver.init = (app) => {
    const processEvent = async (event: ReceiverEvent): Promise<void> => {
      if (!isAcknowledgedEmpty(event.body)) return app.processEvent(event);
      await event.ack();
      await turns.take(() => app.processEvent({ ...event, ack: alreadyDone }));
    };
    // A receiver uses nothing else of the app.
    init({ processEvent } as App);
  };
}

/** A click or a slash command: Slack wants no words in its 200. */
export function isAcknowledgedEmpty(body: unknown): boolean {
  const { type, command } = (body ?? {}) as { readonly type?: unknown; readonly command?: unknown };
  return type === 'block_actions' || (type === undefined && typeof command === 'string');
}

async function alreadyDone(said?: unknown): Promise<void> {
  if (said !== undefined && said !== '') throw new Error('this request is acknowledged already; answer by `respond`');
}

export interface Turns {
  /** Begins the work when there is time for it, in the order of asking. */
  take(work: () => Promise<void>): Promise<void>;
}

/** So much may be under way when more is begun, or a knock would wait for all of it. */
const MOST_YOUNG = 8;
/** What takes longer than this waits for somebody else, a platform or Slack, and keeps nobody from beginning; real ms. */
const YOUNG_MS = 50;

interface Waiting {
  readonly since: number;
  readonly begin: () => Promise<void>;
}

export function createTurns(lull: Lull = createLull()): Turns {
  const waiting: Waiting[] = [];
  const young = new Set<symbol>();
  let looking = false;

  const begin = ({ begin: work }: Waiting): void => {
    const mark = Symbol();
    young.add(mark);
    const grown = (): void => {
      clearTimeout(timer);
      if (young.delete(mark)) look();
    };
    const timer = setTimeout(grown, YOUNG_MS);
    void work().finally(grown);
  };
  /** One a turn of the event loop, so that whoever knocks meanwhile comes in between. */
  const look = (): void => {
    const oldest = waiting[0];
    if (looking || !oldest || young.size >= MOST_YOUNG) return;
    looking = true;
    const early = lull.in(oldest.since);
    if (early <= 0) {
      waiting.shift();
      begin(oldest);
    }
    void afterKnocks(early).then(() => {
      looking = false;
      look();
    });
  };
  return {
    take: (work) => {
      lull.knocked();
      const done = new Promise<void>((resolve, reject) => {
        waiting.push({ since: performance.now(), begin: () => work().then(resolve, reject) });
      });
      look();
      return done;
    },
  };
}
