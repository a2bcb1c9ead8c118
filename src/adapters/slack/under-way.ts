import type { App, Receiver } from '@slack/bolt';

/** What has come in from Slack and is not done yet. */
export interface UnderWay {
  /** Whether `also` and all that is under way came to their ends within `ms` real time. */
  done(ms: number, also: Promise<unknown>): Promise<boolean>;
}

/**
 * Counts what comes in at the receiver, from before its acknowledgement to the end of its last listener. Whoever else lays
 * something between receiver and app does so after this, and is counted with it.
 */
export function underWay(receiver: Receiver): UnderWay {
  const running = new Set<Promise<void>>();
  const init = receiver.init.bind(receiver);
  receiver.init = (app) => {
    const processEvent: App['processEvent'] = (event) => {
      const work = app.processEvent(event).finally(() => running.delete(work));
      running.add(work);
      return work;
    };
    // A receiver uses nothing else of the app.
    init({ processEvent } as App);
  };
  const empty = async (also: Promise<unknown>): Promise<true> => {
    await also;
    while (running.size > 0) await Promise.allSettled([...running]);
    return true;
  };
  return {
    async done(ms, also) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<false>((resolve) => {
        timer = setTimeout(() => resolve(false), ms);
      });
      return Promise.race([empty(also), late]).finally(() => clearTimeout(timer));
    },
  };
}
