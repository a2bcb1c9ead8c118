/** The verbs of `/cutover`, as help shows them. */
export const VERBS = {
  help: { usage: 'help', what: 'this list' },
  sites: { usage: 'sites', what: 'the sites and where their waves stand' },
  plan: { usage: 'plan SITE', what: 'what a wave would change, field by field; starts nothing' },
  start: { usage: 'start SITE', what: 'start a wave; gates stop it where people decide' },
  status: { usage: 'status SITE', what: 'where the wave stands, what is safe, what to do' },
  pause: { usage: 'pause SITE [reason]', what: 'stop before the next thing; nothing is undone' },
  resume: { usage: 'resume SITE [reason]', what: 'go on after a pause or a hold' },
  retry: { usage: 'retry SITE [reason]', what: 'do the held step, or the failed undo, again' },
  skip: {
    usage: 'skip SITE reason',
    what: 'leave out a held step that protects no calls, or note an undo done by hand',
  },
  waive: {
    usage: 'waive SITE LINE reason',
    what: 'take a red line of the preflight upon yourself, for this wave; it takes two people',
  },
  rollback: { usage: 'rollback SITE reason', what: 'undo everything, queues first: the safe way out' },
  abort: { usage: 'abort SITE reason', what: 'stop and leave everything as it is' },
  audit: { usage: 'audit SITE', what: 'the newest events, a line each, and whether the chain holds' },
} as const;

export type HelpVerb = keyof typeof VERBS;
export const VERB_NAMES = Object.keys(VERBS) as readonly HelpVerb[];
