import { groupsNamedIn, type Person } from '../src/core/actor';
import type { WaveCommand } from '../src/core/commands';
import { type UserId, type WaveId, waveId } from '../src/core/ids';
import type { SitePolicy } from '../src/core/site';
import type { Wave } from '../src/core/wave';
import { type Engine, type Handled, handle } from '../src/engine/handle';
import type { Library } from '../src/ports/library';
import type { People } from '../src/ports/people';
import type { Message } from '../src/ports/thread';
import type { VanishedWave, VanishedWaves } from '../src/ports/vanished-waves';
import type { StoredWave } from '../src/ports/wave-log';
import type { World } from '../src/ports/world';

/** What every verb and button is given. */
export interface CommandRoom {
  readonly engine: Engine;
  readonly world: World;
  readonly library: Library;
  readonly people: People;
  /** What the store has lost altogether; absent where nothing looks for it. */
  readonly lost?: LostRoom;
}

export interface LostRoom {
  readonly vanished: VanishedWaves;
  /** Searches the channel where that is still due. Throws `Fault`. */
  readonly search: () => Promise<unknown>;
  readonly tell: (wave: VanishedWave, message: Message) => Promise<unknown>;
}

/** Who asks, before it is known what they may. */
export interface Asker {
  readonly user: UserId;
  readonly via: 'slack' | 'cli';
}

/** The person with the groups that the policy names, as of now. */
export async function personOf(room: CommandRoom, asker: Asker, policy: SitePolicy): Promise<Person> {
  const groups = await room.people.groupsOf(asker.user, groupsNamedIn(policy));
  return { kind: 'person', user: asker.user, via: asker.via, groups };
}

/** The newest wave of a site, or the wave of that id; null when there is none. */
export async function findStored(room: CommandRoom, designation: string): Promise<StoredWave | null> {
  const id = await newestWave(room, designation);
  return id ? room.engine.log.load(id) : null;
}

export async function findWave(room: CommandRoom, designation: string): Promise<Wave | null> {
  return (await findStored(room, designation))?.wave ?? null;
}

async function newestWave(room: CommandRoom, designation: string): Promise<WaveId | null> {
  if (/-wave-\d+$/.test(designation)) return waveId(designation);
  return (await room.engine.log.wavesOf(designation)).at(-1) ?? null;
}

/** One command of a person for an existing wave. The person's rights are those of the wave's own site. */
export async function steer(
  room: CommandRoom,
  asker: Asker,
  stored: StoredWave,
  command: (actor: Person) => WaveCommand,
): Promise<Handled> {
  const { wave } = stored;
  const actor = await personOf(room, asker, wave.plan.site.policy);
  return handle(room.engine, wave.id, command(actor), { stored });
}
