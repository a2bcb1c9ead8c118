import { activateInbound } from './activate-inbound';
import { activateOutbound } from './activate-outbound';
import { assignLicences } from './assign-licences';
import { checkReadiness } from './check-readiness';
import { confirmPropagation } from './confirm-propagation';
import { drainLegacy } from './drain-legacy';
import { enableFailover } from './enable-failover';
import { type Evaluate, makeHttpStep } from './http';
import { lowerTtl } from './lower-ttl';
import { observeCalls } from './observe-calls';
import { preflight } from './preflight';
import { provisionStandby } from './provision-standby';
import { restoreTtl } from './restore-ttl';
import { retireLegacy } from './retire-legacy';
import { shadowRouting } from './shadow-routing';
import { shiftQueues } from './shift-queues';
import type { StepWorks } from './step-work';
import { switchDns } from './switch-dns';

/** Every kind of step with its work. `evaluate` reads the rollback trigger of a literal wave document. */
export function stepWorks({ evaluate }: { readonly evaluate: Evaluate }): StepWorks {
  return {
    preflight,
    'lower-ttl': lowerTtl,
    'assign-licences': assignLicences,
    'provision-standby': provisionStandby,
    'shadow-routing': shadowRouting,
    'check-readiness': checkReadiness,
    'switch-dns': switchDns,
    'confirm-propagation': confirmPropagation,
    'drain-legacy': drainLegacy,
    'activate-inbound': activateInbound,
    'activate-outbound': activateOutbound,
    'enable-failover': enableFailover,
    'shift-queues': shiftQueues,
    'observe-calls': observeCalls,
    'retire-legacy': retireLegacy,
    'restore-ttl': restoreTtl,
    http: makeHttpStep(evaluate),
  };
}
