import { firstCohortSize } from '../../src/core/limits';
import { rosterSample } from '../../src/core/roster-sample';
import { counted, duration, moment } from '../../src/core/wording';
import { dnsMayBeSwitchedAt } from './lead-time';
import { licenceLacks, supportPacket } from './licence-holders';
import { applied, held, line, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import type { StepContext, StepWork } from './step-work';

/** Who lacked which licence before: the ones that are ours to take back. */
type Captured = { readonly lacking: readonly { readonly licence: string; readonly users: readonly string[] }[] };
export type AssignLicencesResult = { readonly assignedAt: number };

const POLL_MS = 60_000;
const REMOVED_POLL_MS = 15_000;

/** Assigns early, because the platform takes up to half an hour; checks a sample now, everybody before the queue shift. */
export const assignLicences: StepWork = {
  async apply(context) {
    const { agents, platform } = context.plan.site;
    if (!context.world.platform.capabilities.assignsLicences)
      return applied('Nothing to write: the platform gives no licences by API, so they are only checked.', []);
    const lacks = await licenceLacks(context, agents);
    const state: Captured = {
      lacking: platform.licences.map((licence) => ({
        licence,
        users: lacks.filter((lack) => lack.licences.includes(licence)).map((lack) => lack.agent.user),
      })),
    };
    await context.capture(state);
    if (lacks.length > 0) {
      await context.fence();
      await context.world.platform.assignLicences(
        lacks.map(({ agent }) => agent.user),
        platform.licences,
      );
    }
    const asked = `licences ${platform.licences.join(' + ')} of ${counted(agents.length, 'agent')}`;
    const evidence = [
      line(context, asked, `${agents.length - lacks.length} had them, ${lacks.length} were assigned`, null),
      line(context, 'licences owned by the organisation', 'not measured: the platform does not show it here', null),
    ];
    const result: AssignLicencesResult = { assignedAt: context.now() };
    return applied(
      `${lacks.length} of ${counted(agents.length, 'agent')} were assigned ${platform.licences.join(' + ')}.`,
      evidence,
      result,
    );
  },

  async check(context) {
    const { plan } = context;
    if (!context.world.platform.capabilities.assignsLicences) return checkAll(context);
    const sample = rosterSample(plan.site.agents, sampleSize(context), plan.wave, context.world.digest);
    const lacks = await licenceLacks(context, sample);
    const present = sample.length - lacks.length;
    const evidence = [
      line(
        context,
        `licences of a sample of ${counted(sample.length, 'agent')}, all groups`,
        `${present} active`,
        lacks.length === 0,
      ),
    ];
    if (lacks.length === 0) return passed(`All ${sample.length} agents of the sample hold their licences.`, evidence);
    const lateAt = context.since + plan.limits.licenceWaitMs;
    if (context.now() < lateAt) {
      const summary = `${present} of ${sample.length} sampled agents hold their licences; the platform may take ${duration(plan.limits.licenceWaitMs)}.`;
      return waiting(summary, evidence, { afterMs: Math.min(POLL_MS, lateAt - context.now()), until: lateAt });
    }
    const shift = dnsMayBeSwitchedAt(context);
    if (shift !== null && shift - context.now() > plan.limits.licenceLeadMs) {
      return passed(
        `Late: after ${duration(plan.limits.licenceWaitMs)} ${present} of ${sample.length} sampled agents hold their licences. The shift is not before ${moment(shift, plan.site.timeZone)}; the queues will not shift until all have them.`,
        evidence,
      );
    }
    const packet = await supportPacket(context, await licenceLacks(context, plan.site.agents), assignedAt(context));
    const summary = `After ${duration(plan.limits.licenceWaitMs)} ${lacks.length} of ${sample.length} sampled agents still lack a licence; send the packet to the vendor's support, then resume.`;
    return held('licences', summary, evidence, { packet });
  },

  /** Only what this wave added is taken away; an assignment that is still on its way can be taken back only once it has arrived. */
  async undo(context) {
    const captured = recalled<Captured>(context.captured);
    if (!captured) return NOTHING_WRITTEN;
    const ours = captured.lacking.filter(({ users }) => users.length > 0);
    const evidence = [];
    for (const { licence, users } of ours) {
      await context.fence();
      await context.world.platform.removeLicences(users, [licence]);
      const held = await context.world.platform.licences(users);
      const left = users.filter((user) => held.get(user)?.has(licence)).length;
      evidence.push(
        line(context, `licence ${licence} of the ${users.length} who got it`, `${left} still hold it`, left === 0),
      );
    }
    const arrivedAt = (assignedAt(context) ?? context.since) + context.plan.limits.licenceWaitMs;
    if (context.now() < arrivedAt && ours.length > 0) {
      const summary = 'Some assignments may still be on their way; what arrives is taken back too.';
      const recheckAfterMs = Math.min(POLL_MS * 5, arrivedAt - context.now());
      return { kind: 'waiting', summary, evidence, recheckAfterMs, until: arrivedAt };
    }
    if (evidence.every(({ good }) => good === true))
      return undone('The licences that this wave assigned are taken back.', evidence);
    const summary = 'The platform still shows licences that were taken back.';
    return { kind: 'waiting', summary, evidence, recheckAfterMs: REMOVED_POLL_MS, until: null };
  },
};

/** Where people activate users themselves, everybody is looked at now: nothing arrives late by itself. */
async function checkAll(context: StepContext) {
  const { agents, platform } = context.plan.site;
  const lacks = await licenceLacks(context, agents);
  const stock = await context.world.inspection.licenceStock(platform.licences);
  const short = stock.filter(({ owned }) => owned !== null && owned < agents.length);
  const active = `${agents.length - lacks.length} of ${counted(agents.length, 'agent')}`;
  const evidence = [
    line(context, `active users with ${platform.licences.join(' + ')}`, active, lacks.length === 0),
    ...stock.map(({ licence, owned, assigned }) => {
      const text = `${owned ?? 'not shown'} for ${agents.length} agents, ${assigned ?? 'not shown'} in use`;
      return line(context, `room for ${licence}`, text, owned === null ? null : owned >= agents.length);
    }),
  ];
  if (lacks.length === 0 && short.length === 0)
    return passed(`All ${agents.length} agents are active users, and there is room for them.`, evidence);
  const what =
    lacks.length > 0
      ? `${lacks.length} of ${counted(agents.length, 'agent')} are not active or lack a product`
      : `there is room for fewer than ${counted(agents.length, 'agent')}`;
  const packet = await supportPacket(context, lacks, null);
  return held(
    'licences',
    `Nothing was changed: ${what}. Activate them or send the packet to the vendor, then resume.`,
    evidence,
    {
      packet,
    },
  );
}

function assignedAt(context: StepContext): number | null {
  return recalled<AssignLicencesResult>(context.result)?.assignedAt ?? null;
}

/** A tenth of the roster, at least ten (J10). */
function sampleSize(context: StepContext): number {
  return firstCohortSize(context.plan.site.agents.length, context.plan.limits);
}
