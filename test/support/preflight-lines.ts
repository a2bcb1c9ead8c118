import type { PreflightLine } from '../../src/core/preflight';

/** A red line that people may waive, or as `more` says. */
export function redLine(more: Partial<PreflightLine> = {}): PreflightLine {
  return {
    id: 'line-1',
    system: 'Genesys Cloud',
    what: 'right routing:queue:view',
    found: 'missing',
    wanted: 'granted',
    state: 'red',
    mend: 'Give the client a role with it.',
    waivable: true,
    ...more,
  };
}
