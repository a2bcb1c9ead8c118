/** Asks until the answer is yes, at most `limitMs` long; whether it was. A rejection means not yet. */
export async function until(ask: () => Promise<boolean>, limitMs: number, pauseMs = 50): Promise<boolean> {
  for (const end = Date.now() + limitMs; Date.now() < end; ) {
    if (await ask().catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return false;
}
