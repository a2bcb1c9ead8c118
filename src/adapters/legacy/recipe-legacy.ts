import {
  boundBody,
  boundPath,
  LEGACY_MODES,
  type LegacyMode,
  type LegacyRecipe,
  type LegacyRequest,
  type LegacyValidation,
} from '../../core/legacy-recipe';
import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import type { Legacy } from '../../ports/legacy';
import { createVendorClient, type VendorClient } from '../http/vendor-client';

export type RecipeCredentials =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

export interface RecipeLegacyOptions {
  readonly recipe: LegacyRecipe;
  /** The one host that the recipe's requests go to. */
  readonly baseUrl: string;
  readonly credentials: RecipeCredentials;
  readonly clock: Clock;
  /** Limit of one try of one call, real milliseconds. */
  readonly timeoutMs: number;
}

const SYSTEM = 'Legacy telephony (recipe)';

/**
 * The generic legacy system with the modes of its trunks read and set as a recipe says. All else, live calls too, stays
 * with `generic`. The inverse of a write is never sent from here: the wave's undo sets the mode that it captured.
 */
export function createRecipeLegacy(generic: Legacy, options: RecipeLegacyOptions): Legacy {
  const { recipe, clock } = options;
  const { read, set } = recipe.trunk;
  const client = createVendorClient({
    system: SYSTEM,
    baseUrl: options.baseUrl,
    headers: () => ({ accept: '*/*', authorization: authorization(options.credentials) }),
    clock,
    timeoutMs: options.timeoutMs,
  });
  const modeOf = async (id: string): Promise<LegacyMode> =>
    modeIn(await ask(client, read, id, true), read.modes, id, read.method);

  return {
    ...generic,
    async trunk(id) {
      const mode = await modeOf(id);
      return { ...(await generic.trunk(id)), mode };
    },
    async setTrunk(id, mode) {
      if ((await modeOf(id)) === mode) return false;
      const { validation, inverse, ...request } = set[mode];
      // Not sent again where it may have been carried out: the step comes back and reads first.
      await ask(client, request, id, false);
      if (await comesTrue(client, validation, id, clock)) return true;
      const seconds = validation.withinMs / 1000;
      const message = `${SYSTEM} took ${mode} for trunk ${id}, and its validation did not show that within ${seconds} s: look at the trunk there; ${inverse} is the way back.`;
      throw new Fault(message, { system: SYSTEM, transient: true });
    },
  };
}

function authorization(credentials: RecipeCredentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token}`;
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
}

/** The reply as it came. A question may be asked again whatever its method, a write only when it surely was not heard. */
async function ask(client: VendorClient, request: LegacyRequest, id: string, isQuestion: boolean): Promise<string> {
  const { method, path, headers, body } = request;
  const { text } = await client.request(method, boundPath(path, id), {
    ...(body ? { raw: { text: boundBody(body.text, body.contentType, id), contentType: body.contentType } } : {}),
    idempotent: isQuestion,
    plainReply: true,
    sign: () => headers,
  });
  return text;
}

async function comesTrue(
  client: VendorClient,
  validation: LegacyValidation,
  id: string,
  clock: Clock,
): Promise<boolean> {
  const { contains, withinMs, everyMs } = validation;
  const until = clock.now() + withinMs;
  for (;;) {
    if ((await ask(client, validation, id, true)).includes(contains)) return true;
    const left = until - clock.now();
    if (left <= 0) return false;
    await clock.sleep(Math.min(everyMs, left));
  }
}

/** A reply that shows no mode, or two, is nothing to act on. */
function modeIn(reply: string, modes: Readonly<Record<LegacyMode, string>>, id: string, method: string): LegacyMode {
  const [first, ...more] = LEGACY_MODES.filter((mode) => reply.includes(modes[mode]));
  if (first !== undefined && more.length === 0) return first;
  const shows = first === undefined ? 'none of the modes' : `${[first, ...more].join(' and ')} at once`;
  const message = `${SYSTEM} answered the ${method} for trunk ${id} with a text that shows ${shows}: compare it with trunk.read.mode of the recipe.`;
  throw new Fault(message, { system: SYSTEM, transient: false });
}
