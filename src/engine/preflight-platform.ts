import { lineId } from '../core/preflight';
import type { PlatformKind } from '../core/site';
import { counted } from '../core/wording';
import { skewState, skewText } from './clock-skew';
import { mirrorQuestions } from './preflight-mirror';
import { type Answer, type Asking, answer, type Look, question } from './preflight-question';
import { staffingQuestions } from './preflight-staffing';

export const SHORT_NAME: Readonly<Record<PlatformKind, string>> = { 'genesys-cloud': 'genesys', 'nice-cxone': 'cxone' };
const FULL_NAME: Readonly<Record<PlatformKind, string>> = {
  'genesys-cloud': 'Genesys Cloud',
  'nice-cxone': 'NICE CXone',
};
/** A slow answer looks like a skewed clock: of so many looks the best counts. */
const CLOCK_LOOKS = 3;

/** The organisation, what it grants and owns, and everything of the new side that the wave will touch. */
export function platformLook(asking: Asking): Look {
  const { site, world } = asking;
  const short = SHORT_NAME[site.platform.kind];
  const id = (...words: readonly string[]): string => lineId(short, ...words);
  return {
    system: FULL_NAME[site.platform.kind],
    reach: question(
      id('organisation'),
      'token and organisation',
      site.platform.organisation,
      async () => {
        const found = await world.platform.organisation();
        const good = found.id === site.platform.organisation;
        const mend = 'Use the credentials of the organisation that the site file names, or correct the site file.';
        return [
          answer(
            id('organisation'),
            'token and organisation',
            { found: good ? found.name : `${found.name} (${found.id})`, wanted: site.platform.organisation, good },
            { mend, waivable: false },
          ),
        ];
      },
      { waivable: false },
    ),
    questions: [
      question(id('permissions'), 'what its client may do', 'every right that the wave needs', () =>
        permissionLines(asking, id),
      ),
      question(
        id('entitlements'),
        'what the organisation has bought',
        'queues, sites, telephony',
        () => entitlementLines(asking, id),
        { unread: 'unknown' },
      ),
      question('licences', 'licences against agents', 'enough', () => licenceLines(asking), { waivable: false }),
      question(id('rate'), 'calls a minute', 'what we keep to', () => allowanceLines(asking, id), {
        unread: 'unknown',
      }),
      question(id('clock'), 'its clock against the bot’s', 'at most 5 s apart', () => clockLines(asking, id), {
        unread: 'unknown',
      }),
      ...mirrorQuestions(asking),
      ...staffingQuestions(asking),
    ],
  };
}

type Id = (...words: readonly string[]) => string;

async function permissionLines({ world }: Asking, id: Id): Promise<readonly Answer[]> {
  return (await world.inspection.permissions()).map(({ permission, neededFor, granted, optional }) => {
    // Any one of several rights may do: the first names the line.
    const [name = permission] = permission.split(' or ');
    const found = granted === null ? 'cannot be asked without changing something' : granted ? 'granted' : 'missing';
    return answer(
      id('permission', name),
      `right ${permission}`,
      { found, wanted: `for ${neededFor}`, good: granted === true },
      {
        state: granted === null ? 'unknown' : optional ? 'amber' : 'red',
        mend:
          granted === null
            ? `Look whether a role of the bot's client has ${permission}.`
            : `Give the bot's client a role with ${permission}.`,
      },
    );
  });
}

async function entitlementLines({ world, site }: Asking, id: Id): Promise<readonly Answer[]> {
  const scheduled = site.platform.managementUnit !== null;
  const found = (await world.inspection.entitlements()).filter(
    ({ name }) => scheduled || !/workforce|wfm|wem/i.test(name),
  );
  return found.map(({ name, present }) =>
    answer(
      id('product', name),
      name,
      {
        found: present === null ? 'not shown' : present ? 'there' : 'not there',
        wanted: 'there',
        good: present === true,
      },
      { state: present === null ? 'unknown' : 'red', mend: `Ask the vendor whether the organisation has it.` },
    ),
  );
}

/** What is owned and free against what the agents still lack: more can never be assigned than there is. */
async function licenceLines({ world, site }: Asking): Promise<readonly Answer[]> {
  const { licences } = site.platform;
  const [stock, held] = await Promise.all([
    world.inspection.licenceStock(licences),
    world.platform.licences(site.agents.map(({ user }) => user)),
  ]);
  return licences.map((licence) => {
    const missing = site.agents.filter(({ user }) => !held.get(user)?.has(licence)).length;
    const { owned = null, assigned = null } = stock.find((each) => each.licence === licence) ?? {};
    const free = owned === null ? null : assigned === null ? owned - (site.agents.length - missing) : owned - assigned;
    const needs = missing === 0 ? 'every agent holds it' : `${counted(missing, 'agent')} without it`;
    const what = `licence ${licence}`;
    const wanted = missing === 0 ? 'held by every agent' : `${missing} free`;
    const id = lineId('licences', licence);
    if (missing > 0 && free === null)
      return answer(
        id,
        what,
        { found: `${needs}; how many are owned is not shown`, wanted, good: false },
        { state: 'unknown', mend: `Look up how many ${licence} licences are free.` },
      );
    return answer(
      id,
      what,
      {
        found: missing === 0 ? needs : `${needs}, ${Math.max(0, free ?? 0)} free`,
        wanted,
        good: missing === 0 || (free ?? 0) >= missing,
      },
      { mend: `Buy or free ${licence} licences: agents without one cannot log in.`, waivable: false },
    );
  });
}

async function allowanceLines({ world }: Asking, id: Id): Promise<readonly Answer[]> {
  const { allowed, ours } = await world.inspection.callAllowance();
  const found = allowed === null ? 'not shown' : `${allowed} allowed`;
  return [
    answer(
      id('rate'),
      'calls a minute',
      { found, wanted: `${ours} or more`, good: allowed !== null && allowed >= ours },
      {
        state: allowed === null ? 'unknown' : 'red',
        mend: `The bot keeps to ${ours} calls a minute; ask the vendor for as many.`,
      },
    ),
  ];
}

async function clockLines({ world }: Asking, id: Id): Promise<readonly Answer[]> {
  let best: number | null = null;
  for (let looks = 0; looks < CLOCK_LOOKS && (best === null || skewState(best) !== 'green'); looks++) {
    const ms = await world.inspection.clockSkewMs();
    if (ms === null) break;
    if (best === null || Math.abs(ms) < Math.abs(best)) best = ms;
  }
  const state = best === null ? 'unknown' : skewState(best);
  return [
    answer(
      id('clock'),
      'its clock against the bot’s',
      { found: best === null ? 'not shown' : skewText(best), wanted: 'at most 5 s apart', good: state === 'green' },
      { state, mend: 'Set the bot’s clock by NTP: windows and TTLs are counted by it.' },
    ),
  ];
}
