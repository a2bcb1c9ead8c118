import { refuseView } from '../sandbox/slack/block-rules';
import { parseReasonModal } from '../src/parse/gate-button';
import {
  auditText,
  doneText,
  faultyText,
  helpText,
  planView,
  readingText,
  refusalText,
  sitesList,
  startedText,
  statusText,
  unknownVerb,
  unplannedView,
} from '../templates/answers';
import type { Message } from '../templates/blocks';
import { type AskedReason, reasonModal, textModal } from '../templates/modals';
import { inlineText, plainText } from '../templates/plain';
import type { PlatformAudit } from '../templates/platform-audit';
import { VERBS } from '../templates/verbs';
import {
  abort,
  applied,
  begin,
  DANIEL,
  heldFor,
  literalRecipe,
  MARIA,
  planOf,
  report,
  waive,
} from './support/core-waves';
import { redLine } from './support/preflight-lines';
import { NASTY, nastyPlan, nastyStory, objections, SAMPLES, smuggled } from './templates-samples';
import { failing, HASH, lagging, springfield, started } from './templates-stories';

const TRUNK = { name: 'trunk in', ids: ['trunk-in'] };
const audit = (more: Partial<Extract<PlatformAudit, { kind: 'compared' }>> = {}): PlatformAudit => ({
  kind: 'compared',
  scope: { objects: [TRUNK], from: 0, to: 1 },
  byOthers: [],
  ours: 4,
  notShown: [],
  ...more,
});
const NO_AUDIT: PlatformAudit = { kind: 'none' };
const strange = (text: string) => ({
  object: { name: text, ids: ['x'] },
  change: { at: 60_000, by: text, ours: false, entityId: 'x', action: text, fields: [text, text] },
});
const NASTY_AUDIT = audit({
  byOthers: Array.from({ length: 60 }, () => strange(NASTY)),
  notShown: Array.from({ length: 60 }, () => ({ at: 0, object: { name: NASTY, ids: [] } })),
});

const NASTY_LINES = SAMPLES.WaveHeld.preflight ?? [];

describe('an answer', () => {
  const story = lagging();
  const { site } = story.wave.plan;
  const rows = [
    { name: 'site-a', site, wave: story.wave },
    { name: 'site-b', site: { ...site, name: NASTY }, wave: null },
    { name: 'site-x', site: null, wave: null },
  ];
  const answers: [string, Message][] = [
    ['help', helpText()],
    ['sites', sitesList(rows, story.now)],
    ['no sites', sitesList([], story.now)],
    [
      'a hundred sites',
      sitesList(
        Array.from({ length: 100 }, () => rows[1] ?? rows[0]).flatMap((row) => row ?? []),
        0,
      ),
    ],
    ['status', statusText(story.wave, story.now)],
    ['status of a wave on its way back', statusText(failing().wave, story.now)],
    [
      'status of the worst wave',
      statusText(nastyStory().append(SAMPLES.RollbackStarted).append(SAMPLES.UndoFailed).wave, 0),
    ],
    ['plan', planView(springfield())],
    ['plan of the worst site', planView(nastyPlan(), [NASTY, NASTY])],
    ['plan with the worst preflight', planView(nastyPlan(), [NASTY], NASTY_LINES)],
    ['no plan, with the worst preflight', unplannedView(NASTY, NASTY, NASTY_LINES)],
    ['status of a wave that the worst preflight holds', statusText(nastyStory().append(SAMPLES.WaveHeld).wave, 0)],
    ['a plan that takes its time', readingText(NASTY)],
    ['plan of a literal document', planView(planOf({ recipe: literalRecipe([false, true]) }))],
    ['refusal', refusalText(NASTY)],
    [
      'refusal with a list',
      refusalText(`site-a.yaml cannot be used:\n${Array.from({ length: 60 }, () => `• ${NASTY}`).join('\n')}`),
    ],
    ['empty refusal', refusalText('')],
    ['started', startedText(story.wave)],
    ['done', doneText(story.wave, 'is paused')],
    [
      'mistakes',
      faultyText([
        { place: NASTY, wrong: NASTY, mend: NASTY },
        { place: '', wrong: 'no verb', mend: 'Say one' },
      ]),
    ],
    ['unknown verb', unknownVerb(NASTY, null)],
    ['audit', auditText(story.wave, story.log, null, NO_AUDIT)],
    ['audit of a touched log', auditText(story.wave, story.log, { entry: 7, finding: NASTY }, NASTY_AUDIT)],
    [
      'audit of the worst log',
      auditText(nastyStory().wave, nastyStory().append(SAMPLES.WaveHeld).log, null, { kind: 'unknown', why: NASTY }),
    ],
  ];

  test.each(answers)('is taken by Slack: %s', (_name, message) => {
    expect(objections(message)).toEqual([]);
    // Only the asker sees an answer, so a person named in it is not called.
    expect(smuggled(message).filter((found) => !/^<@U\w+>$/.test(found))).toEqual([]);
    expect(message.blocks.some(({ type }) => type === 'actions')).toBe(false);
  });

  test('lists the verbs that the asker may use', () => {
    expect(plainText(helpText(['help', 'status']))).not.toContain('/cutover abort');
    for (const { usage } of Object.values(VERBS)) expect(plainText(helpText())).toContain(`/cutover ${usage}`);
  });

  test('tells of every site where it stands, and which file cannot be used', () => {
    const text = plainText(sitesList(rows, story.now));
    expect(text).toContain('Springfield contact centre (site-a) · 240 agents · America/Chicago');
    expect(text).toContain('site-a-wave-1: held ▰▰▰▰▰▰▰▱▱▱▱▱▱▱▱▱ 7 of 16');
    expect(text).toContain('no wave yet: /cutover plan site-b');
    expect(text).toContain('site-x · ⚠️ its file cannot be used');
  });

  test('shows a plan field by field and per system, with gates, limits, lead time, length, way back and hash', () => {
    const plan = springfield();
    const text = plainText(planView(plan));
    expect(text).toContain(
      'Nothing has been started. 21 changes. 16 steps, about 3 d 1 h in all, of which 2 d 19 h are spent waiting until the lowered TTLs are old enough; the time that people take comes on top.',
    );
    expect(text).toContain('the way back takes about 23 min');
    expect(text).toContain('DNS\n2 · _sip._tcp.sitea.example.com SRV · ttl: 3600 → 300');
    expect(text).toContain('Genesys Cloud\n3 · licences of 240 agents · communicate + engage: 0 → 240');
    expect(text).toContain('Legacy\n9 · trunk spr-carrier-in · mode: active → standby');
    expect(text).toContain('Gates before steps 7, 9, 13: @S0APPROVERS');
    expect(text).toContain('over 2 percent failed goes back by itself');
    expect(text).toContain(plan.hash);
  });

  test('shows beside the plan what its preflight would find, what blocks first, and how each is mended', () => {
    const lines = [
      redLine({ id: 'fine', state: 'green', mend: '' }),
      redLine({ id: 'slow', state: 'amber', found: 'about 10 s ahead', mend: 'Set it by NTP.' }),
      redLine({ id: 'no-token', waivable: false, found: 'refused' }),
    ];
    const text = plainText(planView(springfield(), [], lines));
    expect(text).toContain(
      'Preflight · a red line holds the wave until it is mended or waived\n1 red, 1 amber, 1 green',
    );
    expect(text).toMatch(
      /refused\n +Give the client a role with it\.\n +no-token · never waived\n⚠️ .*about 10 s ahead/,
    );
    expect(text).not.toContain('fine');
    expect(plainText(planView(springfield(), [], [redLine({ state: 'green', mend: '' })]))).toContain(
      'no red line: a wave would be armed\n✅ 1 green: nothing is missing.',
    );
    expect(plainText(planView(springfield()))).not.toContain('Preflight');
  });

  test('without a plan says why, and lists what is missing all the same', () => {
    const view = unplannedView('site-a', 'Legacy does not answer.', [redLine()]);
    expect(view.refused).toBe(true);
    expect(plainText(view)).toMatch(/No plan for site-a\. Legacy does not answer\.[\s\S]*1 red\n[\s\S]*line-1/);
  });

  test('to a status tells what holds the preflight, how it is waived, and by whom it was', () => {
    const story = started().does(
      begin,
      report(applied),
      report({ ...heldFor('not-ready'), preflight: [redLine()] } as never),
    );
    const before = plainText(statusText(story.wave, story.now));
    expect(before).toContain('/cutover waive site-a line-1 REASON');
    story.does(waive(MARIA));
    expect(plainText(statusText(story.wave, story.now))).toContain('line-1 · waived by @U0MARIA');
    story.does(waive(DANIEL, 'line-1', 'seen by us both'));
    const after = plainText(statusText(story.wave, story.now));
    expect(after).toContain('Every red line is waived: Resume runs the preflight again.');
    expect(after).toContain(
      'Waived for this wave: line-1 (missing), by @U0MARIA (known and harmless) and @U0DANIEL (seen by us both)',
    );
    expect(after).not.toContain('/cutover waive');
  });

  test('to a status of a regulated site offers no waiver', () => {
    const plan = springfield();
    const story = started({ ...plan, site: { ...plan.site, regulated: true } });
    story.does(begin, report(applied), report({ ...heldFor('not-ready'), preflight: [redLine()] } as never));
    const text = plainText(statusText(story.wave, story.now));
    expect(text).toContain('there are no waivers');
    expect(text).not.toContain('/cutover waive');
  });

  test('shows the calls of a literal document and what makes it go back', () => {
    const text = plainText(planView(planOf({ recipe: literalRecipe([false]) })));
    expect(text).toContain('PUT https://api.example.com/part-1 with {"on":true}');
    expect(text).toContain('Goes back by itself when validation_failure_rate > 2%');
  });

  test('to a refused click keeps people and code', () => {
    expect(plainText(refusalText('Gate 2 has been approved already by <@U0DANIEL>. `resume` goes on.'))).toBe(
      '✋ Gate 2 has been approved already by @U0DANIEL. resume goes on.',
    );
  });

  test('to a wrong verb names the nearest', () => {
    expect(plainText(unknownVerb('pln', 'plan'))).toContain(
      'There is no pln, so nothing was done. Did you mean /cutover plan SITE?',
    );
  });

  test('says whether the log is whole, newest first', () => {
    const text = plainText(auditText(story.wave, story.log, null, NO_AUDIT));
    expect(text).toContain(`The chain holds: ${story.log.length} events`);
    expect(text.indexOf(`#${story.log.length} `)).toBeLessThan(text.indexOf(`#${story.log.length - 1} `));
    expect(
      plainText(auditText(story.wave, story.log, { entry: 7, finding: 'entry 7 was changed' }, NO_AUDIT)),
    ).toContain('The log has been touched at entry 7');
  });

  test("tells what the platform's own audit says about the wave's objects", () => {
    const said = (platform: PlatformAudit) => plainText(auditText(story.wave, story.log, null, platform));
    expect(said(audit())).toContain("The platform's audit agrees: nobody else changed the 1 object of this wave");
    expect(said(NO_AUDIT)).toContain('The platform shows no audit');
    expect(said({ kind: 'unknown', why: 'Genesys Cloud answered 503.' })).toContain('Genesys Cloud answered 503.');
    const both = said(audit({ byOthers: [strange('Dana')], notShown: [{ at: 0, object: TRUNK }] }));
    expect(both).toContain('Changed by others during the wave');
    expect(both).toContain('1970-01-01T00:01:00Z Dana: Dana (Dana, Dana) by Dana');
    expect(both).toContain("not in the platform's audit");
    expect(both).toContain('trunk in: written by the bot');
    const missing = said(audit({ notShown: [{ at: 0, object: TRUNK }] }));
    expect(missing).toContain('Nobody else changed the 1 object');
  });

  test('to status carries the way back by hand while the wave is open', () => {
    expect(plainText(statusText(story.wave, story.now))).toContain('If it had to be taken back by hand now\n1. ');
    const aborted = started().upTo('switch-dns').does(abort());
    expect(plainText(statusText(aborted.wave, aborted.now))).toContain(
      'Left as it is; to take it back by hand, in this order\n1. ',
    );
    const untouched = started().does(abort());
    expect(plainText(statusText(untouched.wave, untouched.now))).not.toContain('by hand, in this order');
  });
});

describe('a reason modal', () => {
  const gate = { step: 'switch-dns', gate: 2, hash: HASH };
  const about = { site: 'site-a', wave: 'site-a-wave-1', channel: 'C0CUTOVER1' };
  const kinds: [string, AskedReason][] = [
    ['approve', { ...about, ...gate, kind: 'approve' }],
    ['hold', { ...about, ...gate, kind: 'hold' }],
    ['rollback', { ...about, ...gate, kind: 'rollback' }],
    ['rollback', { ...about, kind: 'rollback' }],
    ['abort', { ...about, kind: 'abort' }],
    ['skip', { ...about, wave: null, kind: 'skip' }],
  ];

  test.each(kinds)('for %s is taken by Slack and read back by our own parser', (kind, asked) => {
    const view = reasonModal(asked) as { private_metadata: string };
    expect(refuseView(view)).toBeNull();
    const state = { values: { reason: { text: { value: 'because' } } } };
    const parsed = parseReasonModal({ ...view, state });
    expect(parsed).toMatchObject({
      ok: true,
      value: { kind, wave: asked.wave, site: 'site-a', channel: 'C0CUTOVER1', reason: 'because' },
    });
    if (kind === 'approve' || kind === 'hold') expect(parsed).toMatchObject({ value: gate });
  });

  test('wants the site typed before everything is left as it is', () => {
    expect(JSON.stringify(reasonModal({ ...about, kind: 'abort' }))).toContain('To go ahead, type site-a');
    expect(JSON.stringify(reasonModal({ ...about, kind: 'rollback' }))).not.toContain('To go ahead');
  });

  test('cuts what is too long for Slack', () => {
    const long = 'x'.repeat(4000);
    const view = textModal({
      title: long,
      prompt: long,
      submit: long,
      privateMetadata: '{}',
      danger: true,
      confirmWord: long,
    });
    expect(refuseView(view)).toBeNull();
  });
});

describe('a message on a terminal', () => {
  test.each([
    ['a date', '<!date^1^{time}|1970-01-01T00:00:01Z>', '1970-01-01T00:00:01Z'],
    ['a person and a group', '<@U0A> <!subteam^S0B> <!subteam^S0B|@board>', '@U0A @S0B @@board'],
    ['a link', '<https://example.com|the page>', 'the page (https://example.com)'],
    ['styles', '*bold* _it_ ~no~', 'bold it no'],
    [
      'a record name',
      '_sip._tcp.example.com and _sip._udp.example.com',
      '_sip._tcp.example.com and _sip._udp.example.com',
    ],
    ['code, which is literal', '`*x*` and ```\na_b_\n```', '*x* and a_b_'],
    ['signs', ':lock: :pencil2: :unknown_sign:', '🔒 ✏️ :unknown_sign:'],
    ['entities', '&lt;@U0A&gt; &amp;amp;', '<@U0A> &amp;'],
  ])('shows %s', (_name, given, shown) => {
    expect(inlineText(given)).toBe(shown);
  });

  test('falls back to its text', () => {
    expect(plainText({ text: 'only *this*', blocks: [] })).toBe('only this');
  });

  test('has no mark-up left', () => {
    expect(plainText(planView(started().wave.plan))).not.toMatch(/<!|&amp;|`/);
  });
});
