import type { Site } from '../core/site';
import type { SiteWorld, World } from '../ports/world';

/** The world with the systems that this site's file names. Asks nobody yet: what is not configured fails at its first use. */
export function siteWorld(world: World, site: Pick<Site, 'platform' | 'carrier' | 'crm'>): SiteWorld {
  return {
    ...world,
    get platform() {
      return world.platforms(site.platform.kind);
    },
    get inspection() {
      return world.inspections(site.platform.kind);
    },
    get carrier() {
      return site.carrier ? world.carriers(site.carrier.kind) : null;
    },
    get crm() {
      return world.crms(site.crm.kind ?? 'http');
    },
  };
}
