import { codePointName, controlCharacterAt, oneLine } from './characters';
import { nearest } from './nearest';
import { bad, good, type Parsed, shown } from './parse-fault';
import { bareFileFinding } from './site-fields';
import { plainSlackText } from './slack-text';

export const VERBS = [
  'help',
  'sites',
  'plan',
  'start',
  'status',
  'pause',
  'resume',
  'retry',
  'skip',
  'waive',
  'abort',
  'rollback',
  'audit',
] as const;
export type CutoverVerb = (typeof VERBS)[number];

/** What stands behind `/cutover`. `site` is the name of a site, or the id of a wave of it (`site-a-wave-1`). */
export type CutoverText =
  | { readonly verb: 'help'; readonly about: CutoverVerb | null }
  | { readonly verb: 'sites' }
  | { readonly verb: 'status' | 'audit'; readonly site: string | null }
  /** `from`: the bare name of a recipe or a wave document. Here `site` is always a site. */
  | { readonly verb: 'plan' | 'start'; readonly site: string; readonly from: string | null }
  | { readonly verb: 'pause' | 'resume' | 'retry'; readonly site: string; readonly reason: string | null }
  /** `line`: the id of a line of the preflight. */
  | { readonly verb: 'waive'; readonly site: string; readonly line: string; readonly reason: string }
  /** Without a reason none of these is carried out: null has a modal ask for it. */
  | { readonly verb: 'skip' | 'abort' | 'rollback'; readonly site: string; readonly reason: string | null };

export const USAGE: Readonly<Record<CutoverVerb, string>> = {
  help: '/cutover help [VERB]',
  sites: '/cutover sites',
  plan: '/cutover plan SITE [from FILE]',
  start: '/cutover start SITE [from FILE]',
  status: '/cutover status [SITE]',
  pause: '/cutover pause SITE [REASON]',
  resume: '/cutover resume SITE [REASON]',
  retry: '/cutover retry SITE [REASON]',
  skip: '/cutover skip SITE REASON',
  waive: '/cutover waive SITE LINE REASON',
  abort: '/cutover abort SITE REASON',
  rollback: '/cutover rollback SITE REASON',
  audit: '/cutover audit [SITE]',
};

const LONGEST = 2000;
const LONGEST_REASON = 500;

type Failed = ReturnType<typeof bad>;

/** Reads a slash command's text. `sites` are the names of all sites. */
export function parseCutoverText(text: string, sites: readonly string[]): Parsed<CutoverText> {
  if (text.length > LONGEST)
    return bad({
      place: 'command',
      wrong: `the text has ${text.length} characters; ${LONGEST} is the most`,
      mend: 'Shorten it',
    });
  const plain = plainSlackText(text);
  const control = controlCharacterAt(plain);
  if (control >= 0)
    return bad({
      place: 'command',
      wrong: `a control character (${codePointName(plain, control)}) stands in the text`,
      mend: 'Type the command afresh',
    });
  const words = oneLine(plain)
    .split(' ')
    .filter((word) => word !== '');
  const [asked = 'help', ...rest] = words;
  const verb = VERBS.find((known) => known === asked.toLowerCase());
  return verb === undefined ? unknownVerb(asked) : ARMS[verb](rest, sites);
}

function unknownVerb(asked: string): Failed {
  const meant = nearest(asked, VERBS);
  const mend = meant ? `Did you mean \`${meant}\`? ${usage(meant)}` : `Verbs: ${VERBS.join(', ')}`;
  return bad({ place: 'verb', wrong: `${shown(asked)} is not a verb of /cutover`, mend });
}

const usage = (verb: CutoverVerb): string => `Usage: \`${USAGE[verb]}\``;

type Arm = (rest: readonly string[], sites: readonly string[]) => Parsed<CutoverText>;

const ARMS: Readonly<Record<CutoverVerb, Arm>> = {
  help: (rest) => helpAbout(rest),
  sites: (rest) => (rest.length === 0 ? good({ verb: 'sites' }) : tooMuch('sites', rest)),
  status: (rest, sites) => look('status', rest, sites),
  audit: (rest, sites) => look('audit', rest, sites),
  plan: (rest, sites) => planned('plan', rest, sites),
  start: (rest, sites) => planned('start', rest, sites),
  pause: (rest, sites) => withReason('pause', rest, sites),
  resume: (rest, sites) => withReason('resume', rest, sites),
  retry: (rest, sites) => withReason('retry', rest, sites),
  skip: (rest, sites) => withReason('skip', rest, sites),
  waive: (rest, sites) => waived(rest, sites),
  abort: (rest, sites) => withReason('abort', rest, sites),
  rollback: (rest, sites) => withReason('rollback', rest, sites),
};

function helpAbout(rest: readonly string[]): Parsed<CutoverText> {
  const about = VERBS.find((known) => known === rest[0]?.toLowerCase()) ?? null;
  return good({ verb: 'help', about });
}

function look(verb: 'status' | 'audit', rest: readonly string[], sites: readonly string[]): Parsed<CutoverText> {
  const [word, ...more] = rest;
  if (word === undefined) return good({ verb, site: null });
  const site = designation(verb, word, sites);
  if (!site.ok) return site;
  return more.length > 0 ? tooMuch(verb, more) : good({ verb, site: site.value });
}

function planned(verb: 'plan' | 'start', rest: readonly string[], sites: readonly string[]): Parsed<CutoverText> {
  const [word, from, file, ...more] = rest;
  const site = designation(verb, word, sites);
  const fileFault = fileFaultOf(verb, from, file, more);
  if (!site.ok || fileFault) return bad(...(site.ok ? [] : site.faults), ...(fileFault?.faults ?? []));
  return good({ verb, site: site.value.replace(WAVE_ENDING, ''), from: file ?? null });
}

function fileFaultOf(
  verb: 'plan' | 'start',
  from: string | undefined,
  file: string | undefined,
  more: readonly string[],
): Failed | null {
  if (from === undefined) return null;
  if (from.toLowerCase() !== 'from') return tooMuch(verb, [from, ...(file === undefined ? [] : [file]), ...more]);
  if (file === undefined)
    return bad({ place: 'file', wrong: 'after "from" the name of a file is missing', mend: usage(verb) });
  const finding = bareFileFinding(file);
  if (finding)
    return bad({
      place: 'file',
      wrong: finding.wrong,
      mend: `Write the bare name of a recipe or wave document. ${usage(verb)}`,
    });
  return more.length > 0 ? tooMuch(verb, more) : null;
}

type WithReason = 'pause' | 'resume' | 'retry' | 'skip' | 'abort' | 'rollback';

function withReason(verb: WithReason, rest: readonly string[], sites: readonly string[]): Parsed<CutoverText> {
  const [word, ...words] = rest;
  const site = designation(verb, word, sites);
  if (!site.ok) return site;
  const reason = reasonIn(words);
  return reason.ok ? good({ verb, site: site.value, reason: reason.value === '' ? null : reason.value }) : reason;
}

/** The ids of the preflight's lines as it shows them, also when they are typed as code or with a colon behind. */
const LINE_ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

function waived(rest: readonly string[], sites: readonly string[]): Parsed<CutoverText> {
  const [word, asked, ...words] = rest;
  const site = designation('waive', word, sites);
  if (!site.ok) return site;
  const line = (asked ?? '').toLowerCase().replace(/^[`"']+|[`"':,]+$/g, '');
  const which = 'Lines are named as `/cutover status SITE` shows them';
  if (line === '')
    return bad({ place: 'line', wrong: '`waive` needs the name of a line', mend: `${which}. ${usage('waive')}` });
  if (line.length > 120 || !LINE_ID.test(line))
    return bad({
      place: 'line',
      wrong: `${shown(line)} cannot be the name of a line`,
      mend: `${which}. ${usage('waive')}`,
    });
  const reason = reasonIn(words);
  if (!reason.ok) return reason;
  if (reason.value === '')
    return bad({ place: 'reason', wrong: 'a line is waived with a reason, and none was given', mend: usage('waive') });
  return good({ verb: 'waive', site: site.value, line, reason: reason.value });
}

function reasonIn(words: readonly string[]): Parsed<string> {
  const reason = words
    .join(' ')
    .replace(/^(["'])(.*)\1$/, '$2')
    .trim();
  if (reason.length <= LONGEST_REASON) return good(reason);
  return bad({
    place: 'reason',
    wrong: `the reason has ${reason.length} characters; ${LONGEST_REASON} is the most`,
    mend: 'Shorten it',
  });
}

const WAVE_ENDING = /-wave-[1-9]\d{0,5}$/;

/** A known site, or a wave of one. */
function designation(verb: CutoverVerb, word: string | undefined, sites: readonly string[]): Parsed<string> {
  const known = sites.length > 0 ? `Sites: ${sites.join(', ')}` : 'There is no site file yet';
  if (word === undefined)
    return bad({ place: 'site', wrong: `\`${verb}\` needs a site`, mend: `${known}. ${usage(verb)}` });
  const asked = word.toLowerCase();
  if (sites.includes(asked.replace(WAVE_ENDING, ''))) return good(asked);
  const meant = nearest(asked, sites);
  return bad({
    place: 'site',
    wrong: `there is no site ${shown(word)}`,
    mend: `${meant ? `Did you mean \`${meant}\`?` : `${known}.`} ${usage(verb)}`,
  });
}

function tooMuch(verb: CutoverVerb, rest: readonly string[]): Failed {
  return bad({
    place: 'command',
    wrong: `${shown(rest.join(' '))} is more than \`${verb}\` understands`,
    mend: usage(verb),
  });
}
