/** A certificate authority that lives as long as the lab, and the gateways' certificates by it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnpackedPackages } from './debian-packages';
import type { ServerRoom } from './server-room';

export const AUTHORITY_PACKAGES = ['openssl'];

export interface GatewayCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface PrivateAuthority {
  /** PEM. */
  readonly ca: string;
  certify(name: string, hosts: readonly string[]): Promise<GatewayCertificate>;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const TWO_DAYS = ['-days', '2'];

export async function makeAuthority(room: ServerRoom, packages: UnpackedPackages): Promise<PrivateAuthority> {
  const at = (name: string): string => join(room.folder, name);
  const config = at('openssl.cnf');
  await writeFile(
    config,
    '[req]\ndistinguished_name = name\nx509_extensions = authority\n[name]\n[authority]\nbasicConstraints = critical, CA:true\nkeyUsage = keyCertSign\nsubjectKeyIdentifier = hash\n',
  );
  const openssl = (...args: readonly string[]): Promise<string> =>
    room.run(packages.program('openssl'), args, { ...packages.env, OPENSSL_CONF: config });
  const authority = ['-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=Cutover lab'];
  await openssl('req', '-x509', '-config', config, ...NEW_KEY, ...TWO_DAYS, ...authority);
  return {
    ca: await readFile(at('ca.pem'), 'utf8'),
    async certify(name, hosts) {
      const [request, keyFile, certificateFile, extensions] = [
        at(`${name}.csr`),
        at(`${name}.key`),
        at(`${name}.pem`),
        at(`${name}.ext`),
      ];
      await writeFile(extensions, `subjectAltName = ${hosts.map((host) => `DNS:${host}`).join(', ')}\n`);
      await openssl(
        'req',
        '-new',
        '-config',
        config,
        ...NEW_KEY,
        '-keyout',
        keyFile,
        '-out',
        request,
        '-subj',
        `/CN=${name}`,
      );
      const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-set_serial', String(Date.now())];
      await openssl(
        'x509',
        '-req',
        '-in',
        request,
        ...by,
        ...TWO_DAYS,
        '-extfile',
        extensions,
        '-out',
        certificateFile,
      );
      return { certificateFile, keyFile };
    },
  };
}
