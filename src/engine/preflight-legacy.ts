import { lineId } from '../core/preflight';
import type { LegacyTrunk } from '../ports/legacy';
import { type Answer, type Asking, answer, inOrder, type Look, question, same } from './preflight-question';

/** The old side, as the wave expects to find it: taking the calls, and offering what the new side mirrors. */
export function legacyLook({ world, site }: Asking): Look {
  const { legacy } = world;
  return {
    system: 'Legacy',
    reach: question('legacy-trunks', 'its carrier trunks', 'can be read', async () => {
      const trunks = await Promise.all(site.legacy.trunks.map((id) => legacy.trunk(id)));
      return [...trunks.flatMap((trunk) => trunkLines(trunk, site.mirror)), didLine(trunks, site.mirror.dids)];
    }),
    questions: site.legacy.queues.map((id) =>
      question(lineId('legacy-queue', id), `queue ${id}`, 'on', async () => [
        same(lineId('legacy-queue', id), `queue ${id}`, (await legacy.queue(id)).enabled, true, {
          mend: `Switch queue ${id} on, or take it out of the site file.`,
        }),
      ]),
    ),
  };
}

function trunkLines(trunk: LegacyTrunk, mirror: Asking['site']['mirror']): readonly Answer[] {
  const { id } = trunk;
  const mirrored = 'Correct "mirror" in the site file: the new side is compared with it.';
  return [
    same(lineId('legacy-trunk', id), `trunk ${id}`, trunk.mode, 'active', {
      mend: `Set ${id} active: it has to take the calls until the hand-over.`,
      waivable: false,
    }),
    same(lineId('legacy-codecs', id), `codecs of ${id}, in order`, trunk.codecs, mirror.codecs, { mend: mirrored }),
    same(lineId('legacy-caller-id', id), `caller id of ${id}`, trunk.callerId, mirror.callerId, { mend: mirrored }),
    same(
      lineId('legacy-sessions', id),
      `session limit of ${id}`,
      trunk.maxConcurrentSessions,
      mirror.maxConcurrentSessions,
      { mend: mirrored },
    ),
  ];
}

function didLine(trunks: readonly LegacyTrunk[], wanted: readonly string[]): Answer {
  const found = inOrder(trunks.flatMap(({ dids }) => dids));
  return same('legacy-dids', 'numbers of its trunks', found, inOrder(wanted), {
    mend: 'Correct "mirror" in the site file, or the numbers of the legacy trunks.',
  });
}

/** The CRM must still know legacy before the shift. */
export function crmLook({ world, site }: Asking): Look {
  const { entry } = site.crm;
  const what = `routing entry ${entry}`;
  const wanted = 'routes to legacy or both';
  return {
    system: 'CRM',
    reach: question('crm-entry', what, wanted, async () => {
      const found = await world.crm.entry(entry);
      const good = found.entry === entry && (found.platform === 'legacy' || found.platform === 'both');
      return [
        answer(
          'crm-entry',
          what,
          { found: `routes to ${found.platform}`, wanted, good },
          { mend: `Set entry ${entry} to legacy or both: calls would become no records.` },
        ),
      ];
    }),
    questions: [],
  };
}
