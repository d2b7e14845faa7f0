/** Answers that are kept for a short while, so that not every request asks a server for the same. */
const MOST_ENTRIES = 5_000;

/** Undefined answers and failures are not kept: who was refused may be asked for again at once. */
export function remembered<T>(
  keepMs: number,
  nowMs: () => number,
): (key: string, ask: () => Promise<T | undefined>) => Promise<T | undefined> {
  const kept = new Map<string, { readonly value: T; readonly untilMs: number }>();
  return async (key, ask) => {
    const known = kept.get(key);
    if (known !== undefined && known.untilMs > nowMs()) return known.value;
    kept.delete(key);
    const value = await ask();
    if (value === undefined) return undefined;
    kept.set(key, { value, untilMs: nowMs() + keepMs });
    const oldest = kept.size > MOST_ENTRIES ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return value;
  };
}
