import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import type { Platform } from '../../../ports/platform';
import { type GenesysApi, id } from './api';
import { changeVersioned } from './versioned';

const emergencyGroup = z.looseObject({ id: z.string(), name: z.string(), version: z.number(), enabled: z.boolean() });

/**
 * GET and PUT /api/v2/architect/emergencygroups/{id}, whole and versioned. While `enabled`, the call routes that the
 * group lists run their emergency flow in place of their own.
 */
export function genesysEmergencyGroups(
  api: GenesysApi,
  clock: Clock,
): Required<Pick<Platform, 'emergencyGroup' | 'setEmergencyGroup'>> {
  const pathOf = (group: string) => `/api/v2/architect/emergencygroups/${id(group)}`;
  return {
    async emergencyGroup(group) {
      const { id: groupId, name, enabled } = await api.get(pathOf(group), emergencyGroup);
      return { id: groupId, name, enabled };
    },
    async setEmergencyGroup(group, enabled) {
      return changeVersioned(api, clock, pathOf(group), emergencyGroup, (current) =>
        current.enabled === enabled ? null : { ...current, enabled },
      );
    },
  };
}
