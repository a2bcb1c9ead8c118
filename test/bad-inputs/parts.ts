/** Which entrances one process feeds, and how each is opened. */
import type { Entrance, EntranceName } from './entrance';
import { feed, type Order, type Report } from './feed';
import { type House, openHouse } from './house';
import { throughAnswers } from './through-answers';
import { overHttp, throughButtons, throughForms } from './through-clicks';
import { throughCommandLine } from './through-command-line';
import { throughFiles } from './through-files';
import { throughHttp } from './through-http';
import { throughNetwork } from './through-network';
import { throughRedis } from './through-redis';
import { throughSettings } from './through-settings';
import { throughSocket } from './through-socket';

/** What waits runs beside what works: four processes keep two cores busy. */
export const PARTS: readonly (readonly EntranceName[])[] = [
  ['signed HTTP', 'probe, figures, DNS, SIP'],
  ['button values', 'modals', 'Socket Mode'],
  ['Redis contents', 'command line', 'settings'],
  ['API answers', 'wave and site files'],
];

type Fed = (order: Order) => Promise<Report>;

const opened =
  <Input>(open: (house: () => Promise<House>) => Promise<Entrance<Input>> | Entrance<Input>) =>
  (house: () => Promise<House>): Fed =>
  async (order) => {
    const entrance = await open(house);
    try {
      return await feed(entrance, order);
    } finally {
      await entrance.close();
    }
  };

const ENTRANCES: Readonly<Record<EntranceName, (house: () => Promise<House>) => Fed>> = {
  'signed HTTP': opened(async (house) => throughHttp(await house())),
  'button values': opened(async (house) => {
    const at = await house();
    return throughButtons(at, overHttp(at, 'button values'));
  }),
  modals: opened(async (house) => {
    const at = await house();
    return throughForms(at, overHttp(at, 'modals'));
  }),
  'Socket Mode': opened(async (house) => throughSocket(await house())),
  'wave and site files': opened(() => throughFiles()),
  'API answers': opened(() => throughAnswers()),
  'Redis contents': opened(async (house) => throughRedis(await house())),
  'command line': opened(async (house) => throughCommandLine(await house())),
  settings: opened(() => throughSettings()),
  'probe, figures, DNS, SIP': opened(() => throughNetwork()),
};

/**
 * Feeds these entrances one after the other. Where a house was opened, its wave stood at a gate all the while: at the end
 * it is approved, and has to go on.
 */
export async function feedAll(orders: ReadonlyMap<EntranceName, Order>, told: (report: Report) => void): Promise<void> {
  let house: Promise<House> | null = null;
  const at = (): Promise<House> => {
    house ??= openHouse();
    return house;
  };
  try {
    let last: Report | null = null;
    for (const [name, order] of orders) {
      if (last) told(last);
      last = await ENTRANCES[name](at)(order);
    }
    const works = house === null ? null : await (await at()).approve().then(() => null, String);
    if (last && works !== null)
      last = {
        ...last,
        findings: [...last.findings, { entrance: last.name, batch: -1, wrong: works, input: 'all that came before' }],
      };
    if (last) told(last);
  } finally {
    if (house !== null) await (await at()).close();
  }
}
