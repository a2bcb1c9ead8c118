/** What the composer suggests while somebody types the slash command. */
import type { CommandHint } from './wire';

export const COMMAND_HINTS: readonly CommandHint[] = [
  { verb: 'help', args: '', about: 'Show what this bot can do' },
  { verb: 'sites', args: '', about: 'List the sites and where each one stands' },
  { verb: 'plan', args: 'SITE', about: 'Show the exact changes that a wave would make' },
  { verb: 'start', args: 'SITE', about: 'Start the wave that cuts a site over' },
  { verb: 'status', args: 'SITE', about: 'Show the step, the next gate and the clock of a wave' },
  { verb: 'pause', args: 'SITE', about: 'Pause a wave after the current step' },
  { verb: 'resume', args: 'SITE', about: 'Resume a wave that is paused or held' },
  { verb: 'retry', args: 'SITE', about: 'Try a held step again' },
  { verb: 'skip', args: 'SITE', about: 'Skip a held step, with a reason' },
  { verb: 'waive', args: 'SITE', about: 'Take a red line of the preflight upon yourself' },
  { verb: 'abort', args: 'SITE', about: 'Stop a wave' },
  { verb: 'rollback', args: 'SITE', about: 'Take a wave back to where it began' },
  { verb: 'audit', args: 'SITE', about: 'Export the audit log of a wave' },
];
