/**
 * The sandbox's time: sandbox minutes pass as real milliseconds.
 *
 * Several processes (twin, workspace page, bot) must agree on it, so it is a file of segments
 * `{ "segments": [{ "real": epochMs, "sim": epochMs, "speed": simMsPerRealMs }] }`, replaced whole. A change of
 * speed is written a little ahead of the moment at which it holds: by then every reader has seen it.
 */
import { renameSync, utimesSync, writeFileSync } from 'node:fs';

export interface Segment {
  readonly real: number;
  readonly sim: number;
  readonly speed: number;
}

export interface SandboxClock {
  /** Sandbox time, epoch ms. */
  now(): number;
  /** Sandbox milliseconds that pass in one real millisecond, at this moment. */
  speed(): number;
  /** Real milliseconds until sandbox time `sim`, at the present speed; 0 when it has passed. */
  realMsUntil(sim: number): number;
}

const AHEAD_MS = 60;
const KEPT = 16;

/** Sandbox time by a list of segments in ascending order of `real`. */
export function simAt(segments: readonly Segment[], real: number): { sim: number; speed: number } {
  let current = segments[0];
  if (!current) throw new Error('the sandbox clock has no segment');
  for (const segment of segments) if (segment.real <= real) current = segment;
  return { sim: current.sim + Math.max(0, real - current.real) * current.speed, speed: current.speed };
}

/** The one writer. `file` may be null when all parts run in one process. */
export class ClockKeeper implements SandboxClock {
  private segments: Segment[];
  private written = 0;

  constructor(
    private readonly file: string | null,
    start: number,
    speed: number,
  ) {
    this.segments = [{ real: Date.now(), sim: start, speed }];
    this.save();
  }

  now(): number {
    return simAt(this.segments, Date.now()).sim;
  }

  speed(): number {
    return simAt(this.segments, Date.now()).speed;
  }

  realMsUntil(sim: number): number {
    const { sim: now, speed } = simAt(this.segments, Date.now());
    return Math.max(0, (sim - now) / speed);
  }

  /** From a moment ahead on, sandbox time passes at `speed`. */
  setSpeed(speed: number): void {
    const real = Date.now() + AHEAD_MS;
    const { sim, speed: before } = simAt(this.segments, real);
    if (before === speed && this.segments.every((s) => s.real <= real)) return;
    this.segments = [...this.segments.filter((s) => s.real < real), { real, sim, speed }].slice(-KEPT);
    this.save();
  }

  /** Fast until sandbox time `sim`, which takes `realMs`, and at `usual` from there on: no reader can overshoot. */
  fastForward(sim: number, realMs: number, usual: number): void {
    const real = Date.now() + AHEAD_MS;
    const { sim: from } = simAt(this.segments, real);
    const speed = Math.max(usual, (sim - from) / realMs);
    if (sim <= from || speed <= usual) {
      this.setSpeed(usual);
      return;
    }
    const fast: Segment = { real, sim: from, speed };
    const slow: Segment = { real: real + (sim - from) / speed, sim, speed: usual };
    this.segments = [...this.segments.filter((s) => s.real < real), fast, slow].slice(-KEPT);
    this.save();
  }

  /** Sandbox time is `sim` from this moment on, and passes at `speed`: nobody works, so nobody misses what lies between. */
  jump(sim: number, speed: number): void {
    const real = Date.now();
    if (sim <= simAt(this.segments, real).sim) return;
    this.segments = [...this.segments.filter((s) => s.real < real), { real, sim, speed }].slice(-KEPT);
    this.save();
  }

  /** Somebody sets the clock: from this moment on it is `by` ms ahead of where it was, or behind. */
  step(by: number): void {
    const real = Date.now();
    const { sim, speed } = simAt(this.segments, real);
    this.segments = [...this.segments.filter((s) => s.real < real), { real, sim: sim + by, speed }].slice(-KEPT);
    this.save();
  }

  private save(): void {
    if (this.file === null) return;
    const next = `${this.file}.${process.pid}.next`;
    writeFileSync(next, JSON.stringify({ segments: this.segments }));
    // Readers look at this time alone, and the file system's own may be the same for two writes within some milliseconds.
    this.written = Math.max(this.written + 1, Date.now());
    utimesSync(next, this.written / 1000, this.written / 1000);
    renameSync(next, this.file);
  }
}
