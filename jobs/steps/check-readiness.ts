import type { Evidence } from '../../src/core/evidence';
import { lineId } from '../../src/core/preflight';
import { CUTOVER_MS, parityText, type QueueStaffing, SCHEDULED_PERCENT, staffingOf } from '../../src/core/staffing';
import { isComplete, waiverOf } from '../../src/core/waivers';
import { counted, duration, listed } from '../../src/core/wording';
import { presentCaches, type WithCaches } from './cache-figures';
import { askGateway } from './gateways';
import { dnsMayBeSwitchedAt } from './lead-time';
import { applied, held, line, nothingToUndo, passed } from './outcomes';
import { mappingLines, queueMembers } from './queue-members';
import { sipRoutes } from './sip-routes';
import type { StepContext, StepWork } from './step-work';

/** People, mappings, CRM and gateways are ready for the cutover. Nothing is written. */
export const checkReadiness: StepWork = {
  async apply() {
    return applied('Nothing to write: readiness is measured only.', []);
  },

  async check(context) {
    const target = await askGateway(context, 'target');
    const legacy = await askGateway(context, 'legacy');
    const routes = await sipRoutes(context, 'legacy', { target: target.status, legacy: legacy.status });
    const evidence = [
      ...mappingLines(context, await queueMembers(context)),
      ...(await staffingLines(context)),
      await crmLine(context),
      ...target.everywhere,
      ...legacy.everywhere,
      ...routes.map(({ evidence }) => evidence),
      retryLine(context),
    ];
    const bad = evidence.filter((each) => each.good === false);
    if (bad.length === 0) {
      const { figures, evidence: caches } = await presentCaches(context);
      return passed(
        `Ready: ${counted(evidence.length, 'question')} asked, none answered otherwise than wanted.`,
        [...evidence, ...caches],
        { caches: figures } satisfies WithCaches,
      );
    }
    const findings = bad.map(({ asked, answered }) => `${asked}: ${answered}`);
    return held(
      'not-ready',
      `Not ready, ${counted(bad.length, 'finding')}: ${listed(findings, 3)}. Set it right, then resume.`,
      evidence,
    );
  },

  undo: nothingToUndo,
};

async function staffingLines(context: StepContext): Promise<readonly Evidence[]> {
  const { site } = context.plan;
  const { managementUnit, queues } = site.platform;
  if (managementUnit === null) {
    return [line(context, 'agents scheduled for the cutover', 'not measured: the site names no management unit', null)];
  }
  if (!context.world.platform.capabilities.showsSchedules) {
    return [
      line(context, 'agents scheduled for the cutover', 'not measured: the platform does not show schedules', null),
    ];
  }
  const from = dnsMayBeSwitchedAt(context) ?? context.now();
  const interval = { from, to: site.window && site.window.closes > from ? site.window.closes : from + CUTOVER_MS };
  const scheduled = await context.world.platform.scheduledAgents(managementUnit, interval);
  if (scheduled === null) return [line(context, 'schedule of the cutover', 'none is published', false)];
  const legacy = (await context.world.legacy.scheduledAgents?.(site.site, interval)) ?? null;
  return staffingOf(queues, site.agents, scheduled, legacy).flatMap((queue) => {
    const wanted = queue.enough ? '' : `; ${SCHEDULED_PERCENT} percent are needed`;
    const roster = `${queue.scheduled} of ${queue.roster}${wanted}`;
    const parity = queue.onLegacy === null ? null : !queue.short || isWaived(context, queue);
    return [
      line(context, `agents of ${queue.queue} scheduled for the cutover`, roster, queue.enough),
      line(context, `staffing of ${queue.queue} on both sides`, parityText(queue), parity),
    ];
  });
}

/** Two people have taken just this shortage upon themselves at the preflight. */
function isWaived(context: StepContext, queue: QueueStaffing): boolean {
  const id = lineId('staffing-parity', queue.queue);
  const waiver = waiverOf(context.waivers, { id, found: parityText(queue) });
  return waiver !== null && isComplete(waiver);
}

/** Before the shift the CRM must still know legacy. */
async function crmLine(context: StepContext): Promise<Evidence> {
  const { entry, platform } = await context.world.crm.entry(context.plan.site.crm.entry);
  const good = entry === context.plan.site.crm.entry && (platform === 'legacy' || platform === 'both');
  return line(context, `CRM entry ${context.plan.site.crm.entry}`, `routes to ${platform}`, good);
}

function retryLine(context: StepContext): Evidence {
  const { retrySeconds } = context.plan.site.endpoints;
  const wanted = context.plan.limits.endpointRetrySeconds;
  const text = `${duration(retrySeconds * 1000)}, at least ${duration(wanted * 1000)} wanted`;
  return line(context, 'retry interval of the phones', text, retrySeconds >= wanted);
}
