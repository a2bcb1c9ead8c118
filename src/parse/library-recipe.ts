import type { Recipe } from '../core/recipe';
import type { Site } from '../core/site';
import { good, type Parsed } from './parse-fault';
import { parseRecipe } from './recipe';
import { isWaveDocument, parseWaveDocument } from './wave-document';

/** A recipe, or a wave document in its literal form bound to a site: whichever the text is. */
export function parseLibraryRecipe(
  text: string,
  file: string,
  site: Site,
): Parsed<{ readonly recipe: Recipe; readonly wave: string | null; readonly notes: readonly string[] }> {
  if (!isWaveDocument(text)) {
    const parsed = parseRecipe(text, file);
    return parsed.ok ? good({ recipe: parsed.value, wave: null, notes: [] }) : parsed;
  }
  const parsed = parseWaveDocument(text, file, site);
  return parsed.ok
    ? good({ recipe: parsed.value.recipe, wave: parsed.value.waveId, notes: parsed.value.notes })
    : parsed;
}
