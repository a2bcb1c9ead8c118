/** What a store has lost of a wave's log, as far as anybody outside the store still knows it. */
import type { WaveEventType } from './events';
import type { Evidence } from './evidence';
import type { StepId } from './ids';
import type { Json } from './json';
import type { StepKind } from './step-kinds';
import type { StepState } from './step-state';

/** A post of the thread that tells lost events. `mark`: the digits of the hash that it shows; null when it shows none. */
export interface LostPost {
  readonly from: number;
  readonly to: number;
  readonly mark: string | null;
  readonly ts: string;
  readonly says: string;
}

/** A step that may have written in lost events. `known`: somebody still remembers what was there before; otherwise nobody does. */
export interface LostStep {
  readonly step: StepId;
  readonly known: boolean;
  readonly captured: Json;
}

export interface Loss {
  /** The first lost event, and the last that somebody knows of; null when only the world shows that there were some. */
  readonly from: number;
  readonly to: number | null;
  /** Who knows: the thread, a process that goes on running, or the world that is ahead of the log. */
  readonly witnesses: readonly ('thread' | 'memory' | 'world')[];
  readonly posts: readonly LostPost[];
  /** What the lost events were, as far as the thread tells. */
  readonly kinds: readonly string[];
  readonly steps: readonly LostStep[];
  /** What was found in the world that by the log nobody has written yet. */
  readonly world: readonly Evidence[];
}

/** What the lost events did: went on, began to go back, or ended the wave. */
export type LossTells = 'on' | 'back' | 'ended';

/** Posts are named one by one up to this many, so that verification knows them as lost. */
export const MOST_LOST_POSTS = 500;

const ENDS: readonly WaveEventType[] = ['WaveCompleted', 'WaveRolledBack', 'WaveAborted'];
const BACK: readonly WaveEventType[] = [
  'RollbackStarted',
  'UndoBegun',
  'UndoWaited',
  'UndoFaulted',
  'StepUndone',
  'UndoFailed',
  'UndoRetried',
  'UndoneByHand',
];

export function tellsOf({ kinds }: Pick<Loss, 'kinds'>): LossTells {
  const has = (some: readonly string[]): boolean => kinds.some((kind) => some.includes(kind));
  return has(ENDS) ? 'ended' : has(BACK) ? 'back' : 'on';
}

/** "event 51", "events 51 to 53", "the events after 50" */
export function lostEvents({ from, to }: Pick<Loss, 'from' | 'to'>): string {
  if (to === null) return `the events after ${from - 1}`;
  return from === to ? `event ${from}` : `events ${from} to ${to}`;
}

const LOOKERS: readonly StepKind[] = ['preflight', 'check-readiness', 'confirm-propagation', 'observe-calls'];

/** Such a step only looks: to have lost it costs nothing. */
export const onlyReads = (kind: StepKind): boolean => LOOKERS.includes(kind);

/** From these events on a wave has a story of its own: what was lost before them is no more put back. */
const GOES_ON: readonly WaveEventType[] = [
  'WaveResumed',
  'StepRetried',
  'StepSkipped',
  'RollbackStarted',
  'UndoRetried',
  'UndoneByHand',
  'WaveAborted',
];

export const goesOnFrom = ({ type }: { readonly type: WaveEventType }): boolean => GOES_ON.includes(type);

/** The state of a step that may have written in lost events. */
export function mayHaveWritten(step: StepState, { known, captured }: LostStep, at: number): StepState {
  if (step.captured !== null) return step;
  const begun = { ...step, startedAt: step.startedAt ?? at };
  return known ? { ...begun, captured } : { ...begun, lost: true };
}
