// How long a disturbance is felt, and when it hurts most: told from two simulations of the same load.
import { describe, expect, test } from 'vitest';
import { feltMs } from '../../src/capacity/plan/felt.ts';
import type { SimWindow } from '../../src/capacity/simulate/result.ts';

/** Windows of ten seconds with these p95 (null: none ended). */
const windows = (p95s: readonly (number | null)[], more: Partial<SimWindow>[] = []): SimWindow[] =>
  p95s.map((p95Ms, i) => ({
    ...{ startMs: i * 10_000, arrived: 10, finished: 10, drops: 0, p95Ms, open: [1, 1] },
    ...more[i],
  }));

const CALM = windows([100, 100, 100, 100, 100, 100, 300, 300, 300, 300, 300, 300, 300, 300]);

describe('felt for', () => {
  test('until three windows in a row are as they would have been', () => {
    const hit = windows([100, 100, 900, 310, 300, 800, 320, 310, 300, 300, 300, 300, 300, 300]);
    expect(feltMs(hit, CALM, 22_000)).toBe(38_000);
  });

  test('is nothing where nothing differs, though the load itself rises', () => {
    expect(feltMs(CALM, CALM, 22_000)).toBe(0);
  });

  test('is nothing where queries end a window later', () => {
    const hit = windows([100, 100, 100, 100, 300, 300, 300, 300, 300, 300, 300, 300, 300, 300]);
    expect(feltMs(hit, CALM, 22_000)).toBe(0);
  });

  test('counts losses, too', () => {
    const hit = CALM.map((w, i) => (i === 2 ? { ...w, drops: 3 } : w));
    expect(feltMs(hit, CALM, 22_000)).toBe(8_000);
  });

  test('goes on while nothing ends that would have', () => {
    const hit = windows([100, 100, null, null, null, null, 300, 300, 300, 300, 300, 300, 300, 300]);
    expect(feltMs(hit, CALM, 22_000)).toBe(38_000);
  });

  test('windows in which nothing would have ended either are no worse', () => {
    const quiet = windows([100, 100, null, null, null, 100, 100, 100]);
    expect(feltMs(quiet, quiet, 22_000)).toBe(0);
  });

  test('never ends where the last windows are still worse', () => {
    const hit = CALM.map((w, i) => (i < 2 ? w : { ...w, p95Ms: 900 }));
    expect(feltMs(hit, CALM, 22_000)).toBeNull();
  });
});
