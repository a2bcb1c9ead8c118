import type { App, Receiver } from '@slack/bolt';
import { isPlaced } from './whole-request';

/**
 * Refuses what comes from nobody or from a workspace that cannot be one, before Bolt looks for its client and before it is acknowledged.
 * The receiver says so to whoever sent it.
 */
export function refuseUnplaced(receiver: Receiver): void {
  const init = receiver.init.bind(receiver);
  receiver.init = (app) => {
    const processEvent: App['processEvent'] = async (event) => {
      if (!isPlaced(event.body)) throw new Error('the request names no person, or a workspace that cannot be one');
      return app.processEvent(event);
    };
    // A receiver uses nothing else of the app.
    init({ processEvent } as App);
  };
}
