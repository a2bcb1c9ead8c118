import { z } from 'zod';
import type { CxoneApi } from './api';
import { flag, idText } from './fitted';
import { allRows } from './pages';

/** The vendor's media type of phone calls. */
export const VOICE = 4;

const contact = z.looseObject({ contactId: idText, pointOfContactId: idText.nullish(), isOutbound: flag.nullish() });

/**
 * Contacts in progress that came in by the point of contact: GET /contacts/active, which lists all of the business unit's
 * and has no filter for it. Null where some inbound one does not say by which it came: then nobody is counted.
 */
export async function liveContacts(api: CxoneApi, pointOfContact: string): Promise<number | null> {
  const rows = await allRows(api, '/contacts/active', 'activeContacts', contact, { mediaTypeId: VOICE });
  const inbound = rows.filter(({ isOutbound }) => isOutbound !== true);
  if (inbound.some(({ pointOfContactId }) => !pointOfContactId)) return null;
  return inbound.filter(({ pointOfContactId }) => pointOfContactId === pointOfContact).length;
}
