/**
 * What the product runs with, looked at offline from the lockfile: whole, from the registry, without scripts of its own, under
 * licences that were read, and none that is known to be bad. Who publishes an advisory tomorrow is not heard of here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { houseFile } from './fixtures/house';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const { packages } = JSON.parse(houseFile('package-lock.json')) as { packages: Readonly<Record<string, Locked>> };
const every = Object.entries(packages).filter(([path]) => path !== '');
const shipped = every.filter(([, { dev }]) => !dev);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Builds a faster reader of messages where it can; `npm ci --ignore-scripts` leaves that out, and all works without it. */
const SCRIPTS = ['msgpackr-extract'];
const LICENCES = ['MIT', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'];

it('all that is shipped is locked by its digest', () => {
  expect(shipped.length).toBeGreaterThan(100);
  expect(shipped.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''))).toEqual([]);
});

it('nothing comes from a repository, an address or a folder', () => {
  const declared = every.flatMap(([path, { dependencies = {} }]) =>
    Object.entries(dependencies).map(([name, range]) => `${nameOf(path)} ${name} ${range}`),
  );
  expect(declared.length).toBeGreaterThan(100);
  expect(
    declared.filter((line) => /(git|https?|file|link|ssh):|github/i.test(line.split(' ').slice(2).join(' '))),
  ).toEqual([]);
  expect(every.filter(([, { resolved, link }]) => link || (resolved && !/^https:/.test(resolved)))).toEqual([]);
});

it('what is asked for directly is one version each, not a range', () => {
  const { dependencies } = JSON.parse(houseFile('package.json')) as { dependencies: Record<string, string> };
  expect(Object.entries(dependencies).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

it('nothing that is shipped runs a script when it is installed, but what was looked at', () => {
  const running = shipped.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
  expect(running).toEqual(SCRIPTS);
});

it('all that is shipped stands under a licence that was read', () => {
  const others = shipped.flatMap(([path, { optional }]) => {
    const file = join(__dirname, '..', path, 'package.json');
    // Parts for other machines are not installed on this one; they come out of the same repository as the part that is.
    if (!existsSync(file)) return optional ? [] : [`${nameOf(path)}: not installed`];
    const { license } = JSON.parse(readFileSync(file, 'utf8')) as { license?: unknown };
    return LICENCES.includes(String(license)) ? [] : [`${nameOf(path)}: ${JSON.stringify(license)}`];
  });
  expect(others).toEqual([]);
});

it('no version that is known to be bad is locked, for the product or for its development', () => {
  const { versions: bad } = JSON.parse(houseFile('docs/known-bad-versions.json')) as {
    versions: readonly { readonly name: string; readonly versions: readonly string[]; readonly why: string }[];
  };
  expect(bad.every(({ name, versions, why }) => name && versions.length > 0 && why)).toBe(true);
  const isBad = (path: string, version = ''): boolean =>
    bad.some(({ name, versions }) => name === nameOf(path) && versions.includes(version));
  expect(isBad('node_modules/x/node_modules/event-stream', '3.3.6')).toBe(true);
  expect(every.filter(([path, { version }]) => isBad(path, version)).map(([path]) => path)).toEqual([]);
});
