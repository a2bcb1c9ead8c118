/** The known word that was probably meant, or null when none is near. */
export function nearest<Word extends string>(word: string, known: readonly Word[]): Word | null {
  const asked = word.slice(0, 80).toLowerCase();
  const allowed = Math.max(1, Math.floor(asked.length / 3));
  let best: Word | null = null;
  let bestDistance = allowed + 1;
  for (const candidate of known) {
    const distance = editDistance(asked, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `Did you mean "target"?` in the imperative of a mend, or the list of what there is. */
export function suggestion(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  if (meant !== null) return `Write "${meant}" if that is meant`;
  return known.length === 0 ? 'Leave it out' : `Known here: ${known.join(', ')}`;
}

/**
 * Levenshtein's distance, with two neighbours swapped as one slip: insertions, deletions, replacements and swaps that make
 * one word of the other.
 */
export function editDistance(a: string, b: string): number {
  let [older, row]: readonly number[][] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(older, j - 2) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(replaced, swapped, at(row, j) + 1, at(next, j - 1) + 1));
    }
    [older, row] = [row, next];
  }
  return at(row, b.length);
}

const at = (row: readonly number[] | undefined, i: number): number => row?.[i] ?? Number.POSITIVE_INFINITY;
