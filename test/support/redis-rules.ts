import { houseFile } from '../fixtures/house';

/** The rules of the users in docs/operating.md, word by word: what follows the user's name, with this password. */
export function redisRules(at: 'Redis' | 'Sentinel', password: string): readonly string[] {
  const blocks = [...houseFile('docs/operating.md').matchAll(/```acl\n([\s\S]*?)```/g)];
  const line = blocks[at === 'Redis' ? 0 : 1]?.[1] ?? '';
  const [user, name, ...words] = line.replaceAll('\\\n', ' ').trim().split(/\s+/);
  if (user !== 'user' || name !== 'cutover' || !words.includes('>PASSWORD'))
    throw new Error(`docs/operating.md has no user for ${at}`);
  return words.map((word) => (word === '>PASSWORD' ? `>${password}` : word));
}
