/** Phones: each registers at a gateway once (a call of sipp each), and again after the pause that a 503 asks for. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import type { UnpackedPackages } from './debian-packages';
import { freePorts } from './free-ports';
import type { ServerRoom } from './server-room';

export const SIPP_PACKAGES = ['sip-tester', 'ncurses-base'];

export interface Registration {
  readonly gateway: ServerAddress;
  readonly transport: 'udp' | 'tcp';
  /** Names, each once. They start in this order. */
  readonly endpoints: readonly string[];
  /** New endpoints in a real second; those that come again after a 503 are not counted. */
  readonly ratePerSecond: number;
  /** A phone waits this part of what Retry-After asks for. Default 1. */
  readonly waitScale?: number;
  /** Seconds to wait after a 503 without Retry-After. Default 30. */
  readonly retrySeconds?: number;
  /** Lifetime of the registration in seconds; 0 takes it back. Default 3600. */
  readonly expires?: number;
  /** Real time after which whoever is still refused counts as not registered. */
  readonly limitMs: number;
}

export interface EndpointResult {
  /** Epoch ms; null when it was not. */
  readonly registeredAt: number | null;
  /** 503s before that. */
  readonly refused: number;
}

const SILENT_MS = 5_000;

/** By endpoint, in the order given. */
export async function registerEndpoints(
  room: ServerRoom,
  packages: UnpackedPackages,
  wanted: Registration,
): Promise<ReadonlyMap<string, EndpointResult>> {
  const folder = await mkdtemp(join(room.folder, 'phones-'));
  const [scenario, phones, log] = [join(folder, 'register.xml'), join(folder, 'phones.csv'), join(folder, 'log')];
  await writeFile(scenario, register(wanted, Date.now() + wanted.limitMs));
  await writeFile(phones, `SEQUENTIAL\n${wanted.endpoints.map((name) => `${name};\n`).join('')}`);
  const [port = 0, control = 0] = await freePorts(2);
  const count = String(wanted.endpoints.length);
  const options: Readonly<Record<string, string>> = {
    '-sf': scenario,
    '-inf': phones,
    '-i': '127.0.0.1',
    '-p': String(port),
    '-cp': String(control),
    '-t': wanted.transport === 'udp' ? 'u1' : 't1',
    '-r': String(wanted.ratePerSecond),
    '-m': count,
    // All of them at once: those that wait must not keep others from starting.
    '-l': count,
    '-log_file': log,
  };
  const sipp = await room.launch({
    name: 'sipp',
    program: packages.program('sipp'),
    args: [
      ...Object.entries(options).flat(),
      '-trace_logs',
      '-nostdin',
      `${wanted.gateway.address}:${wanted.gateway.port}`,
    ],
    env: { ...packages.env, TERM: 'xterm' },
  });
  // Phones give up by themselves; only a gateway that says nothing at all keeps one longer.
  const hard = setTimeout(() => void sipp.stop(), wanted.limitMs + SILENT_MS);
  const code = await sipp.ended;
  clearTimeout(hard);
  const told = await readFile(log, 'utf8').catch(() => null);
  if (told === null) throw new Error(`sipp ended with ${code} and left no log. It said:\n${sipp.output()}`);
  return resultsOf(wanted.endpoints, told);
}

function resultsOf(endpoints: readonly string[], log: string): ReadonlyMap<string, EndpointResult> {
  const results = new Map<string, EndpointResult>(endpoints.map((name) => [name, { registeredAt: null, refused: 0 }]));
  for (const [, event, name = '', seconds, micros] of log.matchAll(
    /^(refused|registered);([^;]*);([\d.]+);([\d.]+)$/gm,
  )) {
    const refused = results.get(name)?.refused ?? 0;
    const at = Math.round(Number(seconds) * 1000 + Number(micros) / 1000);
    results.set(
      name,
      event === 'registered' ? { registeredAt: at, refused } : { registeredAt: null, refused: refused + 1 },
    );
  }
  return results;
}

/** The order matters: sipp reads a scenario from top to bottom, and `next` jumps to a label. */
function register({ waitScale = 1, retrySeconds = 30, expires = 3600 }: Registration, until: number): string {
  const perSecond = 1000 * waitScale;
  // A phone that comes back has another port: taking back what it registered before means all of it.
  const contact = expires === 0 ? '*' : '<sip:[field0]@[local_ip]:[local_port];transport=[transport]>';
  const log = (event: string): string =>
    `<gettimeofday assign_to="sec,usec"/><log message="${event};[field0];[$sec];[$usec]"/>`;
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register">
  <label id="1"/>
  <send retrans="500"><![CDATA[

    REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    Max-Forwards: 70
    From: <sip:[field0]@lab.invalid>;tag=[pid]x[call_number]
    To: <sip:[field0]@lab.invalid>
    Call-ID: [call_id]
    CSeq: [cseq] REGISTER
    Contact: ${contact}
    Expires: ${expires}
    Content-Length: 0

  ]]></send>
  <recv response="503" optional="true" next="2">
    <action>
      <ereg regexp="[0-9]+" search_in="hdr" header="Retry-After:" assign_to="asked"/>
      ${log('refused')}
    </action>
  </recv>
  <recv response="200" next="5" timeout="${SILENT_MS}" ontimeout="5"><action>${log('registered')}</action></recv>
  <label id="2"/>
  <nop next="3" test="asked"/>
  <nop next="4"><action><assign assign_to="wait" value="${retrySeconds * perSecond}"/></action></nop>
  <label id="3"/>
  <nop><action><todouble assign_to="wait" variable="asked"/><multiply assign_to="wait" value="${perSecond}"/></action></nop>
  <label id="4"/>
  <nop><action>
    <gettimeofday assign_to="due,rest"/>
    <multiply assign_to="due" value="1000"/><add assign_to="due" variable="wait"/><divide assign_to="rest" value="1000"/><add assign_to="due" variable="rest"/>
    <test assign_to="late" variable="due" compare="greater_than" value="${until}"/>
  </action></nop>
  <nop next="5" test="late"/>
  <pause variable="wait"/>
  <nop next="1"/>
  <label id="5"/>
</scenario>
`;
}
