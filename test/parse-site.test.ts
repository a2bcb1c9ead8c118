import { parseSite } from '../src/parse/site';
import { wallClock } from '../src/parse/wall-clock';
import { changed, expectFault, goodValue, marked } from './fixtures/faults';
import { houseFile, houseSite } from './fixtures/house';

const GOOD = houseFile('sites/site-b.yaml');
const ROSTER = houseFile('sites/site-b.agents.csv');
const parse = (text: string, roster: string | null = ROSTER) => parseSite(text, 'site-b.yaml', () => roster);

describe('the sites of the house', () => {
  it.each([
    ['site-a', 240],
    ['site-b', 8],
    ['site-c', 44],
  ] as const)('%s is read with its %d agents', (name, agents) => {
    const site = houseSite(name);
    expect(site.site).toBe(name);
    expect(site.agents).toHaveLength(agents);
    expect(site).not.toHaveProperty('agentsFile');
  });

  it('site-c has its window as moments, across the change of the clocks', () => {
    const window = houseSite('site-c').window;
    expect(window).toEqual({ opens: Date.UTC(2027, 2, 27, 23, 30), closes: Date.UTC(2027, 2, 28, 10, 30) });
  });
});

describe('a site file', () => {
  /** What is replaced in the good file, by what (`¦` marks the place of the fault), what is wrong, what to do. */
  const rows: readonly (readonly [string, string, string, string, string])[] = [
    [
      'an unknown key',
      'timeZone: America/Chicago',
      'timeZone: America/Chicago\n¦timezone: x',
      'the key "timezone" is not known',
      'Write "timeZone"',
    ],
    [
      'a 503 that is expected of a gateway',
      'transport: udp }',
      'transport: udp, expect: [403, ¦503] }',
      'is 503, by which a gateway says that it takes no calls now',
      'Take it out of the list',
    ],
    [
      'an unknown key further in',
      '    - name: _sip',
      '    - ¦tll: 5\n      name: _sip',
      '"tll" is not known in dns.records[0]',
      'Write "ttl"',
    ],
    [
      'an unknown key that is near to nothing',
      'regulated: false',
      'regulated: false\n¦wibble: 1',
      '"wibble" is not known',
      'Known here: site, name',
    ],
    [
      'a text for a number',
      'ttl: 900',
      "ttl: ¦'900'",
      'dns.records[0].ttl is text, not a number',
      'Write a number here',
    ],
    [
      'a number for a text',
      "dids: ['+12175550200']",
      'dids: [¦12175550200]',
      'mirror.dids[0] is a number, not text',
      'in quotes',
    ],
    [
      'a list for a mapping',
      'crm:\n  entry: site-b\n  kind: salesforce',
      'crm: ¦[site-b]',
      'crm is a list, not a mapping',
      'Write a mapping',
    ],
    ['nothing for a text', 'name: Shelbyville branch', 'name: ¦~', 'name is nothing, not text', 'Write text'],
    [
      'a missing key',
      '  provider: powerdns\n  zone: siteb.example.com',
      '  ¦provider: powerdns',
      'dns.zone is missing',
      'Add it: text',
    ],
    ['a bad name of a site', 'site: site-b', 'site: ¦Site B', '"Site B" is not a site\'s name', 'small letters'],
    ['a site named like a wave', 'site: site-b', 'site: ¦b-wave-1', 'looks like the id of a wave', 'without "-wave-"'],
    ['an unknown time zone', 'America/Chicago', '¦America/Springfield', 'is not a time zone', 'America/Chicago'],
    ['an offset as time zone', 'America/Chicago', "¦'+01:00'", 'is not a time zone', 'IANA'],
    [
      'a roster in another folder',
      'site-b.agents.csv',
      '¦../site-b.agents.csv',
      'not a bare file name',
      'without a folder',
    ],
    ['an absolute roster', 'site-b.agents.csv', '¦/etc/passwd', 'not a bare file name', 'without a folder'],
    [
      'a Slack name for an id',
      '[S0TELEPHONY]',
      "[¦'@telephony']",
      'is not a Slack user id or user group id',
      'Copy member ID',
    ],
    ['a small Slack id', '[S0TELEPHONY]', '[¦u0123]', 'is not a Slack user id', 'U..., W... or S...'],
    ['nobody who may start', '[S0TELEPHONY]', '¦[]', 'policy.operators has 0 entries; 1 is the least', 'Give more'],
    ['somebody twice', '[S0TELEPHONY]', '[S0TELEPHONY, ¦S0TELEPHONY]', '"S0TELEPHONY" stands there twice', 'Keep one'],
    ['a quorum of none', 'quorum: 1', 'quorum: ¦0', 'policy.quorum is 0; 1 is the least', 'Give more'],
    ['a quorum of one and a half', 'quorum: 1', 'quorum: ¦1.5', 'policy.quorum', 'whole number'],
    [
      'a quorum that nobody can make up',
      '[S0CHANGEBRD]\n  quorum: 1',
      '[U0ONE]\n  quorum: ¦2',
      'asks for 2 people of 1',
      'more approvers',
    ],
    [
      'a gate of no kind of step',
      'gates: {}',
      'gates: { ¦switch-dsn: {} }',
      '"switch-dsn" is not known in policy.gates',
      'Write "switch-dns"',
    ],
    [
      'an unknown rule of a gate',
      'gates: {}',
      'gates: { switch-dns: { ¦quorums: 2 } }',
      '"quorums" is not known in policy.gates.switch-dns',
      'Write "quorum"',
    ],
    [
      'an unknown DNS provider',
      'provider: powerdns',
      'provider: ¦power-dns',
      'dns.provider is "power-dns"',
      'Write "powerdns"',
    ],
    [
      'a zone with a last dot',
      'zone: siteb.example.com',
      "zone: ¦'siteb.example.com.'",
      'ends with a dot',
      'Leave the last dot out',
    ],
    ['a TTL of 60', 'ttl: 900', 'ttl: ¦60', 'is 60; at 60 seconds and below', 'Write 61 or more'],
    ['a TTL of 0', 'ttl: 900', 'ttl: ¦0', 'is 0; at 60 seconds and below', 'Write 61 or more'],
    ['an unknown record type', 'type: SRV', 'type: ¦TXT', 'dns.records[0].type is "TXT"', 'SRV'],
    [
      'a record outside the zone',
      'name: _sip._tcp.siteb.example.com',
      'name: ¦_sip._tcp.sitea.example.com',
      'outside the zone "siteb.example.com"',
      'End it with .siteb.example.com',
    ],
    [
      'an SRV record without a service',
      'name: _sip._tcp.siteb.example.com',
      'name: ¦sip.siteb.example.com',
      'not the name of an SRV record',
      '_sip._tcp',
    ],
    [
      'a record with a last dot',
      'name: _sip._tcp.siteb.example.com',
      "name: ¦'_sip._tcp.siteb.example.com.'",
      'ends with a dot',
      'Leave the last dot out',
    ],
    [
      'an SRV value of three parts',
      "['10 0 5060 sbc.siteb.example.com']",
      "[¦'10 5060 sbc.siteb.example.com']",
      'has not four parts',
      'priority weight port host',
    ],
    [
      'an SRV priority out of range',
      "['10 0 5060 sbc.siteb.example.com']",
      "[¦'65536 0 5060 sbc.siteb.example.com']",
      'has the priority "65536"',
      '0 to 65535',
    ],
    [
      'an SRV port of 0',
      "['10 0 5060 sbc.siteb.example.com']",
      "[¦'10 0 0 sbc.siteb.example.com']",
      'has the port "0"',
      '1 to 65535',
    ],
    [
      'an SRV target that is an address',
      "['10 0 5060 sbc.siteb.example.com']",
      "[¦'10 0 5060 192.0.2.1']",
      'is the address "192.0.2.1", not a host name',
      'Write a host name',
    ],
    [
      'an SRV target with a last dot',
      "['10 0 5060 sbc.siteb.example.com']",
      "[¦'10 0 5060 sbc.siteb.example.com.']",
      'ends with a dot',
      'Leave the last dot out',
    ],
    ['an empty record set', "['10 0 5060 sbc.siteb.example.com']", '¦[]', 'legacy has 0 entries', 'Give more'],
    [
      'a gateway by address',
      'target: { host: site-b.byoc.usw2.pure.cloud',
      'target: { host: ¦192.0.2.9',
      'is the address "192.0.2.9"',
      'Write a host name',
    ],
    [
      'a port past the last',
      'port: 5060, transport: udp }\n  legacy',
      'port: ¦65536, transport: udp }\n  legacy',
      'is 65536; 65535 is the most',
      'Give less',
    ],
    [
      'an unknown transport',
      'port: 5060, transport: udp }\n  legacy',
      'port: 5060, transport: ¦sctp }\n  legacy',
      'is "sctp"',
      'udp, tcp, tls',
    ],
    [
      'endpoints that try again after 29 s',
      'retrySeconds: 30',
      'retrySeconds: ¦29',
      'is 29; endpoints that try again sooner',
      '30 seconds or more',
    ],
    [
      'an id that is a name',
      'organisation: 5f3a0000-0000-4000-8000-00000000000a',
      'organisation: ¦acme',
      '"acme" is not an id',
      'Copy the id',
    ],
    [
      'no inbound trunk',
      'inboundTrunks:\n    - { name: Shelbyville BYOC inbound, trunkBase: 5f3b0000-0000-4000-8000-0000000000b1 }',
      'inboundTrunks: ¦[]',
      'inboundTrunks has 0 entries',
      'Give more',
    ],
    [
      'a trunk as primary and as failover',
      'failoverTrunks: []',
      'failoverTrunks: [{ name: x, trunkBase: ¦5f3b0000-0000-4000-8000-0000000000b1 }]',
      'is an inbound trunk as well',
      'List each trunk once',
    ],
    [
      'a national number',
      "callerId: '+18005550199'",
      "callerId: ¦'8005550199'",
      'is not an E.164 number',
      '+12175550100',
    ],
    ['a number that begins with zero', "['+12175550200']", "[¦'+0217555020']", 'is not an E.164 number', 'in quotes'],
    [
      'a queue for a group that nobody is in',
      'groups: [desk]',
      'groups: [desk, ¦night]',
      '"night" is a group that nobody',
      'Groups of the roster: desk',
    ],
    [
      'a window that closes before it opens',
      'regulated: false',
      "regulated: false\nwindow: { opens: '2027-03-01T10:00', closes: ¦'2027-03-01T09:59' }",
      'not after it opens',
      'later time',
    ],
    [
      'a window with an offset',
      'regulated: false',
      "regulated: false\nwindow: { opens: ¦'2027-03-01T10:00Z', closes: '2027-03-01T12:00' }",
      'is not a local time',
      'without an offset',
    ],
    [
      'a window on a day that there is not',
      'regulated: false',
      "regulated: false\nwindow: { opens: ¦'2027-02-29T10:00', closes: '2027-03-01T12:00' }",
      'is not a local time',
      '2027-03-28T00:30',
    ],
    [
      'a window in the gap of the clocks',
      'regulated: false',
      "regulated: false\nwindow: { opens: ¦'2027-03-14T02:30', closes: '2027-03-14T12:00' }",
      'does not exist in America/Chicago: the clocks go forward over it, so it could be read as 2027-03-14T03:30 -05:00 or as 2027-03-14T01:30 -06:00',
      'before or after',
    ],
    [
      'a window that opens at a time that comes twice',
      'regulated: false',
      "regulated: false\nwindow: { opens: ¦'2027-11-07T01:30', closes: '2027-11-07T12:00' }",
      'exists twice in America/Chicago: the clocks go back over it, so it could be read as 2027-11-07T01:30 -05:00 or as 2027-11-07T01:30 -06:00',
      'before or after',
    ],
  ];
  it.each(rows)('with %s is refused', (_name, from, to, wrong, mend) => {
    const { text, place } = marked(changed(GOOD, from, to), 'site-b.yaml');
    expectFault(parse(text), place, wrong, mend);
  });

  it('says which sites come first, and itself is not one of them', () => {
    const following = (sites: string): string => changed(GOOD, 'regulated:', `after: ${sites}\nregulated:`);
    const parsed = parse(following('[site-a, site-z]'));
    expect(parsed.ok && parsed.value.after).toEqual(['site-a', 'site-z']);
    const { text, place } = marked(following('[site-a, ¦site-b]'), 'site-b.yaml');
    expectFault(parse(text), place, 'is this site itself', 'leave "after" out');
    const twice = marked(following('[site-a, ¦site-a]'), 'site-b.yaml');
    expectFault(parse(twice.text), twice.place, 'stands there twice', 'Keep one');
  });

  it('without three locations or without an enterprise resolver is refused', () => {
    const one = changed(
      GOOD,
      'location: shelbyville-branch, kind: enterprise',
      'location: public-anycast-quad9, kind: public',
    );
    const { text, place } = marked(changed(one, '  - { name: google', '  ¦- { name: google'), 'site-b.yaml');
    expectFault(parse(text), place, 'hold none of kind enterprise', 'Add the resolver');
    const two = text.replace('public-anycast-cloudflare', 'public-anycast-google');
    expectFault(parse(two), place, 'stand at 2 different locations', 'other locations');
  });

  it('takes a CNAME with one host and nothing else at its name', () => {
    const record = (name: string, values: string): string =>
      changed(
        GOOD,
        'resolvers:',
        `    - { name: ${name}, type: CNAME, ttl: 900, legacy: [sbc.siteb.example.com], target: ${values} }\nresolvers:`,
      );
    expect(parse(record('sip.siteb.example.com', '[Gateway.Example.COM]')).ok).toBe(true);
    const address = marked(record('sip.siteb.example.com', '[¦192.0.2.1]'), 'site-b.yaml');
    expectFault(parse(address.text), address.place, 'is the address', 'Write a host name');
    const second = marked(record('sip.siteb.example.com', '[a.example.com, ¦b.example.com]'), 'site-b.yaml');
    expectFault(parse(second.text), second.place, 'second value of a CNAME', 'keep one');
    const shared = record('_sip._tcp.siteb.example.com', '[a.example.com]');
    const type = marked(shared.replace('type: CNAME', 'type: ¦CNAME'), 'site-b.yaml');
    expectFault(parse(type.text), type.place, 'has other records too', 'stands alone');
  });

  it.each([
    ['A', '192.0.2.1', '192.0.2.256'],
    ['AAAA', '2001:DB8::1', '192.0.2.1'],
  ])('takes addresses for %s only in their form', (type, right, wrong) => {
    const record = (value: string): string =>
      changed(
        GOOD,
        'resolvers:',
        `    - { name: sip.siteb.example.com, type: ${type}, ttl: 900, legacy: ['${right}'], target: [¦'${value}'] }\nresolvers:`,
      );
    const site = goodValue(parse(marked(record(right), '').text));
    expect(site.dns.records[1]?.target).toEqual([right.toLowerCase()]);
    const { text, place } = marked(record(wrong), 'site-b.yaml');
    expectFault(parse(text), place, 'is not an address of that type', 'address like');
  });

  it('keeps names, values and ids in small letters and single spaces, so that equal things compare equal', () => {
    const loud = GOOD.replace("'10 0 5060 sbc.siteb.example.com'", "'10  0 5060 SBC.siteb.example.com'").replace(
      'name: _sip._tcp.siteb',
      'name: _SIP._tcp.siteb',
    );
    const site = goodValue(parse(loud.replace('organisation: 5f3a0000', 'organisation: 5F3A0000')));
    expect(site).toEqual(goodValue(parse(GOOD)));
  });

  it('names mistakes of the schema, across fields, in the window and in the roster together', () => {
    const text = [
      ['regulated: false', "regulated: maybe\nwindow: { opens: '2027-03-14T02:30', closes: '2027-03-14T02:45' }"],
      ['ttl: 900', 'ttl: 60'],
      ['zone: siteb.example.com', 'zone: other.example.com'],
    ].reduce((made, [from = '', to = '']) => changed(made, from, to), GOOD);
    const parsed = parse(text, `${ROSTER}extra,not-an-id,5f3b0000-0000-4000-8000-000000029999,desk\n`);
    expect(parsed.ok ? [] : parsed.faults.map(({ wrong }) => wrong.slice(0, 30))).toEqual([
      'regulated is text, not true or',
      'dns.records[0].ttl is 60; at 6',
      'dns.records[0].name "_sip._tcp',
      'user "not-an-id" is not an id',
      'window.opens is 2027-03-14T02:',
      'window.closes is 2027-03-14T02',
    ]);
  });

  it('never asks for a roster by anything but a bare name', () => {
    const asked: string[] = [];
    for (const name of ['../x.csv', '/x.csv', 'a/b.csv', '..', '.hidden', 'a\\\\b.csv', '']) {
      parseSite(changed(GOOD, 'site-b.agents.csv', JSON.stringify(name)), 'site-b.yaml', (roster) => {
        asked.push(roster);
        return ROSTER;
      });
    }
    expect(asked).toEqual([]);
  });

  it('of 10 MB is refused before it is read', () => {
    expectFault(parse(`${GOOD}#${'x'.repeat(10_000_000)}`), 'site-b.yaml', '1 MiB', 'smaller file');
  });
});

describe('a roster', () => {
  const [HEADER = '', FIRST = '', SECOND = ''] = ROSTER.split('\n');
  const file = 'site-b.agents.csv';
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['without a header', `¦${FIRST}\n`, 'the first line is', 'agent,user,phone,group'],
    ['with no agent', `¦${HEADER}\n`, 'has no agent', 'one agent a line'],
    ['with a blank line', `${HEADER}\n${FIRST}\n¦\n${SECOND}\n`, 'the line is blank', 'Take it out'],
    ['with a cell too few', `${HEADER}\n¦a,b,c\n`, 'has 3 cells, not 4', 'agent,user,phone,group'],
    ['with a cell too many', `${HEADER}\n¦${FIRST},x\n`, 'has 5 cells, not 4', 'agent,user,phone,group'],
    ['with a quote', `${HEADER}\n¦"a",${FIRST}\n`, 'has a quote', 'without quotes'],
    ['with a blank group', `${HEADER}\n${FIRST.replace(/desk$/, '¦ ')}\n`, 'group is blank', 'Write the group'],
    [
      'with an agent twice',
      `${HEADER}\n${FIRST}\n${SECOND.replace('site-b-desk-002', '¦site-b-desk-001')}\n`,
      '"site-b-desk-001" stands on line 2 already',
      'Keep one',
    ],
    [
      'with a user twice',
      `${HEADER}\n${FIRST}\n${SECOND.replace('5f3b0000-0000-4000-8000-000000010002', '¦5F3B0000-0000-4000-8000-000000010001')}\n`,
      'stands on line 2 already',
      'Keep one',
    ],
    [
      'with a phone twice',
      `${HEADER}\n${FIRST}\n${SECOND.replace('5f3b0000-0000-4000-8000-000000020002', '¦5f3b0000-0000-4000-8000-000000020001')}\n`,
      'stands on line 2 already',
      'Keep one',
    ],
    [
      'with a user that is no id',
      `${HEADER}\nann,¦ann@example.com,5f3b0000-0000-4000-8000-000000020001,desk\n`,
      'is not an id',
      'Copy the id',
    ],
    [
      'with a group that no queue serves',
      `${HEADER}\n${FIRST}\n¦${SECOND.replace(/desk$/, 'night')}\n`,
      'no queue serves the group "night"',
      'Add the group to a queue',
    ],
    ['with a control character', `${HEADER}\n¦${FIRST}\u0000\n`, 'U+0000', 'Take it out'],
  ];
  it.each(rows)('%s is refused', (_name, source, wrong, mend) => {
    const { text, place } = marked(source, file);
    expectFault(parse(GOOD, text), place, wrong, mend);
  });

  it('that is not there is named where the site file names it', () => {
    const { place } = marked(changed(GOOD, 'site-b.agents.csv', '¦site-b.agents.csv'), 'site-b.yaml');
    expectFault(parse(GOOD, null), place, 'names site-b.agents.csv, which is not there', 'beside the site file');
  });

  it('may end its lines as Windows does', () => {
    expect(goodValue(parse(GOOD, `\ufeff${ROSTER.replaceAll('\n', '\r\n')}`)).agents).toHaveLength(8);
  });
});

describe('a wall-clock time', () => {
  it('on either side of the gap and of the overlap is one moment', () => {
    expect(wallClock('2027-03-28T01:59', 'Europe/Berlin')).toEqual({ at: Date.UTC(2027, 2, 28, 0, 59) });
    expect(wallClock('2027-03-28T03:00', 'Europe/Berlin')).toEqual({ at: Date.UTC(2027, 2, 28, 1, 0) });
    expect(wallClock('2027-10-31T01:59', 'Europe/Berlin')).toEqual({ at: Date.UTC(2027, 9, 30, 23, 59) });
    expect(wallClock('2027-10-31T03:00', 'Europe/Berlin')).toEqual({ at: Date.UTC(2027, 9, 31, 2, 0) });
  });

  it('at the limits of gap and overlap is refused', () => {
    for (const text of ['2027-03-28T02:00', '2027-03-28T02:59:59', '2027-10-31T02:00', '2027-10-31T02:59:59']) {
      expect(wallClock(text, 'Europe/Berlin')).toHaveProperty('wrong');
    }
  });

  it('is judged by half-hour changes too', () => {
    expect(wallClock('2027-10-03T02:15', 'Australia/Lord_Howe')).toHaveProperty(
      'wrong',
      expect.stringContaining('does not exist'),
    );
    expect(wallClock('2027-04-04T01:45', 'Australia/Lord_Howe')).toHaveProperty(
      'wrong',
      expect.stringContaining('exists twice'),
    );
  });
});
