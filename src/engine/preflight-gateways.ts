import { wayIn } from '../core/carrier-order';
import { type GatewayAnswer, readGatewayAnswer } from '../core/gateway-answer';
import { lineId } from '../core/preflight';
import type { Gateway } from '../core/site';
import type { CarrierTarget } from '../ports/carrier';
import type { SipOutcome } from '../ports/sip-probe';
import { type Answer, type Asking, answer, type Look, type Question, question } from './preflight-question';

const SIDES = ['target', 'legacy'] as const;
type Side = (typeof SIDES)[number];

/** Both gateways, from here and from every probe of the site. Where there are probes, what our own network sees only warns. */
export function gatewaysLook(asking: Asking): Look {
  const probes = asking.site.probes ?? [];
  return {
    system: 'Gateways',
    reach: null,
    questions: SIDES.flatMap((side) => [
      gatewayQuestion(asking, side, null, probes.length > 0),
      ...probes.map((probe) => gatewayQuestion(asking, side, probe, false)),
    ]),
  };
}

function gatewayQuestion({ world, site }: Asking, side: Side, probe: string | null, onlyWarns: boolean): Question {
  const gateway = site.gateways[side];
  const id = probe === null ? lineId('gateway', side) : lineId('probe', probe, side);
  const place = probe === null ? '' : ` from ${probe}`;
  const what = `${side === 'target' ? 'new' : 'legacy'} gateway ${gateway.host}${place}`;
  const ask = async (): Promise<readonly Answer[]> => {
    const outcome = await (probe === null ? world.sip.options(gateway) : world.sip.options(gateway, probe));
    const { found, good, mend } = judged(outcome, gateway);
    return [answer(id, what, { found, wanted: 'answers OPTIONS', good }, { state: onlyWarns ? 'amber' : 'red', mend })];
  };
  return question(id, what, 'answers OPTIONS', ask, onlyWarns ? { unread: 'unknown' } : {});
}

const MENDS: Readonly<Record<Exclude<GatewayAnswer, 'ready'>, string>> = {
  policy: 'Where this is its way with strangers, put the code into "expect" of the site file; else let us in.',
  other: 'Look at the gateway: the answer fits no use of OPTIONS.',
  refusing: 'It takes no calls now: wait, or see to its load.',
  broken: 'It failed over the question: see to the gateway.',
};

function judged(
  outcome: SipOutcome,
  gateway: Gateway,
): { readonly found: string; readonly good: boolean; readonly mend: string } {
  if (outcome.kind !== 'answered') {
    const mend = `See to ${gateway.host}:${gateway.port} (${gateway.transport}): address, firewall, certificate.`;
    return { found: `${outcome.kind}: ${outcome.detail}`, good: false, mend };
  }
  const meaning = readGatewayAnswer(outcome.status, gateway.expect);
  const found = `OPTIONS ${outcome.status} ${outcome.reason}`.trim();
  return { found, good: meaning === 'ready', mend: meaning === 'ready' ? '' : MENDS[meaning] };
}

/** A carrier with a lever of its own, where the site names one. */
export function carrierLook({ world, site }: Asking): readonly Look[] {
  const { carrier } = site;
  if (!carrier) return [];
  const what = `destinations of trunk ${carrier.trunk}`;
  const wanted = 'both are there, legacy is tried first';
  return [
    {
      system: 'Carrier',
      reach: question(
        'carrier-targets',
        what,
        wanted,
        async () => {
          const targets = (await world.carrier?.targets(carrier.trunk)) ?? [];
          const legacy = targets.find(({ id }) => id === carrier.legacy);
          const target = targets.find(({ id }) => id === carrier.target);
          const found = `legacy ${stateOf(legacy)}, new ${stateOf(target)}`;
          const good = legacy !== undefined && target !== undefined && wayIn({ legacy, target }) === 'legacy';
          const mend = 'Set the destinations up at the carrier, or correct their ids in the site file.';
          return [answer('carrier-targets', what, { found, wanted, good }, { mend, waivable: false })];
        },
        { waivable: false },
      ),
      questions: [],
    },
  ];
}

const stateOf = (target: CarrierTarget | undefined): string =>
  target === undefined ? 'missing' : `${target.enabled ? 'enabled' : 'disabled'} at priority ${target.priority}`;
