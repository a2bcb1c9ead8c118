import type { PlannedStep } from '../src/core/plan';
import type { StepKind } from '../src/core/step-kinds';
import { escaped } from './escape';

interface GateWords {
  /** What the approval sets going, in the words of the trade. */
  readonly after: string;
  /** How the step itself is taken back. */
  readonly back: string;
  /** What going back costs once the step has run. */
  readonly cost: string;
}

/** Records of these types name one target, so none of them can fall back on legacy. */
const WITHOUT_SECOND = /\s(?:CNAME|A|AAAA)$/;

/** What a gate says about its step; nothing is claimed of records that it does not hold for. */
export function gateWords(planned: PlannedStep): GateWords {
  const words = GATE_WORDS[planned.kind];
  const alone = recordsAlone(planned);
  if (alone.length === 0) return words;
  const withSecond = resources(planned).length > alone.length;
  return {
    ...words,
    after: withSecond
      ? 'The SRV records name the new gateway first, legacy second: who uses them goes on reaching legacy until the trunks change.'
      : 'The records name the new gateway.',
    cost: `The old answer needs up to one TTL to reach everybody${withSecond ? '; who uses an SRV record loses no call meanwhile' : ''}.`,
  };
}

/** What an approver has to know before anything else. */
export const gateWarnings = (planned: PlannedStep): readonly string[] =>
  recordsAlone(planned).map(
    (record) =>
      `*${escaped(record, 120)} has no second target:* whoever uses it reaches the new gateway as soon as their cache turns over, before its trunk is on.`,
  );

const recordsAlone = (planned: PlannedStep): readonly string[] =>
  planned.kind === 'switch-dns' ? resources(planned).filter((resource) => WITHOUT_SECOND.test(resource)) : [];

const resources = ({ changes }: PlannedStep): readonly string[] => [
  ...new Set(changes.filter(({ system }) => system === 'dns').map(({ resource }) => resource)),
];

/** What a gate says about the step that it guards. */
const GATE_WORDS: Readonly<Record<StepKind, GateWords>> = {
  preflight: {
    after: 'Every system is read and what is missing is listed. Nothing is written.',
    back: 'Nothing to undo.',
    cost: 'Nothing.',
  },
  'lower-ttl': {
    after: 'The TTL of every record of the site is lowered and read back at every name server.',
    back: 'The captured TTLs are written back.',
    cost: 'Nothing: callers do not notice.',
  },
  'assign-licences': {
    after: 'Licences are requested for every agent who has none, and polled until they are there.',
    back: 'The licences that this wave added are removed.',
    cost: 'Nothing for callers; removed licences take a while to come again.',
  },
  'provision-standby': {
    after: 'Trunks, routes and queues of the new side are compared with legacy. Nothing is written.',
    back: 'Nothing to undo.',
    cost: 'Nothing.',
  },
  'shadow-routing': {
    after: 'A share of the calls is copied to the new side; the caller’s own call stays where it is.',
    back: 'The shadow share goes back to what it was.',
    cost: 'Nothing: callers do not notice.',
  },
  'check-readiness': {
    after: 'Mappings, staffing, CRM and the new gateway are checked. Nothing is written.',
    back: 'Nothing to undo.',
    cost: 'Nothing.',
  },
  'switch-dns': {
    after:
      'The records name the new gateway first, legacy second. Callers go on reaching legacy until the trunks change.',
    back: 'The captured record sets are written back and confirmed at every resolver.',
    cost: 'The old answer needs up to one TTL to reach everybody; no call is lost meanwhile.',
  },
  'confirm-propagation': {
    after: 'Name servers and resolvers are asked until all agree. Nothing is written.',
    back: 'Nothing to undo.',
    cost: 'Nothing.',
  },
  'drain-legacy': {
    after: 'Legacy finishes its live calls and takes no new ones; the new inbound trunk follows at once.',
    back: 'Legacy is re-armed in one call.',
    cost: 'Callers may need a second attempt for the seconds between.',
  },
  'activate-inbound': {
    after: 'Inbound trunks go on one at a time; phones register cohort by cohort, slower when the gateway answers 503.',
    back: 'Legacy is re-armed first, then the new inbound trunks go off.',
    cost: 'Live calls on the new side finish there; phones register with legacy again.',
  },
  'activate-outbound': {
    after: 'Agents call out over the new side.',
    back: 'The outbound routes go back to what they were.',
    cost: 'Outbound calls use legacy again; live ones finish.',
  },
  'enable-failover': {
    after: 'The failover trunk goes on.',
    back: 'The failover trunk goes back to what it was.',
    cost: 'Nothing for callers.',
  },
  'shift-queues': {
    after: 'All queues and 100 percent of the callers move to the new side.',
    back: 'Members and allocation go back first, before any trunk is touched.',
    cost: 'Callers in new queues finish there; new callers are on legacy within seconds of its re-arming.',
  },
  'observe-calls': {
    after: 'Call completion and CRM records are watched without a break. Too many failures roll back at once.',
    back: 'Nothing to undo.',
    cost: 'Nothing.',
  },
  'retire-legacy': {
    after: 'Legacy trunks and queues drain to zero and are switched off. *This is the last cheap return.*',
    back: 'Legacy trunks and queues are switched on again as captured.',
    cost: 'A return after this is a second cutover: legacy has to be armed before callers can move.',
  },
  'restore-ttl': {
    after: 'The TTLs go back up to their usual values.',
    back: 'The TTLs are lowered again.',
    cost: 'A later return would take up to the long TTL to reach everybody.',
  },
  http: {
    after: 'The call below is sent and its validation is checked.',
    back: 'The inverse call is sent, or the captured answer is written back.',
    cost: 'As the wave document says.',
  },
};
