import fc from 'fast-check';
import { boundedLines, cutMrkdwn } from '../templates/blocks';
import { code, cut, escaped, preformatted, sentence } from '../templates/escape';

describe('text of others', () => {
  test.each([
    ['entities', 'a < b & c > d', 'a &lt; b &amp; c &gt; d'],
    ['a channel mention', '<!channel> hello', '&lt;!channel&gt; hello'],
    ['a person', '<@U0BOSS>', '&lt;@U0BOSS&gt;'],
    ['a link in disguise', '<https://evil.example|the runbook>', '&lt;https://evil.example|the runbook&gt;'],
    ['a plain channel mention', '@channel @here @Everyone', '＠channel ＠here ＠Everyone'],
    ['a resolver by name', 'dig @google _sip._tcp.example.com', 'dig @google _sip._tcp.example.com'],
    ['bold', '*approved*', '∗approved∗'],
    ['struck out', '~not~ approved', '∼not∼ approved'],
    ['backticks', '`rm -rf`', "'rm -rf'"],
    ['a code block', '```x```', "'''x'''"],
    ['a quote on a new line', 'fine\n> *approved by the board*', 'fine &gt; ∗approved by the board∗'],
    ['line ends of every sort', 'a\r\nb\u2028c\u0085d', 'a b c d'],
    ['zero width', 'pass\u200Bword\uFEFF', 'password'],
    ['the other direction', '\u202Egnp.exe', 'gnp.exe'],
    ['our own signs', 'all :white_check_mark: :X:', 'all ∶white_check_mark∶ ∶X∶'],
    ['a clock time', '02:10:00', '02:10:00'],
    ['half a surrogate', 'a\uD83Db', 'ab'],
    ['an entity of its own', '&lt;!channel&gt;', '&amp;lt;!channel&amp;gt;'],
    ['nothing', '', ''],
  ])('%s', (_name, given, shown) => {
    expect(escaped(given)).toBe(shown);
  });

  test('is cut before it is escaped, so that no entity is halved', () => {
    expect(escaped('<<<<<<', 4)).toBe('&lt;&lt;&lt;…');
  });

  test('is cut between characters, never through one', () => {
    expect(cut('ab😀cd', 4)).toBe('ab…');
  });

  test.each([
    ['a plain name', '_sip._tcp.example.com SRV', '`_sip._tcp.example.com SRV`'],
    ['stars, which are literal in code', '*x*', '`*x*`'],
    ['backticks', 'a`b', "`a'b`"],
    ['nothing at all', ' ', '`(empty)`'],
    ['a mention', '<!here>', '`&lt;!here&gt;`'],
  ])('as code: %s', (_name, given, shown) => {
    expect(code(given)).toBe(shown);
  });

  test('as a block keeps its lines and cannot leave the block', () => {
    expect(preformatted('one\n```two\n<three>')).toBe("```\none\n'''two\n&lt;three&gt;\n```");
  });

  test('never leaves a live bracket or a backtick, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(escaped(text)).not.toMatch(/[<>`\n]|&(?!(?:amp|lt|gt);)/);
        expect(code(text).slice(1, -1)).not.toMatch(/[<>`\n]/);
      }),
    );
  });
});

describe('a sentence of our own', () => {
  test('keeps people and code', () => {
    expect(sentence('Approved by <@U0DANIEL>; `resume` goes on.')).toBe('Approved by <@U0DANIEL>; `resume` goes on.');
  });

  test('escapes everything else', () => {
    expect(sentence('Held: <!channel> & <https://x|y>')).toBe('Held: &lt;!channel&gt; &amp; &lt;https://x|y&gt;');
  });
});

describe('a text that has to be cut', () => {
  test.each([
    ['a mention', `${'x'.repeat(90)} <@U0DANIEL> and more text`, /<[^>]*$/],
    ['an entity', `${'x'.repeat(96)}&amp;&amp;&amp;`, /&[a-z]*$/],
    ['a code span', `${'x'.repeat(90)} \`some code that is long\``, /^[^`]*`[^`]*$/],
  ])('does not leave half of %s', (_name, text, half) => {
    const shown = cutMrkdwn(text, 100);
    expect(shown.length).toBeLessThanOrEqual(100);
    expect(shown).not.toMatch(half);
  });

  test('closes a code block', () => {
    expect(cutMrkdwn(`\`\`\`\n${'x'.repeat(500)}\n\`\`\``, 100)).toMatch(/…\n```$/);
  });

  test('keeps whole lines and counts the rest', () => {
    const lines = Array.from({ length: 10 }, (_, i) => `line ${i + 1}`);
    const bound = { chars: 1000, lines: 4, more: (left: number) => `and ${left} more` };
    expect(boundedLines(lines, bound).split('\n')).toEqual(['line 1', 'line 2', 'line 3', 'and 7 more']);
    expect(boundedLines(lines.slice(0, 4), bound).split('\n')).toEqual(lines.slice(0, 4));
  });

  test('never exceeds its characters', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 80 }), { maxLength: 60 }),
        fc.integer({ min: 40, max: 800 }),
        (lines, chars) => {
          const text = boundedLines(lines, { chars, lines: 20, more: (left) => `and ${left} more` });
          expect(text.length).toBeLessThanOrEqual(chars);
        },
      ),
    );
  });
});
