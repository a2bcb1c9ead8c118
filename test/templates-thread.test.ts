import fc from 'fast-check';
import type { LoggedEvent } from '../src/core/events';
import { evolve } from '../src/core/wave';
import { EMOJI } from '../templates/emoji';
import { plainText } from '../templates/plain';
import { isQuiet, tell } from '../templates/tell';
import { type Told, threadPosts } from '../templates/thread';
import {
  abort,
  applied,
  approve,
  begin,
  DANIEL,
  HOUR,
  heldFor,
  holdGate,
  MARIA,
  MINUTE,
  pause,
  report,
  reportGate,
  resume,
  sha256,
  tick,
  waive,
} from './support/core-waves';
import { redLine } from './support/preflight-lines';
import { nastyStory, objections, SAMPLES, smuggled, TYPES } from './templates-samples';
import {
  bad,
  capture,
  failing,
  fault,
  GREEN,
  good,
  HASH,
  lagging,
  type Story,
  started,
  undo,
  waiting,
} from './templates-stories';

const seqs = (told: readonly Told[]) => told.map(({ logged }) => logged.seq);
const covered = (posts: ReturnType<typeof threadPosts>['posts']) =>
  posts.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
const last = <Item>(items: readonly Item[]): Item => {
  const item = items.at(-1);
  if (item === undefined) throw new Error('there is none');
  return item;
};
const textOfLast = (told: readonly Told[]) => plainText(last(threadPosts(told).posts).message);

/** Events in any order: the thread tells what the log holds and judges nothing. */
const anyLog = fc
  .array(
    fc.record({ type: fc.constantFrom(...TYPES.filter((type) => type !== 'WaveStarted')), gap: fc.nat({ max: 40 }) }),
    { maxLength: 90 },
  )
  .map((items) => {
    const [first] = started().told;
    if (!first) throw new Error('no start');
    const told: Told[] = [first];
    for (const { type, gap } of items) {
      const before = last(told);
      const logged: LoggedEvent = {
        ...before.logged,
        seq: told.length + 1,
        at: before.logged.at + gap * MINUTE,
        event: SAMPLES[type],
        by:
          type === 'GateApproved' || type === 'LineWaived'
            ? { kind: 'person', user: DANIEL.user, via: 'slack' }
            : { kind: 'bot', worker: 'w' },
        hash: sha256(`${told.length}`),
      };
      told.push({ logged, wave: evolve(before.wave, logged) });
    }
    return told;
  });

describe('the thread', () => {
  test('tells every event in exactly one post, in order, and counts what is left', () => {
    fc.assert(
      fc.property(anyLog, fc.nat({ max: 90 }), (told, heard) => {
        const batch = told.slice(heard);
        const { posts, quiet } = threadPosts(batch);
        expect(covered(posts)).toEqual(seqs(batch).slice(0, batch.length - quiet));
      }),
      { numRuns: 150 },
    );
  });

  test('loses and repeats nothing when it hears a log bit by bit', () => {
    fc.assert(
      fc.property(anyLog, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (told, bites) => {
        let heard = 0;
        const heardSeqs: number[] = [];
        for (let i = 0, upTo = 0; upTo < told.length; i++) {
          upTo += bites[i % bites.length] ?? 1;
          const { posts } = threadPosts(told.slice(heard, upTo));
          heardSeqs.push(...covered(posts));
          heard = posts.at(-1)?.to ?? heard;
        }
        expect(heardSeqs).toEqual(seqs(told).slice(0, heard));
      }),
      { numRuns: 60 },
    );
  });

  test.each(TYPES)('has words for %s that Slack takes, with nothing smuggled in', (type) => {
    const story = nastyStory();
    if (type !== 'WaveStarted') story.append(SAMPLES[type], DANIEL);
    const told = last(story.told);
    const { headline, icon } = tell(told.logged, told.wave);
    expect(headline).not.toBe('');
    expect(EMOJI[icon]).toBeDefined();
    const after = [...Array(isQuiet(told.logged, told.wave) ? 41 : 1)].map(
      (_, i): Told => ({ ...told, logged: { ...told.logged, seq: told.logged.seq + i } }),
    );
    for (const { message } of threadPosts(after).posts) {
      expect(objections(message)).toEqual([]);
      expect(smuggled(message)).toEqual([]);
    }
  });

  test('joins quiet events into the next loud one as a short line', () => {
    expect(textOfLast(lagging().told)).toContain(
      'begun; 7 checks, last: 4 of 5 resolvers agree; site-a-sdwan still shows legacy; retried twice after: Genesys Cloud answered 429 (too many requests)',
    );
  });

  test('gives each post its event numbers and the short mark of the chain', () => {
    const story = started();
    const { posts } = threadPosts(story.told);
    const { hash } = last(story.log);
    expect(plainText(last(posts).message)).toContain(`#1 · ${hash.slice(0, 10)}`);
    expect(textOfLast(lagging().told)).toMatch(/#\d+–\d+ · [0-9a-f]{10} · /);
  });

  test('says nothing about quiet events until there is something to tell', () => {
    const story = started().does(begin, report(waiting('3 of 5 agree.')), report(fault()));
    const { posts, quiet } = threadPosts(story.told.slice(1));
    expect(posts).toEqual([]);
    expect(quiet).toBe(3);
  });

  test('says that it is still at it after 40 quiet events, or after half an hour', () => {
    const story = started().does(begin);
    for (let i = 0; i < 39; i++) story.later(-MINUTE).does(report(waiting('Not yet.')));
    expect(threadPosts(story.told.slice(1)).posts).toEqual([]);
    story.later(-MINUTE).does(report(waiting('Not yet.')));
    const more = threadPosts(story.told.slice(1));
    expect(more.quiet).toBe(0);
    expect(more.posts).toHaveLength(1);

    const slow = started()
      .does(begin)
      .later(29 * MINUTE)
      .does(report(waiting('Not yet.')));
    expect(threadPosts(slow.told.slice(1)).quiet).toBe(2);
    slow.does(report(waiting('Not yet.')));
    expect(threadPosts(slow.told.slice(1)).quiet).toBe(0);
  });

  test('calls people at once where calls fail and there are too few for a verdict, once per attempt', () => {
    const looksBad = report(waiting('ATTENTION: 6 failed; 20 of the 50 finished calls that a verdict needs.'));
    const story = started().upTo('observe-calls').does(begin);
    const heard = story.told.length;
    story.does(report(waiting('2 calls so far.')), looksBad);
    const { posts, quiet } = threadPosts(story.told.slice(heard));
    expect([posts.length, quiet]).toEqual([1, 0]);
    const text = textOfLast(story.told.slice(heard));
    expect(text).toContain('== ⚠️ Calls are failing ==');
    expect(text).toContain('2 checks, last: 6 failed; 20 of the 50 finished calls');
    expect(text).toContain('To do: @S0OPERATORS, @S0APPROVERS: a person may roll back now');
    expect(text).not.toMatch(/ATTENTION|nothing to decide/);

    const called = last(story.told);
    story.does(looksBad, looksBad);
    expect(threadPosts(story.told.slice(called.logged.seq), called)).toEqual({ posts: [], quiet: 2 });
    expect(threadPosts(story.told.slice(heard))).toMatchObject({ posts: [{ to: called.logged.seq }], quiet: 2 });
    story.later(HOUR).does(looksBad);
    const [again] = threadPosts(story.told.slice(called.logged.seq), called).posts;
    expect(again && plainText(again.message)).toContain('Calls are failing');
  });

  test('says without the word for attention what a hold or the card repeats', () => {
    const story = started()
      .upTo('observe-calls')
      .does(begin, report({ kind: 'held', cause: 'no-data', summary: 'ATTENTION: 6 failed of 20', evidence: [] }));
    expect(textOfLast(story.told)).toContain('\n6 failed of 20.');
    expect(textOfLast(story.told)).not.toContain('ATTENTION');
  });

  test('shows of many answers the wrong ones, then some of everything that was asked, and the command for all', () => {
    const asked = (kind: string, n: number) =>
      Array.from({ length: n }, (_, i) => good(`${kind} ${i + 1}`, 'as wanted'));
    const story = started().upTo('confirm-propagation');
    const evidence = [...asked('name server', 8), bad('resolver 1', 'legacy'), ...asked('resolver', 3)];
    story.step(null, 'Asking.', 'All agree.', evidence);
    const text = textOfLast(story.told);
    expect([...text.matchAll(/[✗✓] (.+?) →/g)].map(([, what]) => what)).toEqual([
      'resolver 1',
      'name server 1',
      'name server 6',
      'resolver 3',
    ]);
    expect(text).toContain('… and 8 more (all of it: npx cutover audit export site-a-wave-1)');
  });

  test('lists what an aborted wave leaves with the values from before, and no step that wrote nothing', () => {
    const text = textOfLast(started().upTo('confirm-propagation').does(abort()).told);
    expect(text).toContain('Left as it is. To take it back by hand, in this order:\n1. Point DNS at the new gateway');
    expect(text).toContain('SRV: values := 10 0 5060 sbc.sitea.example.com');
    expect(text).not.toContain('Check readiness');
    expect(textOfLast(started().does(begin, abort()).told)).toContain('Nothing had been changed.');
  });

  test('gives a gate a post of its own, whatever went on before it', () => {
    const story = started()
      .upTo('switch-dns')
      .does(reportGate(waiting('TTL lead runs.')), reportGate(GREEN, HASH));
    const { posts } = threadPosts(story.told.slice(-2));
    expect(posts.map(({ from, to, gate }) => [to - from + 1, gate?.number ?? null])).toEqual([
      [1, null],
      [1, 1],
    ]);
    expect(plainText(last(posts).message)).toContain('Gate 1 · Point DNS at the new gateway');
  });

  test('tells an application together with its check when both are there already', () => {
    const story = started().through();
    const before = story.told.length;
    story.through();
    const { posts } = threadPosts(story.told.slice(before));
    expect(posts).toHaveLength(1);
    expect(textOfLast(story.told)).toContain('Both records now have a TTL of 300 s. Both name servers show 300 s.');
    const early = started()
      .through()
      .does(begin, report({ kind: 'applied', summary: 'Written.', evidence: [] }));
    expect(textOfLast(early.told)).toContain('is applied, the check follows');
  });

  test('does not announce that a step which only looks begins to look', () => {
    const story = started().upTo('provision-standby');
    const heard = story.told.length;
    story.does(begin, report({ kind: 'applied', summary: 'Nothing to write.', evidence: [] }));
    expect(threadPosts(story.told.slice(heard))).toEqual({ posts: [], quiet: 2 });
    story.does(report({ kind: 'passed', summary: 'All mirrored.', evidence: [] }));
    expect(textOfLast(story.told.slice(heard))).not.toContain('Nothing to write');
  });

  test('tells a failure and the rollback that it starts in one post, with the way back in its order', () => {
    const text = textOfLast(failing().told);
    expect(text).toContain('Watch calls for 30 minutes has failed');
    expect(text.match(/more than 2 percent/g)).toHaveLength(1);
    expect(text.indexOf('Queues and allocation back')).toBeLessThan(text.indexOf('Legacy re-armed'));
    expect(text.indexOf('Legacy re-armed')).toBeLessThan(text.indexOf('New inbound trunks off'));
    expect(text).toContain('5 further steps had written nothing');
  });

  test('says at a preflight what blocks, how each line is mended and how it is waived, and then who has waived it', () => {
    const lines = [redLine(), redLine({ id: 'no-token', waivable: false }), redLine({ id: 'slow', state: 'amber' })];
    const held = report({ ...heldFor('not-ready'), preflight: lines } as never);
    const story = started().does(begin, report(applied), held);
    const text = textOfLast(story.told);
    expect(text).toContain('Held: not ready, at Step 1 · Look at every system');
    expect(text).toContain('Genesys Cloud · right routing:queue:view: missing');
    expect(text).toContain('Give the client a role with it.');
    expect(text).toContain('no-token · never waived');
    expect(text).not.toContain('slow');
    expect(text).toContain('/cutover waive site-a line-1 REASON. Lines marked “never waived” have to be mended.');
    expect(text).toContain('Callers reach the legacy system as before');
    const one = textOfLast(story.does(waive(MARIA)).told);
    expect(one).toContain('line-1 is waived by @U0MARIA, 1 of 2 people, for this wave only');
    expect(one).toContain('To do: @S0APPROVERS, @S0OPERATORS: one more person');
    expect(textOfLast(story.does(waive(DANIEL)).told)).toContain('Resume runs the preflight again');
  });

  test('says at a hold what is safe and what to do, and whom it concerns', () => {
    const text = textOfLast(lagging().told);
    expect(text).toContain('Held: resolvers lag behind, at Step 8 · Wait until every resolver agrees');
    expect(text).toContain('Calls now: DNS names the new gateway first; legacy still takes the calls');
    expect(text).toContain('To do: @S0OPERATORS: Ask the owners of the named resolvers');
    expect(text.indexOf('✗')).toBeLessThan(text.indexOf('✓'));
  });

  test('warns when a hold leaves callers without a way in', () => {
    const story = started().upTo('activate-inbound').does(pause());
    expect(textOfLast(story.told)).toContain('do not stay here');
  });

  test('does not claim that DNS was written before anything was captured', () => {
    const drifted = (story: Story) =>
      textOfLast(
        story.does(report({ kind: 'held', cause: 'drift', summary: 'It holds 10 5 5060 now.', evidence: [] })).told,
      );
    const before = started().upTo('switch-dns').does(reportGate(GREEN, HASH), approve(DANIEL, HASH), begin);
    expect(drifted(before)).toContain(
      'Callers reach the legacy system as before; nothing on their path has been changed.',
    );
    const after = started()
      .upTo('switch-dns')
      .does(reportGate(GREEN, HASH), approve(DANIEL, HASH), begin, capture({ records: [] }));
    expect(drifted(after)).toContain('DNS names the new gateway first');
  });

  test('keeps a person’s pause short', () => {
    const text = textOfLast(started().does(pause(MARIA), resume(MARIA)).told.slice(0, 2));
    expect(text).toContain('Paused by @U0MARIA at Step 1 · Look at every system');
    expect(text).toContain('lunch');
  });

  test('joins a hold at the gate with the hold of the wave', () => {
    const story = started().upTo('switch-dns').does(reportGate(GREEN, HASH), holdGate());
    const { posts } = threadPosts(story.told.slice(-2));
    expect(posts).toHaveLength(1);
    expect(plainText(last(posts).message).match(/not today/g)).toHaveLength(1);
  });

  test('joins an expiry with its hold', () => {
    const story = started()
      .upTo('switch-dns')
      .does(reportGate(GREEN, HASH))
      .later(25 * HOUR)
      .does(tick);
    expect(threadPosts(story.told.slice(-2)).posts).toHaveLength(1);
  });

  test('shows the runbook when an undo fails', () => {
    const story = failing().does(...undo('Members as before.'));
    story.append({
      type: 'UndoFailed',
      step: last(story.told).wave.plan.steps[7]?.id ?? SAMPLES.UndoFailed.step,
      summary: 'No answer.',
      evidence: [],
      runbook: ['1. Legacy trunk', '• trunk: mode := active'],
    });
    expect(textOfLast(story.told)).toContain('By hand, in this order:\n1. Legacy trunk\n• trunk: mode := active');
    expect(textOfLast(story.told)).toContain('/cutover retry site-a');
  });

  test('names everybody of the quorum at the end', () => {
    const story = started();
    while (story.wave.status === 'running') {
      const planned = story.wave.plan.steps[story.wave.at];
      if (planned?.kind === 'retire-legacy')
        story.does(
          reportGate(GREEN, HASH),
          approve(DANIEL, HASH, 'ok'),
          approve({ ...DANIEL, user: 'U0AISHA' as never }, HASH, 'ok'),
        );
      story.through();
    }
    const text = textOfLast(story.told);
    expect(text).toContain('Springfield contact centre is cut over.');
    expect(text).toMatch(/Retire legacy trunks and queues: @U0DANIEL .* and @U0AISHA/);
    expect(text).toContain('legacy is off');
  });

  test('shows in the first post the steps, the gates, who decides, the locks and the plan’s hash', () => {
    const story = started();
    const text = textOfLast(story.told);
    expect(text).toContain('7. Point DNS at the new gateway · 1 min 🔒');
    expect(text).toContain('Gates before steps 7, 9, 13: @S0APPROVERS, not the starter');
    expect(text).toContain('Gate before step 15: @S0APPROVERS, 2 different people, with a reason');
    expect(text).toContain('1 site, 2 DNS records');
    expect(text).toContain(story.wave.plan.hash.slice(0, 8));
  });
});
