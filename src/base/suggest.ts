/** "Did you mean …": the nearest of the known names, when one is near enough. */

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** So many letters of a name that was cut short have to be there for it to be known. */
const LEAST_OF_NAME = 5;

function isCutShort(given: string, known: string): boolean {
  return given.length >= LEAST_OF_NAME && known.startsWith(given);
}

/**
 * The known name nearest to a misspelt one (at most a third of its letters wrong, or its end missing),
 * or undefined.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  const most = Math.max(2, Math.floor(name.length / 3));
  let bestDistance = most + 1;
  for (const candidate of known) {
    const [given, other] = [name.toLowerCase(), candidate.toLowerCase()];
    const d = isCutShort(given, other)
      ? Math.min(most, Math.abs(given.length - other.length))
      : editDistance(given, other);
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  return best;
}

/** `; did you mean "x"?` or, with nothing near, `; known are a, b, c` (at most a dozen). */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `; did you mean "${near}"?`;
  const shown = known.slice(0, 12).join(', ');
  return known.length === 0 ? '' : `; known here: ${shown}${known.length > 12 ? ', …' : ''}`;
}
