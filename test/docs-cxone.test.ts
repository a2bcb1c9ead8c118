/** The guide names what the CXone adapter asks, and asks for nothing that the adapter does not do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { houseFile } from './fixtures/house';

const FOLDER = join(__dirname, '..', 'src', 'adapters', 'platforms', 'cxone');
const sources = readdirSync(FOLDER).map((name) => readFileSync(join(FOLDER, name), 'utf8'));
const guide = /## NICE CXone\n([\s\S]*?)\n## /.exec(houseFile('docs/connect-platforms.md'))?.[1] ?? '';
const shape = (path: string): string => path.replace(/\$\{id\([^)]*\)\}|\{[a-zA-Z]+\}/g, '{}');

/** Paths in the code, each `${id(...)}` as `{}`; the login's and the discovery's are in words. */
const asked = new Set(
  sources
    .flatMap((text) => [
      ...text.matchAll(
        /[`'](\/(?:[a-z][a-z0-9-]*|\$\{id\([a-zA-Z]+\)\})(?:\/(?:[a-z0-9-]+|\$\{id\([a-zA-Z]+\)\}))*)[`']/g,
      ),
    ])
    .map(([, path]) => shape(path ?? ''))
    .filter((path) => !path.startsWith('/authentication')),
);
const named = new Set(
  [...guide.matchAll(/`(?:GET |PUT |POST )?(\/[a-z][a-z0-9/{}-]*)`/g)].map(([, path]) => shape(path ?? '')),
);

test('every path that the adapter asks is named in the guide', () => {
  expect(asked.size).toBeGreaterThan(10);
  expect([...asked].filter((path) => !named.has(path))).toEqual([]);
});

test('every path in the guide is one that the adapter asks', () => {
  expect([...named].filter((path) => !asked.has(path) && path !== '/inContactAPI')).toEqual([]);
});
