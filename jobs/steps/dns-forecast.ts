import { FORECAST, forecast, forecastOfAll, tailEndsAt, wayBackMs } from '../../src/core/convergence-forecast';
import type { Evidence } from '../../src/core/evidence';
import { mannerText } from '../../src/core/resolver-manner';
import { duration, listed } from '../../src/core/wording';
import { type CacheFigures, knownManners, lookIntoCaches } from './cache-figures';
import type { LowerTtlResult } from './lower-ttl';
import { line, recalled } from './outcomes';
import { goneIn, inCaches, isRequired } from './propagation-watch';
import type { StepContext } from './step-work';

const USUAL_LAG_MS = 5_000;

/**
 * What a switch at this moment would take, resolver by resolver and for all, and what the way back would: said before
 * anybody decides. Lengths, not moments: the decision may be hours away, and a cache that turns over begins anew.
 */
export async function switchForecast(
  context: StepContext,
): Promise<{ readonly sentence: string; readonly evidence: readonly Evidence[] }> {
  const ttl = context.plan.limits.ttlSeconds;
  const { figures } = await lookIntoCaches(context, inCaches(context), ttl);
  const now = context.now();
  const change = { authoritativeAt: now + nameServerLagMs(context), oldTtl: ttl };
  const each = figures.map((one) => ({ one, ...forecast(goneIn(one), one.manner, change) }));
  const required = each.filter(({ one }) =>
    context.plan.site.resolvers.some((r) => r.name === one.resolver && isRequired(r)),
  );
  const whole = forecastOfAll(required.length > 0 ? required : each);
  if (whole === null) return { sentence: '', evidence: [] };
  const last = each.filter(({ expectedAt }) => expectedAt === whole.expectedAt).map(({ one }) => one.resolver);
  const by = `${duration(whole.expectedAt - now)} (${listed(last, 3)} last)`;
  const worst = each.reduce((latest, { latestAt }) => Math.max(latest, latestAt), 0) - now;
  const lag = context.plan.limits.propagationLagMs;
  const beyond =
    worst > lag
      ? ` That is beyond the ${duration(lag)} after which the wave is held: have the named caches flushed right after the switch.`
      : '';
  const back = wayBack(context, figures);
  return {
    sentence: `Switched now, DNS is expected to have converged in ${by}, at the latest in ${duration(worst)}; the way back of DNS takes up to ${duration(back.ms)}.${beyond}`,
    evidence: [
      ...each.map(({ one, expectedAt, latestAt }) =>
        line(
          context,
          `${FORECAST}${one.resolver}`,
          `${duration(expectedAt - now)}, at the latest ${duration(latestAt - now)}: ${mannerText(one.manner)}`,
          null,
        ),
      ),
      line(
        context,
        `${FORECAST}resolvers that are not asked`,
        `${duration(tailEndsAt(change) - now)} if none keeps answers longer than an hour; not waited for`,
        null,
      ),
      back.evidence,
    ],
  };
}

/** Going back is the same sum with the low TTL: a cache may have fetched the new answer a moment before. */
export function wayBack(
  context: StepContext,
  figures: readonly CacheFigures[] = [],
): { readonly ms: number; readonly evidence: Evidence } {
  const manners = [...knownManners(context).values(), ...figures.map(({ manner }) => manner)];
  const ms = wayBackMs(manners, context.plan.limits.ttlSeconds, nameServerLagMs(context));
  const text = `up to ${duration(ms)} after the records are written back: name servers, then one full life in the slowest cache`;
  return { ms, evidence: line(context, `${FORECAST}the way back of DNS`, text, null) };
}

/** As it was when the TTLs were lowered. */
function nameServerLagMs(context: StepContext): number {
  return recalled<LowerTtlResult>(context.resultOf('lower-ttl'))?.nameServerLagMs ?? USUAL_LAG_MS;
}
