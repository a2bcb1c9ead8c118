import { due, type Effect } from '../core/due';
import type { WaveId } from '../core/ids';
import { stepAt, type Wave } from '../core/wave';
import type { WorkLook } from '../ports/work-look';
import { type Engine, enqueue } from './handle';
import { sweep } from './reconcile';

/** Something that does not go on by itself, or not as it should. */
export interface Finding {
  /** Null when it is about no wave in particular. */
  readonly wave: WaveId | null;
  readonly grade: 'red' | 'amber';
  readonly kind: FindingKind;
  /** Epoch ms; null when nobody can say. */
  readonly since: number | null;
  readonly about: string;
}

export type FindingKind =
  | 'stuck'
  | 'held'
  | 'job-lost'
  | 'worker-dead'
  | 'timer-lost'
  | 'no-worker'
  | 'lease-endless'
  | 'thread-behind'
  | 'forgotten'
  | 'unreadable'
  | 'platform-silent'
  | 'not-looked-at';

/** What `repair` may mend: it offers again what the log says is owed, and touches neither events nor the world. */
const MENDED: readonly FindingKind[] = ['job-lost', 'worker-dead', 'timer-lost', 'thread-behind', 'forgotten'];
export const isMended = ({ kind }: Finding): boolean => MENDED.includes(kind);

/** Work that is due for less than this is on its way, ms of the product's clock. */
const ON_ITS_WAY_MS = 10_000;
/** A job that waits for a worker this long waits for one that is not there. */
const NO_WORKER_MS = 60_000;
/** A thread that is behind for less than this is being told right now. */
const TELLING_MS = 10_000;
/** So many waves are looked at; a store with more of them is told of, not searched for minutes. */
const MOST_WAVES = 2_000;

/** Everything that stands still, oldest first within its grade. */
export async function findStuck(engine: Engine, look: WorkLook): Promise<readonly Finding[]> {
  const now = engine.clock.now();
  const open = await engine.log.openWaves();
  const findings: Finding[] = [];
  for (const id of open.slice(0, MOST_WAVES)) findings.push(...(await ofWave(engine, look, id, now)));
  findings.push(...(await ofThreads(look, now)), ...(await ofAll(engine, look, open.length, now)));
  return findings.sort((a, b) =>
    a.grade === b.grade ? (a.since ?? now) - (b.since ?? now) : a.grade === 'red' ? -1 : 1,
  );
}

async function ofWave(engine: Engine, look: WorkLook, id: WaveId, now: number): Promise<readonly Finding[]> {
  try {
    const stored = await engine.log.load(id);
    if (!stored) return [];
    const found = [...standing(stored.wave), ...(await ofLease(look, id))];
    for (const effect of due(stored.wave))
      if (effect.kind !== 'post') found.push(...(await ofWork(look, stored.wave, effect, now)));
    return found;
  } catch (cause) {
    const about = cause instanceof Error ? cause.message : String(cause);
    return [{ wave: id, grade: 'red', kind: 'unreadable', since: null, about }];
  }
}

function standing(wave: Wave): readonly Finding[] {
  if (wave.status === 'stuck')
    return [{ wave: wave.id, grade: 'red', kind: 'stuck', since: wave.lastAt, about: wave.reason }];
  if (wave.status !== 'held') return [];
  const { cause, at, reason } = wave.hold;
  const step = stepAt(wave, wave.at).planned.id;
  return [{ wave: wave.id, grade: 'amber', kind: 'held', since: at, about: `${cause}, at ${step}: ${reason}` }];
}

async function ofLease(look: WorkLook, id: WaveId): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const purpose of ['work', 'thread'] as const)
    if ((await look.leaseOf(id, purpose)) === 'endless')
      found.push({
        wave: id,
        grade: 'amber',
        kind: 'lease-endless',
        since: null,
        about: `the lease of its ${purpose}`,
      });
  return found;
}

/** Asked twice where it looks bad: a worker may have been between two jobs. */
async function ofWork(
  look: WorkLook,
  wave: Wave,
  effect: Exclude<Effect, { readonly kind: 'post' }>,
  now: number,
): Promise<readonly Finding[]> {
  const at = effect.notBefore ?? wave.lastAt;
  const about = effect.kind === 'wake' ? 'its gate’s end' : effect.visit.step;
  const finding = (grade: Finding['grade'], kind: FindingKind): readonly Finding[] => [
    { wave: wave.id, grade, kind, since: at, about },
  ];
  const job = await look.jobOf(effect);
  if (at > now) return job === 'none' ? finding('amber', 'timer-lost') : [];
  if (now - at < ON_ITS_WAY_MS || (await look.leaseOf(wave.id, 'work')) === 'held') return [];
  if (job === 'with-worker') return finding('red', 'worker-dead');
  if (job === 'none') return finding('red', 'job-lost');
  return now - at < NO_WORKER_MS ? [] : finding('red', 'no-worker');
}

async function ofThreads(look: WorkLook, now: number): Promise<readonly Finding[]> {
  return (await look.threadsBehind()).flatMap(({ wave, since }): readonly Finding[] =>
    since === null || now - since < TELLING_MS
      ? []
      : [{ wave, grade: 'amber', kind: 'thread-behind', since, about: 'Slack has not been told everything' }],
  );
}

async function ofAll(engine: Engine, look: WorkLook, open: number, now: number): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const whole = (kind: FindingKind, about: string, since: number | null = null): void =>
    void found.push({ wave: null, grade: 'amber', kind, since, about });
  const forgotten = await engine.log.forgottenWaves();
  if (forgotten > 0) whole('forgotten', `${forgotten} open ${forgotten === 1 ? 'wave' : 'waves'}`);
  const until = await look.silentUntil();
  if (until !== null && until > now) whole('platform-silent', `until ${new Date(until).toISOString()}`);
  if (open > MOST_WAVES) whole('not-looked-at', `${open - MOST_WAVES} of ${open} open waves`);
  return found;
}

/**
 * Offers again what these findings say is lost, as `reconcile` does: safe at any time, a job too many finds its visit
 * stale. Returns the findings that it did something about.
 */
export async function repair(
  engine: Engine,
  look: WorkLook,
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  const done: Finding[] = [];
  for (const finding of findings.filter(isMended)) if (await mend(engine, look, finding)) done.push(finding);
  return done;
}

async function mend(engine: Engine, look: WorkLook, { wave, kind }: Finding): Promise<boolean> {
  if (kind === 'forgotten') {
    await sweep(engine);
    return true;
  }
  if (wave === null) return false;
  const purpose = kind === 'thread-behind' ? 'thread' : 'work';
  // Somebody has come meanwhile: nothing is left to do.
  if ((await look.leaseOf(wave, purpose)) === 'held') return false;
  const stored = await engine.log.load(wave);
  if (!stored) return false;
  const effects = due(stored.wave).filter((effect) => (effect.kind === 'post') === (purpose === 'thread'));
  await enqueue(engine, stored.wave, effects, true);
  return effects.length > 0;
}
