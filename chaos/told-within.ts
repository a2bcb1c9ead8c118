import type { Deed, Schedule, SlackTrouble } from './schedule';

/** A Slack that does not answer is waited for so long, and nobody asks again sooner than this at worst; real ms. */
const SILENT_MS = 10_000;
const AGAIN_MS = 6_000;
/** A worker that died over the thread is missed, and what is left is posted and drawn; real ms. */
const USUAL_MS = 25_000;
/** The run gives itself up before whoever waits for it does. */
const LONGEST_MS = 120_000;

/**
 * How long after its end a run's threads may take, real ms: whatever is in Slack's way may strike the very last post, and
 * then one trouble after the other, each of which the product bears once more before all is told.
 */
export const toldWithinMs = ({ faults }: Schedule): number =>
  Math.min(
    LONGEST_MS,
    faults.reduce((sum, { deed }) => sum + heldUpMs(deed), USUAL_MS),
  );

function heldUpMs(deed: Deed): number {
  switch (deed.do) {
    case 'several':
      return deed.deeds.reduce((sum, each) => sum + heldUpMs(each), 0);
    case 'slack':
      return deed.times * (AGAIN_MS + waitedFor(deed.trouble));
    case 'slack-down':
      return deed.ms + AGAIN_MS;
    default:
      return 0;
  }
}

const waitedFor = (trouble: SlackTrouble): number => (trouble === 'stored-then-silent' ? SILENT_MS : 0);
