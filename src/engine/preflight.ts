import type { Limits } from '../core/limits';
import type { PreflightLine } from '../core/preflight';
import type { Site } from '../core/site';
import { duration } from '../core/wording';
import { Fault } from '../ports/fault';
import type { SiteWorld } from '../ports/world';
import { patiently } from './patiently';
import { boundedLine } from './preflight-bounds';
import { dnsLook, resolversLook } from './preflight-dns';
import { carrierLook, gatewaysLook } from './preflight-gateways';
import { homeLooks } from './preflight-home';
import { crmLook, legacyLook } from './preflight-legacy';
import { platformLook } from './preflight-platform';
import { programmeLook } from './preflight-programme';
import type { Answer, Asking, Look, Question } from './preflight-question';
import { siteLook } from './preflight-site';

/** A system that is busy gets this long, ms of the product's clock. */
const PATIENCE_MS = 60_000;
/** A reading that has not come by then is not waited for, real ms: what waits on the network waits in real time. */
export const ANSWER_MS = 45_000;

export interface PreflightOptions {
  /** Real ms for one reading. */
  readonly answerMs?: number;
  /** Told of each system once it has been read: somebody may be waiting. */
  readonly onSystem?: (system: string) => void;
}

/**
 * Reads every system of a site side by side and says what is missing, line by line, in a fixed order. Writes nothing. A
 * system that fails or does not answer is a red line of its own and hides no other; it never throws for the world.
 */
export async function preflightLines(
  world: SiteWorld,
  site: Site,
  limits: Limits,
  options: PreflightOptions = {},
): Promise<readonly PreflightLine[]> {
  const asking: Asking = { world, site, limits };
  const looks = [
    ...homeLooks(asking),
    siteLook(asking),
    programmeLook(asking),
    platformLook(asking),
    dnsLook(asking),
    resolversLook(asking),
    gatewaysLook(asking),
    ...carrierLook(asking),
    legacyLook(asking),
    crmLook(asking),
  ];
  const lines = await Promise.all(
    looks.map(async (look) => {
      const found = await lookAt(world, look, options.answerMs ?? ANSWER_MS);
      options.onSystem?.(look.system);
      return found;
    }),
  );
  return distinct(lines.flat().map((line) => boundedLine(world.digest, line)));
}

async function lookAt(world: SiteWorld, look: Look, answerMs: number): Promise<readonly PreflightLine[]> {
  const of = (answers: readonly Answer[]) => answers.map((line) => ({ system: look.system, ...line }));
  const reached = look.reach ? await read(world, look.reach, answerMs) : { answers: [], failed: false };
  if (reached.failed) return of(reached.answers);
  const rest = await Promise.all(look.questions.map((question) => read(world, question, answerMs)));
  return of([reached, ...rest].flatMap(({ answers }) => answers));
}

async function read(
  world: SiteWorld,
  question: Question,
  answerMs: number,
): Promise<{ readonly answers: readonly Answer[]; readonly failed: boolean }> {
  try {
    return { answers: await within(answerMs, patiently(world.clock, PATIENCE_MS, question.ask)), failed: false };
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    return { answers: [unread(question, cause)], failed: true };
  }
}

function unread({ id, what, wanted, unread: state, waivable }: Question, cause: Fault): Answer {
  return { id, what, wanted, state, waivable, found: cause.message, mend: mendOf(cause) };
}

function mendOf({ system, status, transient }: Fault): string {
  if (status === 401 || status === 403)
    return `Check the credentials of ${system} in the settings and what they may do.`;
  if (system === 'settings') return 'Write the settings; docs/settings.md lists them.';
  if (status === 404) return `Compare the site file with ${system}: what it names is not there.`;
  return transient
    ? `See to the connection to ${system}: address, firewall, or wait until it answers again.`
    : `Look at ${system} and at what the site file names of it.`;
}

/** Throws a transient `Fault` when the answer does not come; whatever it was may still come and is not heard. */
async function within<Value>(ms: number, answer: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `No answer within ${duration(ms)}.`;
    timer = setTimeout(() => reject(new Fault(message, { system: 'it', transient: true })), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A line is waived by its name, so no two have the same, and a number is none that another line has of itself. */
function distinct(lines: readonly PreflightLine[]): readonly PreflightLine[] {
  const own = new Set(lines.map(({ id }) => id));
  const taken = new Set<string>();
  return lines.map((line) => {
    let id = line.id;
    for (let count = 2; taken.has(id); count += 1) {
      const numbered = `${line.id}-${count}`;
      if (!own.has(numbered)) id = numbered;
    }
    taken.add(id);
    return id === line.id ? line : { ...line, id };
  });
}
