import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { edited } from '../chaos/build';
import { PLANTS } from '../chaos/plants';

describe('a planted bug', () => {
  it.each(PLANTS.map((plant) => [plant.name, plant] as const))('fits the product as it is: %s', (_name, { edits }) => {
    for (const edit of edits) {
      const source = readFileSync(join(__dirname, '..', edit.file), 'utf8');
      expect(edited(source, edit)).not.toBe(source);
    }
  });

  it.each([
    ['is not there', 'one two'],
    ['is there twice', 'here and here'],
  ])('is refused where its text %s', (_what, source) =>
    expect(() => edited(source, { file: 'a.ts', find: 'here', replace: 'there' })).toThrow(/one is needed/),
  );

  it('takes the place of its text and of nothing else', () =>
    expect(edited('a $& here b', { file: 'a.ts', find: 'here', replace: "$' there" })).toBe("a $& $' there b"));
});
