import type { Json } from '../src/core/json';
import { capturedValues } from '../templates/captured-values';
import { runbook, runbookText } from '../templates/runbook';
import { begin, literalRecipe, planOf, siteOf, start } from './support/core-waves';
import { NASTY, nastyStory } from './templates-samples';
import { capture, failing, Story, started, undo } from './templates-stories';

const titles = (lines: readonly string[]) => lines.filter((line) => /^\d+\. /.test(line));

describe('the runbook', () => {
  test('goes the way of a rollback: queues, then legacy, then the new side, then DNS', () => {
    expect(titles(runbook(failing().wave))).toEqual([
      '1. Shift the queues to 100 percent',
      '2. Legacy trunk to standby',
      '3. Enable failover',
      '4. Switch outbound routes on',
      '5. Switch inbound trunks on, cohort by cohort',
      '6. Point DNS at the new gateway',
      '7. Assign licences',
      '8. Lower DNS TTLs',
      '9. Shadow 5 percent of the calls',
    ]);
  });

  test('leaves out what is undone already', () => {
    expect(titles(runbook(failing().does(...undo('As before.')).wave))[0]).toBe('1. Legacy trunk to standby');
  });

  test('says what to write back, with the names that people know', () => {
    const lines = runbook(failing().wave);
    expect(lines).toContain('• record _sip._tcp.sitea.example.com SRV: values := 10 0 5060 sbc.sitea.example.com');
    expect(lines.slice(lines.indexOf('8. Lower DNS TTLs'))).not.toContainEqual(
      expect.stringMatching(/values :=|allocationPercent/),
    );
    expect(lines).toContain('• trunk spr-carrier-in: mode := active');
    expect(lines).toContain('• trunk Springfield BYOC inbound (trunk-in): enabled := false');
    expect(lines).toContain('• queue Springfield Sales (queue-sales): joined := (none)');
  });

  test('lists what is written first first: the allocation goes back before anybody leaves the queues', () => {
    const lines = runbook(failing().wave);
    expect(lines.indexOf('• allocation row: allocationPercent := 0')).toBeGreaterThan(0);
    expect(lines.indexOf('• allocation row: allocationPercent := 0')).toBeLessThan(
      lines.indexOf('• queue Springfield Sales (queue-sales): joined := (none)'),
    );
  });

  test('gives the command that shows a list which is too long for it, in the step that needs it', () => {
    const lines = runbook(failing().wave);
    const licences = lines.slice(lines.indexOf('7. Assign licences'), lines.indexOf('8. Lower DNS TTLs'));
    expect(licences).toContain(
      '• all of them: npx cutover audit export site-a-wave-1 (StateCaptured of assign-licences)',
    );
    expect(lines.filter((line) => line.includes('all of them'))).toHaveLength(1);
  });

  test('leaves out a step that had captured nothing: it had not written yet', () => {
    expect(titles(runbook(started().does(begin).wave))).toEqual([]);
  });

  test('has one line for a wave that has written nothing', () => {
    expect(runbook(started().wave)).toEqual(['Nothing has been written that would have to be taken back.']);
  });

  test('gives the call of a literal step, with what it answered before', () => {
    const plan = planOf({ recipe: literalRecipe([false]) });
    const story = new Story().does(start(plan), begin, capture({ kind: 'answer', body: { on: false } }));
    expect(runbook(story.wave).join('\n')).toContain('PUT https://api.example.com/part-1 with the captured answer.');
    expect(runbook(story.wave)).toContain('• body: on := false');
  });

  test('stays readable: no line over 300 characters, no more than 60', () => {
    const story = nastyStory()
      .through()
      .does(begin, capture(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i} ${NASTY}`, [NASTY]]))));
    const lines = runbook(story.wave);
    expect(lines.length).toBeLessThanOrEqual(60);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(300);
    expect(lines.at(-1)).toContain('npx cutover audit export');
  });

  test('as mrkdwn is bold in its titles, exact in its values, harmless in its text', () => {
    const text = runbookText(['1. Trunk <!here>', 'Set it back.', '• trunk: mode := active'], started().wave, {
      lines: 10,
      chars: 500,
    });
    expect(text).toBe('*1. Trunk &lt;!here&gt;*\nSet it back.\n• trunk: mode := `active`');
  });
});

describe('captured state', () => {
  test.each<[string, Json, readonly string[]]>([
    ['plain fields', { shadowPercent: 0 }, ['shadowPercent := 0']],
    [
      'a list of records',
      { records: [{ name: 'a.example.com', type: 'A', ttl: 60, values: ['1.2.3.4'] }] },
      ['record a.example.com A: ttl := 60', 'record a.example.com A: values := 1.2.3.4'],
    ],
    [
      'something with an id of the site file',
      { routes: [{ route: 'route-out', enabled: false }] },
      ['route Outbound (route-out): enabled := false'],
    ],
    ['an entry without a name', { x: [{ a: 1 }, { a: null }] }, ['x 1: a := 1', 'x 2: a := null']],
    ['an empty set', { members: [] }, ['members := (none)']],
    [
      'many members',
      { members: Array.from({ length: 240 }, (_, i) => `u${i}`) },
      [`members := ${Array.from({ length: 22 }, (_, i) => `u${i}`).join(' + ')} and 218 more`],
    ],
    [
      'many long ids',
      { users: Array.from({ length: 9 }, (_, i) => `5f3b0000-0000-4000-8000-00000001000${i}`) },
      [
        'users := 5f3b0000-0000-4000-8000-000000010000 + 5f3b0000-0000-4000-8000-000000010001 + 5f3b0000-0000-4000-8000-000000010002 and 6 more',
      ],
    ],
    [
      'many members by state',
      { joined: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`u${i}`, i < 2])) },
      ['joined := true for 2 (u0, u1)', 'joined := false for 10 (u2, u3, u4, …)'],
    ],
    ['a bare value', 7, ['value := 7']],
    ['nothing', {}, []],
  ])('of %s', (_name, captured, lines) => {
    const found = capturedValues(captured, siteOf());
    expect(found.lines).toEqual(lines);
    expect(found.whole).toBe(!lines.some((line) => / more$|…/.test(line)));
  });
});
