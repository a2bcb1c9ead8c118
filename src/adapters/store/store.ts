import type { Cluster, Redis } from 'ioredis';

/** One Redis, the one that Sentinel names, or a Cluster: whoever reads and writes by keys need not know which. */
export type Store = Redis | Cluster;
