import type { WaveId } from '../../core/ids';

/** Names of everything that the product keeps in Redis. One hash tag for all, so that Cluster puts them in one slot. */
export interface Keys {
  /** For BullMQ's `prefix`. */
  readonly tag: string;
  readonly log: (wave: WaveId) => string;
  readonly wave: (wave: WaveId) => string;
  readonly cursor: (wave: WaveId) => string;
  readonly lease: (wave: WaveId, purpose: string) => string;
  readonly site: (site: string) => string;
  /** Every wave whose log is kept here. */
  readonly waves: string;
  readonly open: string;
  /** Open waves by the moment at which a worker is owed to them. */
  readonly due: string;
  readonly unheard: string;
  readonly locks: string;
  /** By which a store that may have lost something is told from one that cannot have. */
  readonly mark: string;
  /** The last sign of life of one connection: gone when the store has gone back. */
  readonly beat: (connection: string) => string;
  /** Open waves that are in doubt, with the number of the doubt. */
  readonly doubts: string;
  /** Waves that Slack shows and the store does not have. */
  readonly vanished: string;
  /** A request that has come in, by the digest of its signature. */
  readonly request: (mark: string) => string;
  /** Calls to a platform, by the client that makes them. */
  readonly calls: (client: string) => string;
  /** In which trace a wave was started; only where spans are asked for. */
  readonly trace: (wave: WaveId) => string;
}

export function keysOf(prefix: string): Keys {
  const tag = `{${prefix}}`;
  return {
    tag,
    log: (wave) => `${tag}:wave:${wave}:log`,
    wave: (wave) => `${tag}:wave:${wave}`,
    cursor: (wave) => `${tag}:wave:${wave}:thread`,
    lease: (wave, purpose) => `${tag}:wave:${wave}:lease:${purpose}`,
    site: (site) => `${tag}:site:${site}:waves`,
    waves: `${tag}:waves`,
    open: `${tag}:open`,
    due: `${tag}:due`,
    unheard: `${tag}:unheard`,
    locks: `${tag}:locks`,
    mark: `${tag}:mark`,
    beat: (connection) => `${tag}:beat:${connection}`,
    doubts: `${tag}:doubts`,
    vanished: `${tag}:vanished`,
    request: (mark) => `${tag}:request:${mark}`,
    calls: (client) => `${tag}:calls:${client}`,
    trace: (wave) => `${tag}:wave:${wave}:trace`,
  };
}
