import type { Evidence } from '../../src/core/evidence';
import { counted, listed } from '../../src/core/wording';
import { readDiversion } from './emergency-diversion';
import { routeSiteNumbers, unrouteSiteNumbers } from './number-routing';
import { held, line, passed } from './outcomes';
import { mappingLines, queueMembers } from './queue-members';
import type { StepContext, StepWork } from './step-work';

/**
 * The new side stands ready, inactive, and offers what the old side offers. Nothing is written, but for the numbers of a
 * site that names its call route.
 */
export const provisionStandby: StepWork = {
  apply: routeSiteNumbers,

  async check(context) {
    const evidence = [
      ...(await trunkLines(context)),
      ...(await routeLines(context)),
      ...(await queueLines(context)),
      ...(await numberLines(context)),
      ...(await emergencyLines(context)),
      ...(await legacyLines(context)),
    ];
    const different = evidence.filter((each) => each.good === false);
    if (different.length === 0) {
      const { inboundTrunks, failoverTrunks, queues } = context.plan.site.platform;
      const { inboundSwitch } = context.world.platform.capabilities;
      const count = inboundTrunks.length + failoverTrunks.length;
      const trunks =
        inboundSwitch === 'trunk' ? counted(count, 'trunk') : counted(count, 'point of contact', 'points of contact');
      return passed(`${trunks} and ${counted(queues.length, 'queue')} stand by and mirror the legacy side.`, evidence);
    }
    const fields = different.map(({ asked, answered }) => `${asked} is ${answered}`);
    const summary = `${counted(different.length, 'thing')} on the new side ${different.length === 1 ? 'is' : 'are'} not as on the old: ${listed(fields, 3)}. Set right what differs, then resume.`;
    return held('not-ready', summary, evidence);
  },

  undo: unrouteSiteNumbers,
};

async function trunkLines(context: StepContext): Promise<readonly Evidence[]> {
  const { platform, mirror } = context.plan.site;
  const { inboundSwitch, showsTrunks } = context.world.platform.capabilities;
  const evidence: Evidence[] = [];
  for (const { name, trunkBase } of [...platform.inboundTrunks, ...platform.failoverTrunks]) {
    const trunk = await context.world.platform.trunk(trunkBase);
    const [codecs, limit] = [`${inboundSwitch} ${name}, codecs in order`, `${inboundSwitch} ${name}, session limit`];
    evidence.push(
      compare(context, `${inboundSwitch} ${name}, enabled`, trunk.enabled, false),
      showsTrunks ? compare(context, codecs, trunk.codecs, mirror.codecs) : notShown(context, codecs),
      showsTrunks
        ? compare(context, limit, trunk.maxConcurrentSessions, mirror.maxConcurrentSessions)
        : notShown(context, limit),
    );
  }
  return evidence;
}

async function routeLines(context: StepContext): Promise<readonly Evidence[]> {
  const { platform } = context.plan.site;
  const evidence: Evidence[] = [];
  for (const { name, route } of platform.outboundRoutes) {
    const found = await context.world.platform.outboundRoute(platform.site, route);
    evidence.push(compare(context, `outbound route ${name}, enabled`, found.enabled, false));
    if (found.carriesEmergency) {
      evidence.push(
        line(context, `outbound route ${name}, emergency calls`, 'its own: give them another route', false),
      );
    }
  }
  return evidence;
}

async function queueLines(context: StepContext): Promise<readonly Evidence[]> {
  const { allocation } = context.plan.site.platform;
  const queues = await queueMembers(context);
  const { allocationPercent } = await context.world.platform.allocation(allocation.table, allocation.row);
  return [
    ...mappingLines(context, queues),
    ...queues.map(({ queue, joined }) => compare(context, `queue ${queue.name}, joined members`, joined.length, 0)),
    compare(context, `allocation of ${allocation.row}, percent`, allocationPercent, 0),
  ];
}

async function numberLines(context: StepContext): Promise<readonly Evidence[]> {
  const { platform, mirror } = context.plan.site;
  const { dids, callerId } = await context.world.platform.numbers(platform.site, mirror.dids);
  const caller = 'caller id of the new site';
  const hidden = callerId === null && !context.world.platform.capabilities.showsTrunks;
  return [
    compare(context, 'numbers of the inbound flow', sorted(dids), sorted(mirror.dids)),
    hidden ? notShown(context, caller) : compare(context, caller, callerId, mirror.callerId),
  ];
}

/** A diversion that is on already would keep every call on legacy, whatever the row says. */
async function emergencyLines(context: StepContext): Promise<readonly Evidence[]> {
  const diversion = await readDiversion(context);
  return diversion ? [compare(context, 'emergency group of the site, enabled', diversion.enabled, false)] : [];
}

async function legacyLines(context: StepContext): Promise<readonly Evidence[]> {
  const { legacy, mirror } = context.plan.site;
  const evidence: Evidence[] = [];
  const dids: string[] = [];
  for (const id of legacy.trunks) {
    const trunk = await context.world.legacy.trunk(id);
    dids.push(...trunk.dids);
    evidence.push(
      compare(context, `legacy trunk ${id}, mode`, trunk.mode, 'active'),
      compare(context, `legacy trunk ${id}, caller id`, trunk.callerId, mirror.callerId),
      compare(context, `legacy trunk ${id}, codecs in order`, trunk.codecs, mirror.codecs),
      compare(context, `legacy trunk ${id}, session limit`, trunk.maxConcurrentSessions, mirror.maxConcurrentSessions),
    );
  }
  for (const id of legacy.queues) {
    const queue = await context.world.legacy.queue(id);
    evidence.push(compare(context, `legacy queue ${id}, enabled`, queue.enabled, true));
  }
  return [...evidence, compare(context, 'numbers of the legacy trunks', sorted(dids), sorted(mirror.dids))];
}

type Field = string | number | boolean | null | readonly string[];

function compare(context: StepContext, what: string, found: Field, wanted: Field): Evidence {
  const good = shown(found) === shown(wanted);
  return line(context, what, good ? shown(found) : `${shown(found)} instead of ${shown(wanted)}`, good);
}

/** No difference and no proof: somebody has to look elsewhere. */
function notShown(context: StepContext, what: string): Evidence {
  return line(context, what, 'not shown by the platform: look at the carrier', null);
}

function shown(field: Field): string {
  if (field === null) return 'not shown';
  if (typeof field === 'boolean') return field ? 'on' : 'off';
  return typeof field === 'object' ? field.join(', ') || 'none' : String(field);
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
