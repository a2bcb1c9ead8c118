import type { PlatformKind, Site } from './site';
import type { StepKind } from './step-kinds';

/** What a platform has no lever for, and what people call its inbound switch. The adapters' capabilities say the same. */
interface Levers {
  readonly inboundSwitch: 'trunk' | 'point of contact';
  readonly showsTrunks: boolean;
  readonly restartsPhones: boolean;
  readonly assignsLicences: boolean;
  readonly showsSchedules: boolean;
}

export const LEVERS: Readonly<Record<PlatformKind, Levers>> = {
  'genesys-cloud': {
    inboundSwitch: 'trunk',
    showsTrunks: true,
    restartsPhones: true,
    assignsLicences: true,
    showsSchedules: true,
  },
  'nice-cxone': {
    inboundSwitch: 'point of contact',
    showsTrunks: false,
    restartsPhones: false,
    assignsLicences: false,
    showsSchedules: false,
  },
};

const NAMES: Readonly<Record<PlatformKind, string>> = { 'genesys-cloud': 'Genesys Cloud', 'nice-cxone': 'NICE CXone' };

/** One sentence for each lever that the site's platform lacks: what stands in its place. */
export function missingLevers(site: Site): readonly string[] {
  const levers = LEVERS[site.platform.kind];
  const name = NAMES[site.platform.kind];
  return [
    ...(levers.showsTrunks ? [] : [`${name} shows and switches no SIP trunks: ${insteadOfTrunks(site)}`]),
    ...(levers.restartsPhones
      ? []
      : [
          `${name} makes no phones register: the agents log in by themselves, cohort by cohort as the thread names them, and nobody is logged out`,
        ]),
    ...(levers.assignsLicences
      ? []
      : [
          `${name} gives no licences by API: "assign-licences" checks users, products and room, and holds where they lack`,
        ]),
    ...(levers.showsSchedules
      ? []
      : [`${name} shows the bot no schedules: see yourselves that enough agents are at work`]),
  ];
}

/** Steps that get a gate because people have to look where the bot cannot. */
export function gatedForALook(site: Site, kind: StepKind): boolean {
  return kind === 'drain-legacy' && !LEVERS[site.platform.kind].showsTrunks && !site.carrier;
}

function insteadOfTrunks(site: Site): string {
  const { host, port } = site.gateways.target;
  if (site.carrier)
    return `its points of contact are switched, and the carrier (${site.carrier.kind}) spreads the calls: its trunk ${site.carrier.trunk} stands in, and is switched with them`;
  return `its points of contact are switched; whether the carrier's trunk to ${host}:${port} is ready is looked at by people, at the gate of "drain-legacy"`;
}
