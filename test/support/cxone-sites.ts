import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SITES = join(__dirname, '..', '..', 'sites');

/** A folder with the CXone site alone, its calls led by DNS and by no carrier's list; `remove` takes it away. */
export function cxoneSites() {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-cxone-sites-'));
  const text = readFileSync(join(SITES, 'site-d.yaml'), 'utf8').replace(/^carrier:.*\n(?: .*\n)*/m, '');
  writeFileSync(join(folder, 'site-d.yaml'), text);
  copyFileSync(join(SITES, 'site-d.agents.csv'), join(folder, 'site-d.agents.csv'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The same, its larger group grown beyond what one bulk call may carry. */
export function largeCxoneSites() {
  const sites = cxoneSites();
  const agents = Array.from({ length: 136 }, (_, i) => ({
    agent: `site-d-agent-${i + 1}`,
    user: String(520_101 + i),
    phone: String(640_101 + i),
    group: i < 120 ? 'orders' : 'returns',
  }));
  const rows = agents.map(({ agent, user, phone, group }) => [agent, user, phone, group].join(','));
  writeFileSync(join(sites.folder, 'site-d.agents.csv'), `${['agent,user,phone,group', ...rows].join('\n')}\n`);
  return { ...sites, agents };
}
