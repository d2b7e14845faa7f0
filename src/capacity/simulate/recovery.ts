/** How long the users felt a disturbance: until p95 is back where it was before. */
import type { SimWindow } from './result.ts';
import type { Disturbance } from './world.ts';

/** p95 is back when so many windows in a row are no worse than the worst calm one. */
const CALM_WINDOWS = 3;

/**
 * Milliseconds from the first disturbance to the start of the first of three windows in a row whose p95 does not exceed
 * the highest p95 before it; null without a disturbance, without windows before it, or when that never comes.
 */
export function recoveryMs(
  windows: readonly SimWindow[],
  disturbances: readonly Disturbance[],
): number | null {
  if (disturbances.length === 0) return null;
  const atMs = disturbances.reduce((min, d) => Math.min(min, d.atMs), Number.POSITIVE_INFINITY);
  const width = (windows[1]?.startMs ?? 0) - (windows[0]?.startMs ?? 0);
  const before = windows.filter((w) => w.startMs + width <= atMs && w.p95Ms !== null);
  const after = windows.filter((w) => w.startMs + width > atMs && w.p95Ms !== null);
  if (before.length === 0) return null;
  const calm = Math.max(...before.map((w) => w.p95Ms ?? 0));
  const isCalm = (w: SimWindow | undefined) => w !== undefined && (w.p95Ms ?? 0) <= calm && w.drops === 0;
  const first = after.findIndex((_, i) =>
    Array.from({ length: CALM_WINDOWS }, (_, k) => after[i + k]).every(isCalm),
  );
  return first < 0 ? null : Math.max(0, (after[first]?.startMs ?? 0) - atMs);
}
