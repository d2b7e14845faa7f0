/** How long users felt a disturbance: until they were served as the same load was without it. */
import type { SimWindow } from '../simulate/result.ts';

/** Served alike again when so many windows in a row are alike. */
const ALIKE_WINDOWS = 3;
/** A p95 so many times that of the undisturbed simulation is felt. */
const FELT_RATIO = 1.1;
/** A query that ends a little later may do so in another window: the highest p95 of so many around it is what is usual. */
const AROUND_WINDOWS = 3;

/**
 * Milliseconds from `atMs` to the start of the first of three windows in a row that are no worse than in the undisturbed
 * simulation: no more queries lost, some ended where some did, and a p95 at most a tenth above the highest around that time. Both
 * have the same draw of the load and windows of the same width, so what differs is the disturbance. Null when that never
 * comes; 0 when it was not felt.
 */
export function feltMs(
  disturbed: readonly SimWindow[],
  calm: readonly SimWindow[],
  atMs: number,
): number | null {
  const widthMs = widthOf(disturbed);
  const from = disturbed.findIndex((w) => w.startMs + widthMs > atMs);
  if (from < 0) return null;
  const isAlike = (i: number) => {
    const [hit, own] = [disturbed[i], calm[i]];
    if (hit === undefined) return true;
    if (hit.drops > (own?.drops ?? 0)) return false;
    if (hit.p95Ms === null) return (own?.p95Ms ?? null) === null;
    const around = calm.slice(Math.max(0, i - AROUND_WINDOWS), i + AROUND_WINDOWS + 1);
    return hit.p95Ms <= FELT_RATIO * Math.max(...around.map((w) => w.p95Ms ?? 0));
  };
  for (let i = from; i < disturbed.length; i++)
    if (Array.from({ length: ALIKE_WINDOWS }, (_, k) => i + k).every(isAlike))
      return i === from ? 0 : Math.max(0, (disturbed[i]?.startMs ?? 0) - atMs);
  return null;
}

const widthOf = (windows: readonly SimWindow[]) => (windows[1]?.startMs ?? 0) - (windows[0]?.startMs ?? 0);
