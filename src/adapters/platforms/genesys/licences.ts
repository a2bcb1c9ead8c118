import { z } from 'zod';
import type { Platform } from '../../../ports/platform';
import { chunksOf, type GenesysApi } from './api';

/** The vendor's client calls the values "object": ids alone and `{id}` both occur in its licence answers. */
const licence = z.union([z.string(), z.looseObject({ id: z.string() })]);
const held = z.union([z.array(licence), z.looseObject({ licenses: z.array(licence).nullish() })]).nullable();
const licencesByUser = z.record(z.string(), held);

type LicenceMethods = Pick<Platform, 'licences' | 'assignLicences' | 'removeLicences'>;
type Change = 'assign' | 'remove';

/**
 * POST /api/v2/license/users is the batch READ (user ids in, licences out); POST /api/v2/license/organization assigns
 * and removes: `{assignments: [{licenseId, userIdsAdd, userIdsRemove}]}`. Its `result` is a free text and is not judged.
 */
export function genesysLicences(api: GenesysApi): LicenceMethods {
  async function licences(users: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const found = new Map<string, ReadonlySet<string>>();
    for (const some of chunksOf([...new Set(users)])) {
      const answer = await api.ask('/api/v2/license/users', some, licencesByUser);
      for (const user of some) found.set(user, new Set(idsOf(answer[user] ?? null)));
    }
    return found;
  }

  async function change(kind: Change, users: readonly string[], wanted: readonly string[]): Promise<boolean> {
    const now = await licences(users);
    let wrote = false;
    for (const licenseId of new Set(wanted)) {
      const differing = [...now].filter(([, ids]) => ids.has(licenseId) === (kind === 'remove')).map(([user]) => user);
      for (const some of chunksOf(differing)) {
        const userIds = { userIdsAdd: kind === 'assign' ? some : [], userIdsRemove: kind === 'remove' ? some : [] };
        // It sets a state: sent twice is sent once.
        const body = { assignments: [{ licenseId, ...userIds }] };
        await api.request('POST', '/api/v2/license/organization', { body, idempotent: true });
        wrote = true;
      }
    }
    return wrote;
  }

  return {
    licences,
    assignLicences: (users, wanted) => change('assign', users, wanted),
    removeLicences: (users, wanted) => change('remove', users, wanted),
  };
}

function idsOf(value: z.infer<typeof held>): readonly string[] {
  const list = Array.isArray(value) ? value : (value?.licenses ?? []);
  return list.map((one) => (typeof one === 'string' ? one : one.id));
}
