import type { Visit } from './commands';
import { isEnded, stepAt, stepIndex, type Wave } from './wave';

/** What the world still owes a wave. `key` is unique to the work and the same each time it is asked for. */
export type Effect =
  | { readonly kind: 'run-step'; readonly key: string; readonly visit: Visit; readonly notBefore: number | null }
  | { readonly kind: 'inspect-gate'; readonly key: string; readonly visit: Visit; readonly notBefore: number | null }
  | { readonly kind: 'undo-step'; readonly key: string; readonly visit: Visit; readonly notBefore: number | null }
  /** Nothing to do but to look at the clock again. */
  | { readonly kind: 'wake'; readonly key: string; readonly notBefore: number }
  /** Bring Slack up to event `seq`. */
  | { readonly kind: 'post'; readonly key: string; readonly seq: number };

/** Reads the state, not the events: asked twice, it answers the same. */
export function due(wave: Wave): readonly Effect[] {
  const post: Effect = { kind: 'post', key: `${wave.id}.post.${wave.seq}`, seq: wave.seq };
  return isEnded(wave) ? [post] : [...work(wave), post];
}

/** The first moment at which a worker is owed to the wave, epoch ms: `now` for work that waits for nothing; null when only people can go on. */
export function dueAt(wave: Wave, now: number): number | null {
  const times = isEnded(wave)
    ? []
    : work(wave).map((effect) => (effect.kind === 'post' ? now : (effect.notBefore ?? now)));
  return times.length === 0 ? null : Math.min(...times);
}

function work(wave: Exclude<Wave, { endedAt: number }>): readonly Effect[] {
  switch (wave.status) {
    case 'running':
      return forward(wave, wave.at);
    case 'gated': {
      const { planned, state } = stepAt(wave, wave.at);
      if (state.gate.state !== 'open') return [];
      return [
        { kind: 'wake', key: `${wave.id}.${planned.id}.gate.${state.gate.number}`, notBefore: state.gate.expiresAt },
      ];
    }
    case 'rolling-back':
      return backward(wave);
    case 'held':
    case 'stuck':
      return [];
  }
}

function forward(wave: Wave, at: number): readonly Effect[] {
  const { planned, state } = stepAt(wave, at);
  const visit: Visit = { step: planned.id, attempt: state.attempt, visit: state.visit };
  const kind = planned.gated && state.gate.state !== 'approved' && !state.begun ? 'inspect-gate' : 'run-step';
  return [{ kind, key: keyOf(wave, visit), visit, notBefore: state.nextAt }];
}

function backward(wave: Wave & { undo: readonly import('./ids').StepId[] }): readonly Effect[] {
  const step = wave.undo[0];
  if (step === undefined) return [];
  const { state } = stepAt(wave, stepIndex(wave, step));
  const visit: Visit = { step, attempt: state.attempt, visit: state.visit };
  return [{ kind: 'undo-step', key: keyOf(wave, visit), visit, notBefore: state.nextAt }];
}

function keyOf(wave: Wave, { step, attempt, visit }: Visit): string {
  return `${wave.id}.${step}.${attempt}.${visit}`;
}
