import type { Jobs } from '../jobs';
import type { WaveId } from './core/ids';
import { NewerWave, type WaveLog } from './ports/wave-log';

/** Waves that a newer version of the bot has written, as this process met them: it leaves them alone and says so. */
export interface NewerWaves {
  /** Notes whom it meets, and who can be read after all. */
  log(inner: WaveLog): WaveLog;
  /** Leaves jobs of such waves on the queue, for a process of the newer version. */
  jobs(inner: Jobs, isNewer: (wave: WaveId) => Promise<boolean>): Jobs;
  /** A warning is told, unless it is of such a wave: those are told once. */
  quieted(warn: Warn): Warn;
  /** For readiness: a few words, null while there is no such wave open. */
  said(): Promise<string | null>;
}

type Warn = (about: object, message: string) => void;

/** Somebody of the newer version takes the job sooner, if there is anybody; real ms. */
const LEFT_MS = 500;

export function createNewerWaves(alarm: Warn): NewerWaves {
  const met = new Set<WaveId>();
  let openWaves: WaveLog['openWaves'] | null = null;
  const meet = (wave: WaveId, cause: NewerWave): void => {
    if (!met.has(wave)) alarm({ wave, err: { message: cause.message } }, 'a newer version is needed for this wave');
    met.add(wave);
  };
  const left = async (work: () => ReturnType<Jobs['post']>): ReturnType<Jobs['post']> => {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof NewerWave) return { againAfterMs: LEFT_MS };
      throw cause;
    }
  };
  return {
    log: (inner) => {
      openWaves ??= inner.openWaves;
      return {
        ...inner,
        load: async (wave) => {
          try {
            const stored = await inner.load(wave);
            met.delete(wave);
            return stored;
          } catch (cause) {
            if (cause instanceof NewerWave) meet(wave, cause);
            throw cause;
          }
        },
      };
    },
    jobs: (inner, isNewer) => ({
      runStep: (wave, visit) => left(() => inner.runStep(wave, visit)),
      inspectGate: (wave, visit) => left(() => inner.inspectGate(wave, visit)),
      undoStep: (wave, visit) => left(() => inner.undoStep(wave, visit)),
      wake: (wave, at) => left(() => inner.wake(wave, at)),
      // A thread is told from the events alone, and half of them may be known here.
      post: async (wave) => ((await isNewer(wave)) ? { againAfterMs: LEFT_MS } : inner.post(wave)),
    }),
    quieted: (warn) => (about, message) => {
      if (!('err' in about && about.err instanceof NewerWave)) warn(about, message);
    },
    said: async () => {
      if (met.size === 0 || openWaves === null) return null;
      const open = new Set(await openWaves());
      for (const wave of met) if (!open.has(wave)) met.delete(wave);
      return met.size === 0 ? null : `${met.size} open ${met.size === 1 ? 'wave needs' : 'waves need'} a newer version`;
    },
  };
}
