import type { Evidence } from '../../src/core/evidence';
import { countLines, countsText, kept, type PreflightLine, redFirst } from '../../src/core/preflight';
import { blocking, waiverOf } from '../../src/core/waivers';
import { counted, listed } from '../../src/core/wording';
import { preflightLines } from '../../src/engine/preflight';
import { applied, held, line, nothingToUndo, passed } from './outcomes';
import type { StepContext, StepWork } from './step-work';

/** Every system is read and what is missing told, before anything is written. A red line that nobody has waived holds the wave. */
export const preflight: StepWork = {
  async apply() {
    return applied('Nothing to write: the preflight reads only.', []);
  },

  async check(context) {
    const { site, limits } = context.plan;
    const lines = await preflightLines(context.world, site, limits);
    const open = blocking(lines, context.waivers);
    const evidence = redFirst(lines).map((each) => evidenceOf(context, each));
    const more = { preflight: kept(lines) };
    const told = `${counted(lines.length, 'line')}: ${countsText(countLines(lines))}`;
    if (open.length === 0) return { ...passed(`Armed. ${told}.${waivedText(context, lines)}`, evidence), ...more };
    const names = listed(
      open.map(({ id }) => id),
      4,
    );
    const summary = `${told}. Red and not waived: ${names}. Nothing was changed. Mend each as its line says, then resume.`;
    return { ...held('not-ready', summary, evidence), ...more };
  },

  undo: nothingToUndo,
};

/** What is unknown or only warns is information; a waived line is too. */
function evidenceOf(context: StepContext, { system, what, found, wanted, state, ...rest }: PreflightLine): Evidence {
  const waived =
    state === 'red' && blocking([{ system, what, found, wanted, state, ...rest }], context.waivers).length === 0;
  const good = state === 'green' ? true : state === 'red' && !waived ? false : null;
  const answered = state === 'green' ? found : `${found} (${waived ? 'waived' : state}; wanted: ${wanted})`;
  return line(context, `${system}: ${what}`, answered, good);
}

function waivedText(context: StepContext, lines: readonly PreflightLine[]): string {
  const waived = lines.filter((each) => each.state === 'red' && waiverOf(context.waivers, each) !== null);
  return waived.length === 0 ? '' : ` Waived: ${listed(waived.map(({ id }) => id))}.`;
}
