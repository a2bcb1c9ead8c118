/** A certificate authority for one test file, made by openssl in a folder of its own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certified {
  readonly key: string;
  readonly cert: string;
}

export interface PrivateCa {
  readonly folder: string;
  /** PEM. */
  readonly ca: string;
  /** `names` as openssl writes them: `DNS:gw.example.net`, `IP:127.0.0.1`. A negative number of days has passed already. */
  certify(names: readonly string[], days?: number): Certified;
  /** Nobody's word but its own. */
  selfSigned(names: readonly string[]): Certified;
  remove(): void;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function privateCa(): PrivateCa {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-test-ca-'));
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const read = (name: string): Certified => ({
    key: readFileSync(at(`${name}.key`), 'utf8'),
    cert: readFileSync(at(`${name}.pem`), 'utf8'),
  });
  let made = 0;
  const own = (name: string, subject: readonly string[]) =>
    openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-days',
      '2',
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.pem`),
      ...subject,
    );
  own('ca', ['-subj', '/CN=Test authority', '-addext', 'basicConstraints=critical,CA:TRUE']);
  return {
    folder,
    ca: read('ca').cert,
    certify(names, days = 2) {
      made += 1;
      const name = `leaf-${made}`;
      writeFileSync(at(`${name}.ext`), `subjectAltName=${names.join(',')}\n`);
      openssl(
        'req',
        '-new',
        ...NEW_KEY,
        '-keyout',
        at(`${name}.key`),
        '-out',
        at(`${name}.csr`),
        '-subj',
        `/CN=${name}`,
      );
      const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-set_serial', String(made), '-days', String(days)];
      openssl(
        'x509',
        '-req',
        '-in',
        at(`${name}.csr`),
        ...by,
        '-extfile',
        at(`${name}.ext`),
        '-out',
        at(`${name}.pem`),
      );
      return read(name);
    },
    selfSigned(names) {
      made += 1;
      own(`own-${made}`, ['-subj', '/CN=own', '-addext', `subjectAltName=${names.join(',')}`]);
      return read(`own-${made}`);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
