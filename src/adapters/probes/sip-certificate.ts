import type { CertificateFault } from '../../ports/sip-probe';

interface Finding {
  readonly wrong: CertificateFault;
  readonly detail: string;
}

const NAME = /^(ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH)/;
const ISSUER =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF)|CERT_UNTRUSTED|INVALID_CA|CERT_CHAIN_TOO_LONG)/;
const ANY = /^(ERR_TLS_CERT|UNABLE_TO_|CERT_|ERROR_IN_CERT)/;
/** What the other side says in a TLS alert when our certificate is missing or not taken (RFC 8446 section 6.2). */
const OURS = /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|ACCESS_DENIED)/;

/** What a failed TLS handshake says about certificates; null when it failed for another reason. */
export function certificateFault(error: NodeJS.ErrnoException): Finding | null {
  const code = error.code ?? '';
  const told = (wrong: CertificateFault, text: string): Finding => ({ wrong, detail: `${text} (${code})` });
  if (NAME.test(code)) return told('name', `its certificate bears another name${namesOf(error)}`);
  if (ISSUER.test(code)) return told('issuer', 'its certificate is not signed by an authority that is trusted here');
  if (code === 'CERT_HAS_EXPIRED') return told('expired', 'its certificate has expired');
  if (code === 'CERT_NOT_YET_VALID') return told('not-yet-valid', 'its certificate is not valid yet');
  if (OURS.test(code)) return told('ours', 'it asks for a certificate of ours, and there is none that it takes');
  return ANY.test(code) ? told('other', 'its certificate is not trusted') : null;
}

/** The names that the certificate does bear, as far as they look like names. */
function namesOf(error: NodeJS.ErrnoException): string {
  const cert: unknown = 'cert' in error ? error.cert : null;
  const written = typeof cert === 'object' && cert !== null && 'subjectaltname' in cert ? cert.subjectaltname : '';
  if (typeof written !== 'string') return '';
  const names = written.split(', ').flatMap((each) => /^(?:DNS|IP Address):([\w.:*-]{1,100})$/.exec(each)?.[1] ?? []);
  return names.length === 0 ? '' : `: ${names.slice(0, 3).join(', ')}`;
}
