import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { Platform } from '../../../ports/platform';
import type { InTurn } from '../in-turn';
import { liveContacts, VOICE } from './active-contacts';
import { type CxoneApi, id, notThere } from './api';
import { type BusinessUnit, e164 } from './business-unit';
import { flag, idText, SYSTEM } from './fitted';
import { allRows } from './pages';
import { refuseOtherChanges, untilNoConflict } from './read-change-write';
import { outboundSkills, skillOf, teamsOf } from './skills';

const pointOfContact = z.looseObject({
  contactCode: idText,
  contactAddress: z.string().nullish(),
  contactDescription: z.string(),
  defaultSkillId: idText.nullish(),
  isActive: flag,
  scriptName: z.string().nullish(),
});
type PointOfContact = z.infer<typeof pointOfContact>;
const LEADING = ['contactDescription', 'contactAddress', 'defaultSkillId', 'scriptName'] as const;
const envelope = z.looseObject({ pointsOfContact: z.array(pointOfContact).nullish() });

/** Callers of more outbound skills than this are not looked through for the caller id. */
const MOST_OUTBOUND_SKILLS = 50;
/** A number kept without its country code has at least this many digits. */
const LEAST_NATIONAL_DIGITS = 10;

type Methods = Pick<Platform, 'trunk' | 'setTrunk' | 'numbers'>;

/**
 * The way in is a point of contact, a number that leads to a script and a skill: GET and PUT /points-of-contact/{id}.
 * PUT replaces: its three required fields are sent back as they were read, under their other names
 * (`contactDescription` is `pointOfContactName`, `defaultSkillId` is `skillId`). There is no version: the last writer
 * wins, so within one process writers take turns, and what the answer shows afterwards is compared.
 *
 * CXone shows no SIP trunk: codecs, session limits and the carrier's health are not to be had.
 */
export function cxonePointsOfContact(api: CxoneApi, clock: Clock, inTurn: InTurn, unit: BusinessUnit): Methods {
  const pathOf = (code: string) => `/points-of-contact/${id(code)}`;
  async function read(code: string): Promise<PointOfContact> {
    const answer = await api.get(pathOf(code), envelope);
    const found = answer?.pointsOfContact?.find(({ contactCode }) => contactCode === code);
    if (!found) throw notThere('point of contact', code);
    return found;
  }

  return {
    async trunk(code) {
      const found = await read(code);
      const sign = await failingSign(api, found);
      return {
        id: found.contactCode,
        name: found.contactDescription,
        enabled: found.isActive,
        inService: sign === null,
        health: sign ?? `${found.contactDescription} takes calls; the carrier's side is not shown by ${SYSTEM}.`,
        codecs: [],
        maxConcurrentSessions: null,
        liveCalls: await liveContacts(api, code),
      };
    },

    setTrunk(code, enabled) {
      return inTurn(pathOf(code), () =>
        untilNoConflict(clock, `the point of contact ${code}`, async () => {
          const before = await read(code);
          if (before.isActive === enabled) return false;
          await api.request('PUT', pathOf(code), { body: { ...required(before), isActive: enabled } });
          refuseOtherChanges(`the point of contact "${before.contactDescription}"`, before, await read(code), LEADING);
          return true;
        }),
      );
    },

    /** Numbers of points of contact that lead somewhere; the caller id of the outbound skills that the team's agents have. */
    async numbers(team, dids) {
      const rows = await allRows(api, '/points-of-contact', 'pointsOfContact', pointOfContact, { mediaTypeId: VOICE });
      const addresses = rows
        .filter(({ scriptName, defaultSkillId }) => scriptName && defaultSkillId)
        .map(({ contactAddress }) => digits(contactAddress ?? ''));
      return {
        dids: dids.filter((did) => addresses.some((address) => isNumber(address, digits(did)))),
        callerId: await callerIdOf(api, unit, team),
      };
    },
  };
}

/** The trio that PUT wants whole. */
function required(found: PointOfContact) {
  const { contactDescription, defaultSkillId, scriptName } = found;
  if (!defaultSkillId || !scriptName) {
    const message = `The point of contact "${contactDescription}" has no ${defaultSkillId ? 'script' : 'skill'} in ${SYSTEM}, and cannot be switched without one: set it there first.`;
    throw new Fault(message, { system: SYSTEM, transient: false });
  }
  return { pointOfContactName: contactDescription, skillId: Number(defaultSkillId), scriptName };
}

async function failingSign(api: CxoneApi, found: PointOfContact): Promise<string | null> {
  const name = found.contactDescription;
  if (!found.isActive) return `${name} is switched off.`;
  if (!found.scriptName) return `${name} leads to no script.`;
  if (!found.defaultSkillId) return `${name} leads to no skill.`;
  const skill = await skillOf(api, found.defaultSkillId);
  return skill.isActive ? null : `${name} leads to the skill ${skill.skillName}, which is not active.`;
}

async function callerIdOf(api: CxoneApi, unit: BusinessUnit, team: string): Promise<string | null> {
  const skills = await outboundSkills(api);
  if (skills.length > MOST_OUTBOUND_SKILLS) return null;
  const shown = new Set<string>();
  for (const skill of skills) {
    if (!(await teamsOf(api, skill.skillId)).has(team)) continue;
    shown.add(skill.callerIdOverride || (await unit.read()).globalCallerId || '');
  }
  const [only = ''] = shown;
  return shown.size === 1 && only !== '' ? e164(only) : null;
}

function isNumber(address: string, did: string): boolean {
  return address === did || (address.length >= LEAST_NATIONAL_DIGITS && did.endsWith(address));
}

const digits = (text: string): string => text.replace(/\D/g, '');
