/** The SIP half of the lab; see lab.ts for what it offers. */
import { unpackedPackages } from './debian-packages';
import { KAMAILIO_PACKAGES, type SipGateway, startKamailio } from './kamailio';
import { AUTHORITY_PACKAGES, makeAuthority } from './private-authority';
import { openServerRoom, type ServerProcess } from './server-room';
import { type EndpointResult, type Registration, registerEndpoints, SIPP_PACKAGES } from './sipp';

export interface SipLabOptions {
  /** Host names in the certificates. Default `sbc.lab.example` and `new.lab.example`. */
  readonly legacyHosts?: readonly string[];
  readonly targetHosts?: readonly string[];
  /** Of the new gateway. Null, the default: no limit. The legacy gateway has none. */
  readonly registersPerSecond?: number | null;
  /** In the 503s of the new gateway. Default 30. */
  readonly retryAfterSeconds?: number;
  /** Whether the new gateway starts on standby. Default false. */
  readonly standby?: boolean;
}

export interface SipLab {
  readonly legacy: SipGateway;
  readonly target: SipGateway;
  /** PEM of the authority that certified both. */
  readonly ca: string;
  /** Resolves once all are registered, or the limit has passed. Several may run at once. */
  register(wanted: Registration): Promise<ReadonlyMap<string, EndpointResult>>;
  readonly processes: () => readonly ServerProcess[];
  /** May be called twice. */
  stop(): Promise<void>;
}

const SIP_PACKAGES = [...KAMAILIO_PACKAGES, ...AUTHORITY_PACKAGES, ...SIPP_PACKAGES];

export async function startSipLab(options: SipLabOptions = {}): Promise<SipLab> {
  const packages = await unpackedPackages(SIP_PACKAGES);
  const room = await openServerRoom('sip');
  try {
    const authority = await makeAuthority(room, packages);
    const retryAfterSeconds = options.retryAfterSeconds ?? 30;
    const [legacyCertificate, targetCertificate] = await Promise.all([
      authority.certify('legacy', options.legacyHosts ?? ['sbc.lab.example']),
      authority.certify('target', options.targetHosts ?? ['new.lab.example']),
    ]);
    const [legacy, target] = await Promise.all([
      startKamailio(room, packages, {
        name: 'legacy-gateway',
        certificate: legacyCertificate,
        registersPerSecond: null,
        retryAfterSeconds,
        standby: false,
      }),
      startKamailio(room, packages, {
        name: 'new-gateway',
        certificate: targetCertificate,
        registersPerSecond: options.registersPerSecond ?? null,
        retryAfterSeconds,
        standby: options.standby ?? false,
      }),
    ]);
    return {
      legacy,
      target,
      ca: authority.ca,
      register: (wanted) => registerEndpoints(room, packages, wanted),
      processes: room.servers,
      stop: room.close,
    };
  } catch (cause) {
    await room.close();
    throw cause;
  }
}
