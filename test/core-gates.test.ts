import { due } from '../src/core/due';
import { userId } from '../src/core/ids';
import type { SitePolicy } from '../src/core/site';
import type { Wave } from '../src/core/wave';
import {
  AISHA,
  applied,
  approve,
  begin,
  capture,
  DANIEL,
  failed,
  faulted,
  given,
  HOUR,
  heldFor,
  holdGate,
  MARIA,
  MINUTE,
  OTTO,
  passed,
  pause,
  play,
  report,
  reportGate,
  resume,
  retry,
  rollBack,
  shortPlan,
  start,
  stepOf,
  T0,
  throughGate,
  tick,
  UMA,
  upTo,
  waitingFor,
} from './support/core-waves';

const POLICY: SitePolicy = { operators: ['S0OPERATORS'], approvers: ['S0APPROVERS'], quorum: 1, gates: {} };

const beforeGate = (policy: Partial<SitePolicy> = {}): Wave =>
  upTo(play(null, [start(shortPlan({ policy: { ...POLICY, ...policy } }))]), 'switch-dns');
const gated = (policy: Partial<SitePolicy> = {}): Wave => play(beforeGate(policy), [reportGate(passed)]);
const EXPIRES = T0 + 24 * HOUR;

const kinds = (wave: Wave) => due(wave).map((effect) => effect.kind);

describe('a gate', () => {
  test('opens when its own checks are green, with who may decide, until when and how long the way back takes', () => {
    given(beforeGate({ gates: { 'switch-dns': { quorum: 2, reasonRequired: true } } }))
      .when(reportGate(passed, 'what was read'))
      .gives({
        type: 'GateOpened',
        gate: 1,
        hash: 'what was read',
        approvers: ['S0APPROVERS'],
        quorum: 2,
        reasonRequired: true,
        expiresAt: EXPIRES,
        undoMs: MINUTE + 6 * MINUTE,
      });
  });

  test('does not open while its checks wait, and asks again later', () => {
    const wave = play(beforeGate(), [reportGate(waitingFor(10 * MINUTE))]);
    expect(wave.status).toBe('running');
    expect(due(wave)[0]).toMatchObject({ kind: 'inspect-gate', notBefore: T0 + 10 * MINUTE });
  });

  test('is not opened by a red check: the wave rolls back', () => {
    given(beforeGate()).when(reportGate(failed)).gives('StepFailed', 'RollbackStarted');
  });

  test('is not opened when nobody can tell: the wave is held', () => {
    given(beforeGate())
      .when(reportGate(heldFor('no-data')))
      .gives({ type: 'WaveHeld', cause: 'no-data' });
  });

  test('tries again after trouble of our own, and holds after the eighth time in a row', () => {
    let wave = beforeGate();
    for (let i = 1; i <= 8; i++) wave = play(wave, [reportGate(faulted())]);
    expect(wave).toMatchObject({ status: 'running' });
    given(wave).when(reportGate(faulted())).gives({ type: 'WaveHeld', cause: 'fault' });
    given(beforeGate())
      .when(reportGate(faulted(false)))
      .gives({ type: 'WaveHeld', cause: 'fault' });
  });

  test('lets nothing run while it is open, and wakes the wave when it expires', () => {
    expect(due(gated())[0]).toMatchObject({ kind: 'wake', notBefore: EXPIRES });
    expect(kinds(gated())).toEqual(['wake', 'post']);
  });

  test('lets its step run once it is approved, and only that step', () => {
    const wave = play(gated(), [approve()]);
    expect(due(wave)[0]).toMatchObject({ kind: 'run-step', visit: { step: 'switch-dns' }, notBefore: null });
  });

  test('is decided once: the second approver is told who decided', () => {
    const wave = play(gated(), [approve(DANIEL)]);
    given(wave)
      .when({ ...approve(AISHA)(gated()) })
      .isRefused('decided', /<@U0DANIEL>/);
  });

  test('does not take a click for another gate, another card or another step', () => {
    const wave = gated();
    const click = approve()(wave);
    if (click.type !== 'ApproveGate') throw new Error('not a click');
    given(wave)
      .when({ ...click, gate: 2 })
      .isRefused('stale', /out of date/);
    given(wave)
      .when({ ...click, hash: 'another' })
      .isRefused('stale', /another plan/);
    given(wave)
      .when({ ...click, step: beforeGate().plan.steps[0]?.id ?? click.step })
      .isRefused('stale');
    given(wave)
      .when({ ...click, step: 'no-such-step' as typeof click.step })
      .isRefused('stale', /nothing was changed/);
    given(wave)
      .when({ type: 'HoldGate', step: 'no-such-step' as typeof click.step, gate: 1, reason: 'x', actor: DANIEL })
      .isRefused('stale');
  });

  test('that is held is closed: what was approved of it is void, and resume opens a new one', () => {
    given(gated())
      .when(holdGate())
      .gives({ type: 'ApprovalVoided', gate: 1 }, { type: 'WaveHeld', cause: 'gate-held' });
    const wave = play(gated(), [holdGate(), resume()]);
    expect(kinds(wave)).toEqual(['inspect-gate', 'post']);
    expect(stepOf(play(wave, [reportGate(passed)]), 'switch-dns').gate).toMatchObject({ number: 2, approvals: [] });
    given(play(wave, [reportGate(passed)]))
      .when({ ...approve()(gated()) })
      .isRefused('stale');
  });

  test('may be held by the person who started the wave, and not by an outsider', () => {
    given(gated()).when(holdGate(MARIA)).gives('ApprovalVoided', 'WaveHeld');
    given(gated()).when(holdGate(OTTO)).isRefused('not-allowed');
    given(gated())
      .when(holdGate({ kind: 'bot', worker: 'w' }))
      .isRefused('not-allowed');
  });

  test('survives a pause: the card counts again after resume, not before', () => {
    const paused = play(gated(), [pause()]);
    given(paused).when(approve()).isRefused('not-now', /held/);
    expect(kinds(paused)).toEqual(['post']);
    for (const verb of [resume(), retry()]) {
      const wave = play(paused, [verb]);
      expect(wave.status).toBe('gated');
      given(wave).when(approve()).gives({ type: 'GateApproved', gate: 1 });
    }
  });

  test('closes for good when the wave rolls back', () => {
    const wave = play(gated(), [rollBack()]);
    expect(stepOf(wave, 'switch-dns').gate).toEqual({ state: 'closed' });
  });

  test('is opened again with a number of its own every time', () => {
    const numbers = [1, 2, 3].map((openings) => {
      let wave = gated();
      for (let i = 1; i < openings; i++) wave = play(wave, [holdGate(), resume(), reportGate(passed)]);
      const { gate } = stepOf(wave, 'switch-dns');
      return gate.state === 'open' ? gate.number : null;
    });
    expect(numbers).toEqual([1, 2, 3]);
  });
});

describe('a gate that nobody decides', () => {
  test.each([
    ['a moment before its time', EXPIRES - 1],
    ['long before its time', T0],
  ])('stays open %s', (_, now) => given(gated()).when(tick, now).givesNothing());

  test('expires at its time and holds the wave', () => {
    given(gated())
      .when(tick, EXPIRES)
      .gives({ type: 'GateExpired', gate: 1 }, { type: 'WaveHeld', cause: 'gate-expired' });
  });

  test('takes an approval up to its time and none at it, even where the timer is late', () => {
    given(gated())
      .when(approve(), EXPIRES - 1)
      .gives('GateApproved');
    given(gated())
      .when(approve(), EXPIRES)
      .isRefused('stale', /expired/);
  });

  test('is opened again, fresh, on resume', () => {
    const wave = play(play(gated({ quorum: 2 }), [approve()]), [tick, resume()], EXPIRES);
    expect(stepOf(wave, 'switch-dns').gate).toEqual({ state: 'closed' });
    const again = play(wave, [reportGate(passed)], EXPIRES);
    expect(stepOf(again, 'switch-dns').gate).toMatchObject({ approvals: [], expiresAt: EXPIRES + 24 * HOUR });
  });

  test('does not expire while a person holds the wave, and does right after', () => {
    const paused = play(gated(), [pause()]);
    given(paused)
      .when(tick, EXPIRES + HOUR)
      .givesNothing();
    const resumed = play(paused, [resume()], EXPIRES + HOUR);
    expect(due(resumed)[0]).toMatchObject({ kind: 'wake', notBefore: EXPIRES });
    given(resumed)
      .when(approve(), EXPIRES + HOUR)
      .isRefused('stale');
    given(resumed)
      .when(tick, EXPIRES + HOUR)
      .gives('GateExpired', 'WaveHeld');
  });
});

describe('an approval', () => {
  test('is refused to the person who started the wave, though she is an approver', () => {
    given(gated())
      .when(approve(MARIA))
      .isRefused('own-wave', /somebody else/);
    given(gated({ approvers: [MARIA.user] }))
      .when(approve(MARIA))
      .isRefused('own-wave');
  });

  test('is refused to the starter also from the command line', () => {
    given(gated())
      .when(approve({ ...MARIA, via: 'cli' }))
      .isRefused('own-wave');
  });

  test('is refused to an outsider', () =>
    given(gated())
      .when(approve(OTTO))
      .isRefused('not-allowed', /not among/));

  test('is refused when Slack does not say who is in the group: unknown means no', () => {
    given(gated())
      .when(approve(UMA))
      .isRefused('not-allowed', /unknown means no/);
  });

  test('is taken from a person named by user id, whatever the groups', () => {
    given(gated({ approvers: ['S0APPROVERS', UMA.user] }))
      .when(approve(UMA))
      .gives('GateApproved');
  });

  test('is refused to whoever gives the id of a group for a person’s', () => {
    for (const groups of [[], null])
      given(gated())
        .when(approve({ ...UMA, user: userId('S0APPROVERS'), groups }))
        .isRefused('not-allowed');
  });

  test('is refused to a machine', () => {
    given(gated())
      .when(approve({ kind: 'bot', worker: 'w' }))
      .isRefused('not-allowed', /by people/);
  });

  test('is refused to an operator who is no approver', () => {
    given(gated())
      .when(approve({ ...OTTO, groups: ['S0OPERATORS'] }))
      .isRefused('not-allowed');
  });

  test('follows the rule of its own gate where there is one', () => {
    const policy = { gates: { 'switch-dns': { approvers: [OTTO.user] } } };
    given(gated(policy)).when(approve(OTTO)).gives('GateApproved');
    given(gated(policy)).when(approve(DANIEL)).isRefused('not-allowed');
  });

  test.each([[null], [''], ['  ']])('without a reason (%j) is refused where policy asks for one', (reason) => {
    const wave = gated({ gates: { 'switch-dns': { reasonRequired: true } } });
    given(wave)
      .when(approve(DANIEL, 'hash-1', reason))
      .isRefused('incomplete', /reason/);
    given(wave)
      .when(approve(DANIEL, 'hash-1', 'change 4711'))
      .gives({ type: 'GateApproved', reason: 'change 4711' });
  });
});

describe('a gate that needs two people', () => {
  const two = () => gated({ quorum: 2 });

  test('stays open after the first', () => {
    const wave = play(two(), [approve(DANIEL)]);
    expect(wave.status).toBe('gated');
    expect(kinds(wave)).toEqual(['wake', 'post']);
    expect(stepOf(wave, 'switch-dns').gate).toMatchObject({ state: 'open', approvals: [{ user: 'U0DANIEL' }] });
  });

  test('does not count the same person twice', () => {
    given(play(two(), [approve(DANIEL)]))
      .when(approve(DANIEL))
      .isRefused('decided', /2 different people and has 1/);
  });

  test('does not count the starter as the second', () => {
    given(play(two(), [approve(DANIEL)]))
      .when(approve(MARIA))
      .isRefused('own-wave');
  });

  test('is approved by the second, and both are named afterwards', () => {
    const wave = play(two(), [approve(DANIEL), approve(AISHA)]);
    expect(wave.status).toBe('running');
    given(wave)
      .when({ ...approve(AISHA)(two()) })
      .isRefused('decided', /<@U0DANIEL> and <@U0AISHA>/);
  });

  test('forgets the first when it is held meanwhile', () => {
    const wave = play(two(), [approve(DANIEL), holdGate(AISHA), resume(), reportGate(passed), approve(AISHA)]);
    expect(wave.status).toBe('gated');
    given(wave).when(approve(DANIEL)).gives({ type: 'GateApproved', approvals: 2 });
  });
});

describe('drift after an approval', () => {
  const approved = () => play(gated(), [approve(), begin]);

  test('voids the approval and holds the wave', () => {
    given(approved())
      .when(report(heldFor('drift')))
      .gives({ type: 'ApprovalVoided', gate: 1 }, { type: 'WaveHeld', cause: 'drift' });
  });

  test.each([
    ['resume', resume()],
    ['retry', retry()],
  ])('leads back to the gate on %s: its step does not run without a fresh approval', (_, verb) => {
    const wave = play(approved(), [report(heldFor('drift')), verb]);
    expect(kinds(wave)).toEqual(['inspect-gate', 'post']);
    given(wave).when(begin).isRefused('stale');
    const again = play(wave, [reportGate(passed, 'hash-2')]);
    given(again).when(approve(DANIEL, 'hash-1')).isRefused('stale');
    given(again).when(begin).isRefused('stale');
    given(play(again, [approve(DANIEL, 'hash-2')]))
      .when(begin)
      .gives('StepBegun');
  });

  test('found in the step’s check makes it apply again after the new approval', () => {
    const wave = play(approved(), [
      capture,
      report(applied),
      report(heldFor('drift')),
      resume(),
      reportGate(passed),
      approve(),
    ]);
    expect(stepOf(wave, 'switch-dns')).toMatchObject({ phase: 'apply', begun: false, captured: { ttl: 3600 } });
  });

  test('found while a person has paused the wave counts as well', () => {
    given(play(approved(), [pause()]))
      .when(report(heldFor('drift')))
      .gives('ApprovalVoided', 'WaveHeld');
  });

  test.each(['lag', 'licences', 'fault'] as const)(
    'is not the same as %s, which leaves the approval in force',
    (cause) => {
      const wave = play(approved(), [report(heldFor(cause)), resume()]);
      expect(kinds(wave)).toEqual(['run-step', 'post']);
    },
  );
});

test('a retried step keeps the approval that was given for it', () => {
  const wave = play(gated(), [approve(), begin, capture, report(heldFor('fault')), retry()]);
  expect(due(wave)[0]).toMatchObject({ kind: 'run-step', visit: { attempt: 2 } });
});

test('every gate of a wave is passed on its own', () => {
  const plan = shortPlan({}, ['lower-ttl', 'switch-dns', 'restore-ttl']);
  const wave = play(null, [start(plan), ...throughGate, ...throughGate, ...throughGate]);
  expect(wave).toMatchObject({ status: 'completed', gates: 3 });
});
