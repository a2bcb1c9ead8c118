/**
 * The discrete-event agenda: what happens next, in sandbox time.
 *
 * A binary heap ordered by time, then by order of entry, so that equal times are deterministic.
 */
export class Agenda {
  private readonly heap: Entry[] = [];
  private entries = 0;
  private current: number;

  constructor(start: number) {
    this.current = start;
  }

  /** Sandbox time of the event that is running, else of the last advance; epoch ms. */
  get now(): number {
    return this.current;
  }

  at(time: number, run: () => void): void {
    this.push({ time: Math.max(time, this.current), order: this.entries++, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.current + ms, run);
  }

  /** Runs everything that is due up to and including `time`; time never goes back. */
  advance(time: number): void {
    for (let first = this.heap[0]; first && first.time <= time; first = this.heap[0]) {
      this.pop();
      this.current = first.time;
      first.run();
    }
    if (time > this.current) this.current = time;
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (!above || before(above, entry)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const left = heap[child];
      if (!left) break;
      const right = heap[child + 1];
      const smaller = right && before(right, left) ? right : left;
      if (smaller === right) child += 1;
      if (before(last, smaller)) break;
      heap[i] = smaller;
      i = child;
    }
    heap[i] = last;
  }
}

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly run: () => void;
}

function before(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
