/** What may stand in the store is held to the form that this version claims to write, so that no change of it slips by unmarked. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Jobs } from '../jobs';
import { createNewerWaves } from '../src/compose-newer';
import { stepId, waveId } from '../src/core/ids';
import { STEP_KINDS } from '../src/core/step-kinds';
import { formatOf, STORE_FORMAT } from '../src/core/store-format';
import { EVENT, PLAN, WAVE } from '../src/parse/stored-shapes';
import { Fault } from '../src/ports/fault';
import { NewerWave } from '../src/ports/wave-log';

const fieldsOf = (shape: object): readonly string[] => Object.keys(shape).sort();
type Words = { readonly values: ReadonlySet<unknown> } | { readonly options: readonly string[] };
const wordsOf = (type: Words): readonly string[] => ('options' in type ? type.options : [...type.values].map(String));

/** Every name that a wave's log and state are made of. */
const names = {
  events: Object.fromEntries(EVENT.options.map(({ shape }) => [wordsOf(shape.type).join(), fieldsOf(shape)]).sort()),
  statuses: Object.fromEntries(
    WAVE.options.flatMap(({ shape }) => wordsOf(shape.status).map((status) => [status, fieldsOf(shape)])).sort(),
  ),
  steps: fieldsOf(WAVE.options[0].shape.steps.element.shape),
  causes: [...WAVE.options[1].shape.hold.shape.cause.options].sort(),
  kinds: [...STEP_KINDS].sort(),
  plan: fieldsOf(PLAN.shape),
};

const recorded = (form: number): string => join(__dirname, 'fixtures', 'store-forms', `form-${form}.json`);

describe('the form of the store', () => {
  it('is what its record says: who adds a name that others must know raises STORE_FORMAT and writes a record of the new form; who adds what is only shown adds it to the record', () => {
    expect(names).toEqual(JSON.parse(readFileSync(recorded(STORE_FORMAT), 'utf8')));
  });

  it('has a record for every form that there was, and none beyond', () => {
    const forms = Array.from({ length: STORE_FORMAT + 1 }, (_, i) => i + 1);
    expect(forms.filter((form) => existsSync(recorded(form)))).toEqual(forms.slice(0, -1));
  });

  it.each([
    [null, 1],
    ['', 1],
    ['1', 1],
    ['7', 7],
    ['garbage', 1],
    ['1e99', 1],
  ])('is read from the mark %j as %d', (mark, form) => expect(formatOf(mark)).toBe(form));
});

describe('jobs of a wave that is too new', () => {
  const WAVE_1 = waveId('site-a-wave-1');
  const visit = { step: stepId('lower-ttl'), attempt: 1, visit: 1 };
  const about = { system: 'Redis', transient: false };

  function jobs(cause: Error | null, isNewer: boolean) {
    const done: string[] = [];
    const work = (name: string) => async () => {
      done.push(name);
      if (cause) throw cause;
      return 'done' as const;
    };
    const inner: Jobs = {
      runStep: work('step'),
      inspectGate: work('gate'),
      undoStep: work('undo'),
      post: work('post'),
      wake: work('wake'),
    };
    const held = createNewerWaves(() => undefined).jobs(inner, async () => isNewer);
    const all = () => [
      held.runStep(WAVE_1, visit),
      held.inspectGate(WAVE_1, visit),
      held.undoStep(WAVE_1, visit),
      held.wake(WAVE_1, 0),
      held.post(WAVE_1),
    ];
    return { all, done };
  }

  it('are left on the queue, and its thread is not told', async () => {
    const { all, done } = jobs(new NewerWave('too new', about), true);
    const left = await Promise.all(all());
    expect(left).toEqual(left.map(() => ({ againAfterMs: expect.any(Number) })));
    expect(done).toEqual(['step', 'gate', 'undo', 'wake']);
  });

  it('do not keep those of others from being done, nor hide what else goes wrong', async () => {
    expect(await Promise.all(jobs(null, false).all())).toEqual(['done', 'done', 'done', 'done', 'done']);
    for (const job of jobs(new Fault('something else', about), false).all())
      await expect(job).rejects.toThrow('something else');
  });
});
