import type { Outcome } from '../../src/core/outcome';
import { KIND_FACTS } from '../../src/core/step-kinds';
import { duration, moment } from '../../src/core/wording';
import { held, waiting } from './outcomes';
import type { StepContext } from './step-work';

/** What keeps the cutover's own writes outside the site's window; null inside it, and for steps that it does not bind. */
export function outsideWindow(context: StepContext): Outcome | null {
  const { window, timeZone } = context.plan.site;
  if (!window || !KIND_FACTS[context.step.kind].insideWindow) return null;
  const now = context.now();
  if (now < window.opens) {
    const summary = `The cutover window opens ${moment(window.opens, timeZone)}, in ${duration(window.opens - now)}.`;
    return waiting(summary, [], { afterMs: window.opens - now, until: window.opens });
  }
  if (now < window.closes) return null;
  const summary = `The cutover window closed ${moment(window.closes, timeZone)}, and "${context.step.title}" would write outside it. Roll back, or have a new window planned.`;
  return held('window', summary, []);
}
