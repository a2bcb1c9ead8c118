import type { LegacyRecipe } from '../core/legacy-recipe';
import { parseLegacyRecipe } from './legacy-recipe';
import { type Desk, plain, safeUrl, text } from './settings-desk';
import type { SettingName } from './settings-table';

/** How trunks are read and set where the generic API does not: by a recipe, at one base URL. */
export interface LegacyRecipeSettings {
  readonly recipe: LegacyRecipe;
  readonly baseUrl: string;
  readonly credentials:
    | { readonly kind: 'basic'; readonly user: string; readonly password: string }
    | { readonly kind: 'bearer'; readonly token: string };
}

const NAMES: readonly SettingName[] = [
  'LEGACY_RECIPE_URL',
  'LEGACY_RECIPE_USER',
  'LEGACY_RECIPE_PASSWORD',
  'LEGACY_RECIPE_TOKEN',
];

/** `content` is what stands in the file; null where there is none that can be read. */
export function legacyRecipeOf(desk: Desk, content: string | null): LegacyRecipeSettings | null {
  const file = desk.given('LEGACY_RECIPE');
  if (file === null) {
    // Forgetting the file must not quietly leave the trunks with the generic API.
    if (NAMES.some((name) => desk.given(name) !== null))
      desk.required('LEGACY_RECIPE', text, '', 'is missing, and another setting of the recipe is there');
    return null;
  }
  const why = 'is missing, and LEGACY_RECIPE is set';
  const baseUrl = desk.required('LEGACY_RECIPE_URL', safeUrl, '', why);
  const credentials = credentialsOf(desk);
  const recipe = recipeOf(desk, content, file);
  return recipe && { recipe, baseUrl, credentials };
}

function credentialsOf(desk: Desk): LegacyRecipeSettings['credentials'] {
  const token = desk.optional('LEGACY_RECIPE_TOKEN', plain);
  const hasUser = desk.given('LEGACY_RECIPE_USER') !== null || desk.given('LEGACY_RECIPE_PASSWORD') !== null;
  if (token !== null && hasUser)
    desk.faults.push({
      place: 'LEGACY_RECIPE_TOKEN',
      wrong: 'LEGACY_RECIPE_TOKEN stands beside LEGACY_RECIPE_USER or LEGACY_RECIPE_PASSWORD',
      mend: 'Keep the token, or the user with the password',
    });
  if (desk.given('LEGACY_RECIPE_TOKEN') !== null) return { kind: 'bearer', token: token ?? '' };
  const why = 'is missing, and there is no LEGACY_RECIPE_TOKEN in its place';
  return {
    kind: 'basic',
    user: desk.required('LEGACY_RECIPE_USER', readUser, '', why),
    password: desk.required('LEGACY_RECIPE_PASSWORD', plain, '', why),
  };
}

/** Basic authentication ends the user at the first colon. */
const readUser = (value: string) =>
  /^[\x20-\x39\x3b-\x7e]+$/.test(value)
    ? { value }
    : { wrong: 'has a character that a user cannot have', mend: 'Write a user without a colon, in plain letters' };

function recipeOf(desk: Desk, content: string | null, file: string): LegacyRecipe | null {
  if (content === null) {
    desk.faults.push({
      place: 'LEGACY_RECIPE',
      wrong: 'LEGACY_RECIPE names no file that can be read',
      mend: 'Name the YAML file of the recipe',
    });
    return null;
  }
  const parsed = parseLegacyRecipe(content, file);
  if (parsed.ok) return parsed.value;
  desk.faults.push(...parsed.faults);
  return null;
}
