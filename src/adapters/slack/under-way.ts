import type { App } from '@slack/bolt';

/** What has come in from Slack and is not done yet. */
export interface UnderWay {
  /** Whether `also` and all that is under way came to their ends within `ms` real time. */
  done(ms: number, also: Promise<unknown>): Promise<boolean>;
}

/** Counts what the receiver hands to the app, from before its acknowledgement to the end of its last listener. */
export function underWay(app: App): UnderWay {
  const running = new Set<Promise<void>>();
  const inner = app.processEvent.bind(app);
  app.processEvent = (event) => {
    const work = inner(event).finally(() => running.delete(work));
    running.add(work);
    return work;
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
