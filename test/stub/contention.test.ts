// Work that slows down as more of it goes on, in fake time.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { sharedWork } from '../../src/stub/coordinator/contention.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function track(alpha: number, beta: number) {
  const startMs = systemClock.nowMs();
  const ended: [string, number][] = [];
  const work = sharedWork<string>(systemClock, { alpha, beta }, (item) =>
    ended.push([item, Math.round(systemClock.nowMs() - startMs)]),
  );
  return { work, ended };
}

describe('statements under contention', () => {
  test('alone a statement takes its own time', () => {
    const { work, ended } = track(0.5, 0.1);
    work.begin('a', 100);
    vi.advanceTimersByTime(1_000);
    expect(ended).toEqual([['a', 100]]);
  });

  test('α = 1 is processor sharing: two take twice as long', () => {
    const { work, ended } = track(1, 0);
    work.begin('a', 100);
    work.begin('b', 100);
    vi.advanceTimersByTime(1_000);
    expect(ended).toEqual([
      ['a', 200],
      ['b', 200],
    ]);
  });

  test('one that comes later slows the other down from then on', () => {
    const { work, ended } = track(1, 0);
    work.begin('a', 100);
    vi.advanceTimersByTime(50);
    work.begin('b', 100);
    vi.advanceTimersByTime(1_000);
    // a: 50 alone, then 50 at half speed; b: 50 done by then, and 50 alone.
    expect(ended).toEqual([
      ['a', 150],
      ['b', 200],
    ]);
  });

  test('one that is given up is never done, and the other goes faster', () => {
    const { work, ended } = track(1, 0);
    work.begin('a', 100);
    work.begin('b', 100);
    vi.advanceTimersByTime(100);
    work.drop('b');
    vi.advanceTimersByTime(1_000);
    expect(ended).toEqual([['a', 150]]);
  });

  test('n at once have the throughput of the scalability law', () => {
    const { work, ended } = track(0.02, 0.001);
    for (let i = 0; i < 10; i++) work.begin(`q${i}`, 100);
    vi.advanceTimersByTime(10_000);
    expect(ended).toHaveLength(10);
    expect(ended.at(-1)?.[1]).toBe(Math.round(100 * (1 + 0.02 * 9 + 0.001 * 90)));
  });
});
