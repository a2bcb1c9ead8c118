import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SITES = join(__dirname, '..', '..', 'sites');

/** A folder with the CXone site alone, its larger group grown beyond what one bulk call may carry. */
export function largeCxoneSites() {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-cxone-sites-'));
  copyFileSync(join(SITES, 'site-d.yaml'), join(folder, 'site-d.yaml'));
  const agents = Array.from({ length: 136 }, (_, i) => ({
    agent: `site-d-agent-${i + 1}`,
    user: String(520_101 + i),
    phone: String(640_101 + i),
    group: i < 120 ? 'orders' : 'returns',
  }));
  const rows = agents.map(({ agent, user, phone, group }) => [agent, user, phone, group].join(','));
  writeFileSync(join(folder, 'site-d.agents.csv'), `${['agent,user,phone,group', ...rows].join('\n')}\n`);
  return { folder, agents, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
