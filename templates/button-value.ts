/** What buttons and modals carry. It says which card was clicked, never what is true: that stands in the log. */
import type { StepId, WaveId } from '../src/core/ids';
import type { AskedReason } from './modals';

export const GATE_ACTIONS = { approve: 'gate.approve', hold: 'gate.hold', rollback: 'gate.rollback' } as const;
export const WAVE_ACTIONS = {
  resume: 'wave.resume',
  retry: 'wave.retry',
  pause: 'wave.pause',
  rollback: 'wave.rollback',
  abort: 'wave.abort',
} as const;

export type GateAction = (typeof GATE_ACTIONS)[keyof typeof GATE_ACTIONS];
export type WaveAction = (typeof WAVE_ACTIONS)[keyof typeof WAVE_ACTIONS];

/** Step, gate number and the whole hash that the card showed. */
export function gateValue(wave: WaveId, step: StepId, gate: number, hash: string): string {
  return JSON.stringify({ v: 1, w: wave, s: step, g: gate, h: hash });
}

export const waveValue = (wave: WaveId): string => JSON.stringify({ v: 1, w: wave });

/** What a modal hands back beside its text: the action, the wave (or the site, whose newest wave is meant), the gate. */
export function modalMetadata(asked: AskedReason): string {
  const { kind, wave, site, step, gate, hash, channel, thread } = asked;
  const isGate = step !== undefined && gate !== undefined && hash !== undefined;
  const about = { v: 1, kind: `${isGate ? 'gate' : 'wave'}.${kind}`, w: wave ?? site };
  const where = thread === undefined ? { channel } : { channel, t: thread };
  return JSON.stringify(isGate ? { ...about, s: step, g: gate, h: hash, ...where } : { ...about, ...where });
}
