/**
 * The lab: real servers from Debian packages on 127.0.0.1, for facts that a fake cannot give. Nothing is installed (see
 * debian-packages.ts), nothing goes out to the network, and nothing is left running, also not after kill -9.
 *
 *     const lab = await startDnsLab({ zone: 'sitea.example.com', records: [{ name, type: 'SRV', ttl: 4, values }] });
 *     await lab.setRecord({ name, type: 'SRV', ttl: 4, values: [...] });   // by the API of PowerDNS; no values: deleted
 *     await lab.secondary.lag();                                           // ns2 keeps answering the old data, with AA
 *     await lab.secondary.catchUp(); await lab.inStep();
 *     const answer = await lookAt(lab.resolvers.honest.address, name, 'SRV');
 *     await lab.stop();                                                    // may be called twice
 *
 * Every server has an `address` (127.0.0.1 and a port of its own, UDP and TCP). `lab.nameServers` are ns1 (PowerDNS) and ns2
 * (the BIND secondary); `lab.powerDns.apiUrl` and `.apiKey` are what POWERDNS_URL and POWERDNS_API_KEY want; `lab.updates` is a
 * BIND primary with a zone that takes updates signed by `lab.updates.key` (RFC 2136, TSIG) and that no resolver asks for.
 * `lab.resolvers`: `honest`; `floor` keeps everything for `floorSeconds` at least; `stale` answers once with what has expired
 * (extended error 3) and looks for the new meanwhile; `pool` is one address before two caches that take turns.
 * Each can be emptied (`flush`), and its caches asked one by one (`caches`). With `timeScale: 100` a hundred seconds of a TTL pass
 * for them in one real second: for waves whose clock runs that fast (test/integration/real-wave.ts).
 *
 *     const sip = await startSipLab({ registersPerSecond: 10, retryAfterSeconds: 2, targetHosts: ['new.example'] });
 *     await sip.target.setStandby(true);                                   // 503 with Retry-After to everything
 *     const phones = await sip.register({ gateway: sip.target.address, transport: 'udp', endpoints: ['ep1', 'ep2'],
 *       ratePerSecond: 3, limitMs: 10_000 });                              // phones.get('ep1'): registered when, refused how often
 *     const { accepted, refused, endpoints } = await sip.target.counts();
 *     await sip.stop();
 *
 * `sip.legacy` and `sip.target` have an `address` (UDP and TCP) and a `tls` address, with certificates by the authority `sip.ca`
 * (PEM, as SIP_TLS_CA wants it in a file). The registration limit counts REGISTERs in a second of the clock, refused ones too;
 * `registersBySecond` shows what came in. `register` runs one cohort; phones come again after Retry-After, or after
 * `retrySeconds` without one, both shortened by `waitScale`.
 *
 * Servers live in real time: choose TTLs of a few seconds. BIND counts whole seconds, unbound too: allow one more.
 */
export { type DnsLab, type DnsLabOptions, type ResolverKind, startDnsLab } from './dns-lab';
export { lookAt } from './dns-look';
export type { RegistrationCounts, SipGateway } from './kamailio';
export { type SipLab, type SipLabOptions, startSipLab } from './sip-lab';
export type { EndpointResult, Registration } from './sipp';
export { until } from './until';
export type { ZoneRecord } from './zone';
