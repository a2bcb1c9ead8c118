import { gatedForALook, missingLevers } from '../src/core/missing-levers';
import type { Site } from '../src/core/site';
import { planOf, recipeOf, siteOf } from './support/core-waves';

const onCxone = (more: Partial<Site> = {}): Site => {
  const { platform } = siteOf();
  const allocation = { table: 'cutover.csv', row: 'site-t' };
  return siteOf({ platform: { ...platform, kind: 'nice-cxone', allocation }, ...more });
};
const carrier = { kind: 'twilio', trunk: 'TK1', legacy: 'OU1', target: 'OU2' } as const;
const stepOf = (site: Site, kind: string) => planOf({ site }).steps.find((step) => step.kind === kind);

describe('a plan on Genesys Cloud', () => {
  it('has nothing to say about levers', () => {
    expect(missingLevers(siteOf())).toEqual([]);
    expect(gatedForALook(siteOf(), 'drain-legacy')).toBe(false);
    expect(planOf().locks.filter((lock) => lock.startsWith('file:'))).toEqual([]);
  });
});

describe('a plan on NICE CXone', () => {
  it('says first what the platform has no lever for, and what stands in its place', () => {
    const { warnings } = planOf({ site: onCxone() });
    expect(warnings.slice(0, 4)).toEqual([
      expect.stringMatching(/no SIP trunks.*looked at by people, at the gate of "drain-legacy"/),
      expect.stringMatching(/agents log in by themselves.*nobody is logged out/),
      expect.stringMatching(/no licences by API.*checks users/),
      expect.stringMatching(/shows the bot no schedules/),
    ]);
  });

  it('names the carrier where the site has one', () => {
    expect(missingLevers(onCxone({ carrier }))[0]).toContain('the carrier (twilio) spreads the calls');
  });

  it('puts a gate before the hand-over, unless a carrier shows the trunk', () => {
    const bare = recipeOf();
    const recipe = {
      ...bare,
      // Its gate stands one step earlier: between DNS and trunks there has to be one anyway.
      steps: bare.steps.map((step) => {
        if (step.kind === 'drain-legacy') return { ...step, gated: false };
        return step.kind === 'confirm-propagation' ? { ...step, gated: true } : step;
      }),
    };
    const gated = (site: Site) => planOf({ site, recipe }).steps.find(({ kind }) => kind === 'drain-legacy')?.gated;
    expect([gated(onCxone()), gated(onCxone({ carrier })), gated(siteOf())]).toEqual([true, false, false]);
  });

  it('changes points of contact and no licences', () => {
    expect(stepOf(onCxone(), 'assign-licences')?.changes).toEqual([]);
    const resources = stepOf(onCxone(), 'activate-inbound')?.changes.map(({ resource }) => resource);
    expect(resources).toEqual(['point of contact Inbound']);
  });

  it('locks the file, so that no other wave writes a line of it meanwhile', () => {
    expect(planOf({ site: onCxone() }).locks).toContain('file:cutover.csv');
  });
});
