/** Every line of the threat model names a test that there is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { houseFile } from './fixtures/house';

const rows = [
  ...houseFile('docs/security.md').matchAll(/^\| (.+) \| (.+) \| `(test\/(?:integration\/)?[\w.-]+\.ts)`: (.+) \|$/gm),
].map(([, threat = '', stop = '', file = '', name = '']) => ({ threat, stop, file, name }));
const lines = houseFile('docs/security.md')
  .split('\n')
  .filter((line) => line.startsWith('|'));

it('has a test for every line', () => {
  // The head and the rule below it are no threats.
  expect(lines).toHaveLength(rows.length + 2);
  expect(rows.length).toBeGreaterThan(25);
});

it.each(rows)('$threat: the test is there', ({ file, name }) => {
  expect(existsSync(join(__dirname, '..', file))).toBe(true);
  const source = houseFile(file);
  // A name is followed by the work: what stands in a comment or an assertion is none.
  const names = [...source.matchAll(/\(\s*(['"`])((?:(?!\1)[^\n])+)\1,\s*(?:async\b|\()/g)].map(
    ([, , text]) => text ?? '',
  );
  expect(names.filter((each) => each.includes(name))).not.toEqual([]);
});
