import { Counter, Histogram, type Registry } from 'prom-client';

export type Instruments = ReturnType<typeof instrumentsIn>;

/** Counters and histograms of one registry; the package's own global one stays empty. */
export function instrumentsIn(registry: Registry) {
  const registers = [registry];
  return {
    counter: <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
      new Counter({ name, help, labelNames, registers }),
    /** `buckets`: upper bounds, s. */
    histogram: <Label extends string>(
      name: string,
      help: string,
      labelNames: readonly Label[],
      buckets: number[],
    ): Histogram<Label> => new Histogram({ name, help, labelNames, buckets, registers }),
  };
}
