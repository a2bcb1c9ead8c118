import type { WaveEvent } from '../src/core/events';
import type { Wave } from '../src/core/wave';
import type { Message } from '../templates/blocks';
import { type Gate, gateCard } from '../templates/gate-card';
import { plainText } from '../templates/plain';
import { rootCard } from '../templates/root-card';
import {
  AISHA,
  abort,
  applied,
  approve,
  begin,
  DANIEL,
  HOUR,
  heldFor,
  holdGate,
  literalRecipe,
  MARIA,
  MINUTE,
  pause,
  planOf,
  report,
  reportGate,
  resume,
  rollBack,
  siteOf,
  tick,
  waive,
} from './support/core-waves';
import { redLine } from './support/preflight-lines';
import { nastyStory, objections, SAMPLES, smuggled, textOf } from './templates-samples';
import { failing, GREEN, HASH, lagging, type Story, started, undo, waiting } from './templates-stories';

interface Pressable {
  readonly action_id: string;
  readonly value: string;
  readonly style?: string;
  readonly confirm?: { readonly text: { readonly text: string } };
}

const buttons = (message: Message): readonly Pressable[] =>
  message.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
const ids = (message: Message) => buttons(message).map(({ action_id }) => action_id);
const blockIds = (message: Message) => message.blocks.map(({ block_id }) => block_id);

/** The gate of that number as the log tells it. */
function gateOf(story: Story, number = 1): Gate {
  const { log } = story;
  const opened = log.find(({ event }) => event.type === 'GateOpened' && event.gate === number);
  if (!opened) throw new Error(`gate ${number} has not been opened`);
  const later = log.slice(opened.seq);
  const approvals = later.filter(({ event }) => event.type === 'GateApproved' && event.gate === number);
  return { opened, approvals, decided: later.find(({ event }) => closes(event, number)) ?? null };
}

const closes = (event: WaveEvent, number: number): boolean =>
  (event.type === 'GateApproved' && event.gate === number && event.approvals >= event.quorum) ||
  ((event.type === 'GateExpired' || event.type === 'ApprovalVoided') && event.gate === number) ||
  event.type === 'RollbackStarted' ||
  event.type === 'WaveAborted';

const atGate = () => started().upTo('switch-dns').does(reportGate(GREEN, HASH));
const card = (story: Story, number = 1) => gateCard(story.wave, gateOf(story, number));

describe('an open gate card', () => {
  test('shows the verdict, the evidence, the changes, what follows, the way back, who, until when', () => {
    const text = plainText(card(atGate()));
    expect(text).toContain('== Gate 1 · Point DNS at the new gateway ==');
    expect(text).toContain('✅ Machine checks passed. Your turn.');
    expect(text).toContain('Who: @S0APPROVERS, but not @U0MARIA, who started the wave');
    expect(text).toContain('Approvals: 0 of 1');
    expect(text).toMatch(/Until: 2027-06-08T\S+Z \(site: Tue 8 Jun 03:\d\d CDT\)/);
    expect(text).toContain('✓ SIP OPTIONS site-a.byoc.usw2.pure.cloud:5060/tcp → 200 OK in 41 ms');
    expect(text).toContain('4 of 4 answers as wanted');
    expect(text).toContain(
      [
        '• DNS _sip._tcp.sitea.example.com SRV · values:',
        '      10 0 5060 sbc.sitea.example.com',
        '      → 10 0 5060 site-a.byoc.usw2.pure.cloud',
        '      + 20 0 5060 sbc.sitea.example.com',
      ].join('\n'),
    );
    expect(text).toContain('Then without asking: 8 Wait until every resolver agrees');
    expect(text).toContain('Next stop: the gate before 9 Legacy trunk to standby');
    expect(text).toContain('The whole way back from here: about 13 min (this step 6 min)');
    expect(text).toContain('What it costs: ');
  });

  test('warns of every record that cannot name legacy as its second target, and claims nothing for it', () => {
    const { plan } = started().wave;
    const shownWith = (resources: readonly string[]) => {
      const steps = plan.steps.map((step) =>
        step.kind === 'switch-dns'
          ? {
              ...step,
              changes: resources.map((resource) => ({
                system: 'dns' as const,
                resource,
                field: 'values',
                from: [],
                to: [],
              })),
            }
          : step,
      );
      return plainText(
        card(
          started({ ...plan, steps })
            .upTo('switch-dns')
            .does(reportGate(GREEN, HASH)),
        ),
      );
    };
    const alone = shownWith(['sip.example.com CNAME', 'sbc.example.com A']);
    expect(alone).toContain(
      '⚠️ sip.example.com CNAME has no second target: whoever uses it reaches the new gateway as soon as their cache turns over, before its trunk is on.',
    );
    expect(alone).toContain('⚠️ sbc.example.com A has no second target');
    expect(alone).not.toMatch(/no call is lost|loses no call|legacy second|go on reaching/);
    const mixed = shownWith(['_sip._tcp.example.com SRV', 'sip.example.com CNAME']);
    expect(mixed).toContain('who uses an SRV record loses no call meanwhile');
    expect(mixed).not.toContain('SRV has no second target');
    expect(plainText(card(atGate()))).not.toContain('no second target');
  });

  test('carries wave, step, gate number and the whole hash in its buttons, and nothing else', () => {
    const message = card(atGate());
    expect(ids(message)).toEqual(['gate.approve', 'gate.hold', 'gate.rollback']);
    for (const { value } of buttons(message)) {
      expect(JSON.parse(value)).toEqual({ v: 1, w: 'site-a-wave-1', s: 'switch-dns', g: 1, h: HASH });
      expect(value.length).toBeLessThan(2000);
    }
  });

  test('repeats site, step and number of changes before an approval, and the length before a rollback', () => {
    const [yes, hold, back] = buttons(card(atGate()));
    expect(yes?.style).toBe('primary');
    expect(yes?.confirm?.text.text).toBe(
      'Springfield contact centre (site-a): Point DNS at the new gateway. 2 changes will be written.',
    );
    expect(hold?.confirm).toBeUndefined();
    expect(back?.style).toBe('danger');
    expect(back?.confirm?.text.text).toContain('in about 13 min');
  });

  test('says who has approved and how many more it takes', () => {
    const story = started()
      .upTo('retire-legacy')
      .does(reportGate(GREEN, HASH), approve(DANIEL, HASH, 'signed'));
    const message = card(story, 4);
    expect(plainText(message)).toContain('Approvals: 1 of 2: @U0DANIEL (different people) · a reason is asked for');
    expect(ids(message)).toHaveLength(3);
  });

  test('says until when the way back fits into the window', () => {
    const { plan } = started().wave;
    const window = { opens: Date.UTC(2027, 5, 7, 6), closes: Date.UTC(2027, 5, 7, 20) };
    const story = started({ ...plan, site: { ...plan.site, window } });
    story.upTo('switch-dns').does(reportGate(GREEN, HASH));
    expect(plainText(card(story))).toContain('It still fits into the window until Mon 7 Jun 14:47 CDT');
  });

  test('has no buttons while the wave is paused, and says why', () => {
    const story = atGate().does(pause());
    expect(ids(card(story))).toEqual([]);
    expect(plainText(card(story))).toContain('Paused. The buttons come back with Resume.');
    story.does(resume());
    expect(ids(card(story))).toHaveLength(3);
  });

  test('stays the same, down to its block ids, while nothing about it changes', () => {
    const story = started().upTo('retire-legacy').does(reportGate(GREEN, HASH));
    const before = card(story, 4);
    expect(card(story.later(HOUR), 4)).toEqual(before);
    story.does(approve(DANIEL, HASH, 'signed'));
    expect(blockIds(card(story, 4))).not.toEqual(blockIds(before));
  });
});

describe('a decided gate card', () => {
  const decisions: [string, (story: Story) => Story, string][] = [
    ['approved', (story) => story.does(approve(DANIEL, HASH, 'looks right')), 'Approved by @U0DANIEL'],
    ['held', (story) => story.does(holdGate(AISHA)), 'Held by @U0AISHA'],
    ['expired', (story) => story.later(25 * HOUR).does(tick), 'Expired'],
    ['rolled back', (story) => story.does(rollBack(DANIEL)), 'Rolled back by @U0DANIEL'],
    ['aborted', (story) => story.does(abort(DANIEL)), 'The wave was aborted by @U0DANIEL'],
    ['void', (story) => story.append({ ...SAMPLES.ApprovalVoided, reason: 'ttl is 60' }), 'The approval is void'],
  ];

  test.each(decisions)('that was %s has no buttons and says so', (_name, decide, words) => {
    const story = decide(atGate());
    const message = card(story);
    expect(ids(message)).toEqual([]);
    expect(plainText(message)).toContain(words);
    expect(plainText(message)).not.toContain('Your turn');
    expect(objections(message)).toEqual([]);
  });

  test('stays as it is when the wave goes on', () => {
    const story = atGate().does(approve(DANIEL, HASH));
    const before = card(story);
    story.does(begin, report(waiting('Not yet.')));
    expect(card(story)).toEqual(before);
  });
});

test('every gate card of a wave shows what was waived for it, by whom and why, and nothing that is not complete', () => {
  const lines = [redLine(), redLine({ id: 'line-2' })];
  const held = report({ ...heldFor('not-ready'), preflight: lines } as never);
  const passed = report({ kind: 'passed', summary: 'Armed.', evidence: [], preflight: [redLine()] });
  const story = started().does(
    begin,
    report(applied),
    held,
    waive(MARIA),
    waive(DANIEL),
    waive(AISHA, 'line-2'),
    resume(),
  );
  story.does(passed).upTo('switch-dns').does(reportGate(GREEN, HASH));
  const text = plainText(card(story));
  expect(text).toContain('Waived for this wave: line-1 (missing), by @U0MARIA (known and harmless) and @U0DANIEL');
  expect(text).not.toContain('line-2');
  expect(plainText(card(atGate()))).not.toContain('Waived');
});

describe('the root card', () => {
  const shows = (story: Story): string => plainText(rootCard(story.wave, story.now));

  const states: [string, () => Story, string, readonly string[]][] = [
    ['running', () => started(), 'preparing', ['wave.pause', 'wave.rollback', 'wave.abort']],
    ['past DNS', () => started().upTo('drain-legacy'), 'cutting over', ['wave.pause', 'wave.rollback', 'wave.abort']],
    ['gated', () => atGate(), 'waiting for approval', ['wave.pause', 'wave.rollback', 'wave.abort']],
    ['held in a step', () => lagging(), 'held', ['wave.resume', 'wave.retry', 'wave.rollback', 'wave.abort']],
    ['paused before a step', () => started().does(pause()), 'paused', ['wave.resume', 'wave.rollback', 'wave.abort']],
    ['rolling back', () => failing(), 'rolling back', ['wave.abort']],
    ['stuck', () => stuck(), 'stuck, needs hands', ['wave.retry', 'wave.abort']],
    ['aborted', () => started().does(abort()), 'aborted, left as it is', []],
    ['rolled back', () => started().does(rollBack()), 'back as it was', []],
  ];

  test.each(states)('of a wave that is %s has the buttons that are legal there', (_name, story, words, actions) => {
    const message = rootCard(story().wave, story().now);
    expect(plainText(message)).toContain(`Springfield contact centre: ${words}`);
    expect(ids(message)).toEqual(actions);
    expect(objections(message)).toEqual([]);
    for (const { value } of buttons(message)) expect(JSON.parse(value)).toEqual({ v: 1, w: 'site-a-wave-1' });
    for (const danger of buttons(message).filter(({ style }) => style === 'danger'))
      expect(danger.confirm?.text.text).toContain('Springfield contact centre (site-a)');
  });

  test('shows bar and position, the next gate and who decides, elapsed and expected time', () => {
    const text = shows(started().upTo('drain-legacy'));
    expect(text).toContain('▰▰▰▰▰▰▰▰▱▱▱▱▱▱▱▱  step 9 of 16 · Legacy trunk to standby');
    expect(text).toContain('Next gate: before step 9: Legacy trunk to standby');
    expect(text).toContain('Who decides: @S0APPROVERS');
    expect(text).toMatch(/Elapsed: \d+ min of about 3 d 1 h/);
    expect(text).toContain('Done (8)');
    expect(text).toContain('started by @U0MARIA');
  });

  test('says what a waiting step waits for, until when, and when it looks again', () => {
    const story = started().upTo('confirm-propagation');
    story.does(begin, report(waiting('4 of 5 resolvers agree.', 2 * MINUTE, story.now + HOUR)));
    expect(shows(story)).toMatch(/4 of 5 resolvers agree\.\n⏳ expected until \S+Z · looks again \S+Z/);
  });

  test('says before a rollback in which order it goes', () => {
    const [, back] = buttons(rootCard(started().wave, 0));
    expect(back?.confirm?.text.text).toContain('queues first, then legacy re-armed, then the new side off, DNS last');
    const [, literal] = buttons(rootCard(started(planOf({ recipe: literalRecipe([false]) })).wave, 0));
    expect(literal?.confirm?.text.text).toContain('newest first');
  });

  test('does not say that there is nothing to do while calls fail', () => {
    const story = started().upTo('observe-calls');
    story.does(begin, report(waiting('ATTENTION: 6 failed; 20 of the 50 finished calls that a verdict needs.')));
    expect(shows(story)).toContain('⚠️ 6 failed; 20 of the 50');
    expect(shows(story)).toContain('To do: Look at the calls. A person may Roll back now');
  });

  test('counts what is undone on the way back', () => {
    const story = failing().does(...undo('Members as before.'));
    expect(shows(story)).toContain('1 of 14 undone · now undoing Step 9 · Legacy trunk to standby');
    expect(shows(story)).toContain('Reason: 9 of 118 calls failed');
    story.does(...undo('Re-armed.'));
    expect(shows(story)).toContain('Legacy takes calls again');
  });

  test('shows the runbook of a stuck wave', () => {
    expect(shows(stuck())).toContain('By hand, in this order:\n1. Legacy trunk to standby\n• trunk: mode := active');
  });

  test('has new block ids with every event', () => {
    const story = started();
    const before = rootCard(story.wave, story.now);
    story.does(begin);
    const after = rootCard(story.wave, story.now);
    expect(blockIds(after).filter((id) => blockIds(before).includes(id))).toEqual([]);
    expect(new Set(blockIds(after)).size).toBe(after.blocks.length);
  });
});

describe('cards of a wave whose files hold the worst', () => {
  const story = nastyStory();
  const waves: [string, () => Wave][] = [
    ['running', () => story.wave],
    ['gated', () => nastyStory().append(SAMPLES.GateOpened).wave],
    ['held', () => nastyStory().append(SAMPLES.WaveHeld).wave],
    ['stuck', () => nastyStory().append(SAMPLES.RollbackStarted).append(SAMPLES.UndoFailed).wave],
    ['aborted', () => nastyStory().append(SAMPLES.WaveAborted).wave],
  ];

  test.each(waves)('are taken by Slack while it is %s, with nothing smuggled in', (_name, wave) => {
    const message = rootCard(wave(), story.now);
    expect(objections(message)).toEqual([]);
    expect(smuggled(message)).toEqual([]);
  });

  test('are taken by Slack as gate cards too, buttons and confirmations included', () => {
    const opened = nastyStory().append(SAMPLES.GateOpened);
    const message = card(opened);
    expect(objections(message)).toEqual([]);
    expect(smuggled(message)).toEqual([]);
    expect(ids(message)).toHaveLength(3);
    expect(textOf(message.blocks).join('\n')).toContain('more (all of it: `npx cutover audit export site-a-wave-1`)');
  });
});

function stuck(): Story {
  const story = failing().does(...undo('Members as before.'));
  const step = story.wave.plan.steps.find(({ kind }) => kind === 'drain-legacy');
  if (!step) throw new Error(`${siteOf().site} has no legacy`);
  return story.append({
    type: 'UndoFailed',
    step: step.id,
    summary: 'The legacy system does not answer.',
    evidence: [],
    runbook: ['1. Legacy trunk to standby', '• trunk: mode := active'],
  });
}
