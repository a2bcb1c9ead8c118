import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { Platform } from '../../../ports/platform';
import type { InTurn } from '../in-turn';
import { type CxoneApi, id } from './api';
import { SYSTEM } from './fitted';
import { refuseOtherChanges, untilNoConflict } from './read-change-write';
import { type Skill, skillOf } from './skills';

/** What an outbound call shows and which way it takes. */
const LEADING = ['skillName', 'callerIdOverride', 'outboundTelecomRouteId'] as const;

type RouteMethods = Pick<Platform, 'outboundRoute' | 'setOutboundRoute'>;

/**
 * The site's outbound route is an outbound skill, on while it is active: GET and PUT /skills/{id} `{skill: {isActive}}`.
 * Only the one field is sent, and the rest is compared afterwards. Older versions of the API take `isActive` and keep the
 * skill as it is; a skill that runs (a dialler's) refuses with 409.
 */
export function cxoneOutboundSkills(api: CxoneApi, clock: Clock, inTurn: InTurn, version: string): RouteMethods {
  async function read(route: string): Promise<Skill> {
    const found = await skillOf(api, route);
    if (found.isOutbound === false) throw notOutbound(found);
    return found;
  }

  return {
    async outboundRoute(_team, route) {
      const { skillId, skillName, isActive } = await read(route);
      return { id: skillId, name: skillName, enabled: isActive };
    },

    setOutboundRoute(_team, route, enabled) {
      const path = `/skills/${id(route)}`;
      return inTurn(path, () =>
        untilNoConflict(clock, `the skill ${route}`, async () => {
          const before = await read(route);
          if (before.isActive === enabled) return false;
          await api.request('PUT', path, { body: { skill: { isActive: enabled } } });
          const after = await read(route);
          refuseOtherChanges(`the skill "${before.skillName}"`, before, after, LEADING);
          if (after.isActive !== enabled) throw notSwitched(after, version);
          return true;
        }),
      );
    },
  };
}

function notOutbound({ skillId, skillName }: Skill): Fault {
  const message = `The skill ${skillId} "${skillName}" is no outbound skill in ${SYSTEM}: name the outbound one in the site file.`;
  return new Fault(message, { system: SYSTEM, transient: false });
}

function notSwitched({ skillName, isActive }: Skill, version: string): Fault {
  const message = `${SYSTEM} took the change of the skill "${skillName}" and still shows it ${isActive ? 'on' : 'off'}: version ${version} of its API may not switch skills. Set CXONE_API_VERSION to a newer one, or switch it by hand and resume.`;
  return new Fault(message, { system: SYSTEM, transient: false });
}
