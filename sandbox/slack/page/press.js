/** A control that is redrawn while a finger is on it loses the press: whoever redraws asks here first. */
let held = null;
const waiting = new Set();

document.addEventListener('pointerdown', ({ target }) => {
  held = target.closest?.('button, a, select, input, textarea') ?? null;
});
for (const end of ['pointerup', 'pointercancel']) {
  // The click comes after the pointer has been let go.
  document.addEventListener(end, () => setTimeout(letGo), true);
}

function letGo() {
  held = null;
  const draws = [...waiting];
  waiting.clear();
  for (const draw of draws) draw();
}

/** Whether a control inside `root` is being pressed; then `draw` is called once it is let go. */
export function isPressed(root, draw) {
  if (held === null || !root.contains(held)) return false;
  waiting.add(draw);
  return true;
}
