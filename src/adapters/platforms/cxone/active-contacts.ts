import { z } from 'zod';
import type { CxoneApi } from './api';
import { idText } from './fitted';
import { allRows } from './pages';

const contact = z.looseObject({ contactId: idText, pointOfContactId: idText.nullish() });

/** Contacts in progress that came in by the point of contact: GET /contacts/active, all of the business unit's calls. */
export async function liveContacts(api: CxoneApi, pointOfContact: string): Promise<number> {
  const rows = await allRows(api, '/contacts/active', 'activeContacts', contact, { mediaTypeId: 4 });
  return rows.filter(({ pointOfContactId }) => pointOfContactId === pointOfContact).length;
}
