import { describe, expect, it } from 'vitest';
import { formatCount, formatMs, formatShare } from '../../src/base/units.ts';

describe('a duration for people', () => {
  // Each unit ends where its own rounding reaches the next one.
  it.each([
    [0, '0 ms'],
    [0.0004, '0.4 µs'],
    [0.9994, '999 µs'],
    [0.9996, '1 ms'],
    [1, '1 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1_000, '1 s'],
    [59_960, '60 s'],
    [119_400, '119 s'],
    [119_600, '2 min'],
    [120_000, '2 min'],
    [179_400, '2 min 59 s'],
    [179_600, '3 min'],
    [599_960, '10 min'],
    [7_199_400, '119 min 59 s'],
    [7_199_600, '2 h'],
    [7_200_000, '2 h'],
    [-0.25, '−250 µs'],
    [-3.31, '−3.31 ms'],
    [-599_960, '−10 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });
});

it.each([
  [formatCount(-12_345), '−12\u202f345'],
  [formatCount(999), '999'],
  [formatShare(-0.012), '−1.2 %'],
  [formatShare(0.99996), '99.996 %'],
])('%s: signs of all figures are alike', (shown, expected) => {
  expect(shown).toBe(expected);
});
