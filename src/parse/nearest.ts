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

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
