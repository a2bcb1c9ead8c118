import { parseCutoverText, USAGE, VERBS } from '../src/parse/cutover-text';
import { expectFault, goodValue } from './fixtures/faults';

const SITES = ['site-a', 'site-b', 'site-c'];
const parse = (text: string) => parseCutoverText(text, SITES);

describe('the text of /cutover', () => {
  const rows: readonly (readonly [string, object])[] = [
    ['', { verb: 'help', about: null }],
    ['  help  ', { verb: 'help', about: null }],
    ['help start', { verb: 'help', about: 'start' }],
    ['sites', { verb: 'sites' }],
    ['status', { verb: 'status', site: null }],
    ['STATUS Site-A', { verb: 'status', site: 'site-a' }],
    ['audit site-b', { verb: 'audit', site: 'site-b' }],
    ['audit', { verb: 'audit', site: null }],
    ['plan site-a', { verb: 'plan', site: 'site-a', from: null }],
    ['start   site-a', { verb: 'start', site: 'site-a', from: null }],
    ['start site-a from guide-example.json', { verb: 'start', site: 'site-a', from: 'guide-example.json' }],
    ['start site-a FROM quick', { verb: 'start', site: 'site-a', from: 'quick' }],
    ['start site-a-wave-2', { verb: 'start', site: 'site-a', from: null }],
    ['pause site-a', { verb: 'pause', site: 'site-a', reason: null }],
    ['pause site-a-wave-1 lunch  break', { verb: 'pause', site: 'site-a-wave-1', reason: 'lunch break' }],
    ['resume site-a', { verb: 'resume', site: 'site-a', reason: null }],
    ['retry site-a', { verb: 'retry', site: 'site-a', reason: null }],
    ['skip site-a', { verb: 'skip', site: 'site-a', reason: null }],
    [
      'skip site-a \u201clicences are known to be fine\u201d',
      { verb: 'skip', site: 'site-a', reason: 'licences are known to be fine' },
    ],
    [
      'waive site-a licences-engage bought today',
      { verb: 'waive', site: 'site-a', line: 'licences-engage', reason: 'bought today' },
    ],
    [
      'WAIVE site-a-wave-1 `Trunk-Inbound`: \u201cas agreed\u201d',
      { verb: 'waive', site: 'site-a-wave-1', line: 'trunk-inbound', reason: 'as agreed' },
    ],
    ['abort site-a it\u2019s over', { verb: 'abort', site: 'site-a', reason: "it's over" }],
    ['abort site-a ""', { verb: 'abort', site: 'site-a', reason: null }],
    ['rollback site-a a &lt;b&gt; &amp; c', { verb: 'rollback', site: 'site-a', reason: 'a <b> & c' }],
    ['rollback site-a &amp;lt;b', { verb: 'rollback', site: 'site-a', reason: '&lt;b' }],
    [
      'rollback site-a as <@U123|ann> asked in <#C1|general> <!channel> <https://x.example.com|x>',
      { verb: 'rollback', site: 'site-a', reason: 'as @ann asked in #general @channel x' },
    ],
    ['<@U0BOT> status site-a', { verb: 'status', site: 'site-a' }],
    ['pause\nsite-a\tnow', { verb: 'pause', site: 'site-a', reason: 'now' }],
  ];
  it.each(rows)('%j is understood', (text, value) => {
    expect(goodValue(parse(text))).toEqual(value);
  });

  const faults: readonly (readonly [string, string, string, string])[] = [
    ['strat site-a', 'verb', '"strat" is not a verb', 'Did you mean `start`? Usage: `/cutover start SITE [from FILE]`'],
    ['roll back site-a', 'verb', '"roll" is not a verb', 'Verbs: help, sites'],
    ['make me a sandwich', 'verb', '"make" is not a verb', 'Verbs: help, sites'],
    ['constructor', 'verb', '"constructor" is not a verb', 'Verbs: help'],
    ['start', 'site', '`start` needs a site', 'Sites: site-a, site-b, site-c. Usage'],
    ['start site-d', 'site', 'there is no site "site-d"', 'Did you mean `site-a`? Usage: `/cutover start'],
    ['start sitea', 'site', 'there is no site "sitea"', 'Did you mean `site-a`?'],
    ['start springfield', 'site', 'there is no site "springfield"', 'Sites: site-a'],
    ['status site-z-wave-1', 'site', 'there is no site "site-z-wave-1"', 'Usage: `/cutover status [SITE]`'],
    ['pause site-a-wave-0', 'site', 'there is no site', 'Usage'],
    [
      'start site-a guide-example.json',
      'command',
      '"guide-example.json" is more than `start` understands',
      'from FILE',
    ],
    ['start site-a from', 'file', 'the name of a file is missing', 'Usage'],
    ['start site-a from ../../etc/passwd', 'file', 'is not a bare file name', 'bare name of a recipe'],
    ['start site-a from x.json now', 'command', '"now" is more than `start` understands', 'Usage'],
    ['start site-q from ../x', 'site', 'there is no site "site-q"', 'Did you mean'],
    ['status site-a please', 'command', '"please" is more than `status` understands', 'Usage'],
    ['waive', 'site', '`waive` needs a site', 'Usage: `/cutover waive SITE LINE REASON`'],
    ['waive site-a', 'line', '`waive` needs the name of a line', '/cutover status SITE'],
    ['waive site-a "" because', 'line', 'needs the name of a line', 'Usage'],
    ['waive site-a ../x because', 'line', '"../x" cannot be the name of a line', 'Usage'],
    [`waive site-a ${'x'.repeat(121)} because`, 'line', 'cannot be the name of a line', 'Usage'],
    ['waive site-a clock-redis', 'reason', 'waived with a reason, and none was given', 'LINE REASON'],
    ['waive site-a clock-redis ""', 'reason', 'none was given', 'LINE REASON'],
    [`waive site-a clock-redis ${'x'.repeat(501)}`, 'reason', 'has 501 characters', 'Shorten it'],
    ['sites all', 'command', '"all" is more than `sites` understands', 'Usage: `/cutover sites`'],
    ['abort site-a \u0007', 'command', 'U+0007', 'afresh'],
    ['abort site-a x\u202ey', 'command', 'U+202E', 'afresh'],
    [`abort site-a ${'x'.repeat(501)}`, 'reason', 'has 501 characters; 500 is the most', 'Shorten it'],
    [`abort site-a ${'x'.repeat(2000)}`, 'command', '2000 is the most', 'Shorten it'],
  ];
  it.each(faults)('%j is refused', (text, place, wrong, mend) => {
    expectFault(parse(text), place, wrong, mend);
  });

  it('with a bad site and a bad file names both', () => {
    const parsed = parse('start site-q from ../x');
    expect(parsed.ok ? [] : parsed.faults.map(({ place }) => place)).toEqual(['site', 'file']);
  });

  it('says so when there is no site at all', () => {
    expectFault(parseCutoverText('start x', []), 'site', 'there is no site "x"', 'There is no site file yet');
  });

  it('takes a reason of 500 characters and a text of 2000', () => {
    expect(goodValue(parse(`abort site-a ${'x'.repeat(500)}`))).toMatchObject({ verb: 'abort' });
    expectFault(parse(`help${' '.repeat(1997)}`), 'command', '2001 characters', 'Shorten it');
    expect(goodValue(parse(`help${' '.repeat(1996)}`))).toEqual({ verb: 'help', about: null });
  });

  it('has a usage line for every verb', () => {
    for (const verb of VERBS) expect(USAGE[verb]).toMatch(new RegExp(`^/cutover ${verb}`));
  });
});
