// Regular expressions of scenarios and studies: found anywhere, by code points, and never slow.
import { describe, expect, test } from 'vitest';
import { finder, regexProblem } from '../../src/base/regex.ts';

describe('a regular expression of a scenario', () => {
  test.each([
    ['superset', 'apache superset 4', true],
    ['^dbt', 'x dbt', false],
    ['(?i)SUPERSET', 'Apache Superset', true],
    ['^.$', '😀', true],
    ['', 'anything', true],
  ])('%s in %s: %s', (pattern, text, found) => {
    expect(regexProblem(pattern)).toBeUndefined();
    expect(finder(pattern)(text)).toBe(found);
  });

  test('takes time in proportion to the text, whatever it is', () => {
    // Backtracking would try two to the power of the length.
    expect(finder('(a+)+$')(`${'a'.repeat(50_000)}!`)).toBe(false);
    expect(finder('^(\\w+\\s?)*$')(`${'word '.repeat(5_000)}!`)).toBe(false);
  });

  test.each([
    ['[', /^not a regular expression: /],
    ['(', /^not a regular expression: /],
    ['(?=a)b', /look-around and back-references are not supported/],
    ['(a)\\1', /look-around and back-references are not supported/],
  ])('%s is refused with the reason', (pattern, reason) => {
    expect(regexProblem(pattern)).toMatch(reason);
  });

  test('none is no problem', () => {
    expect(regexProblem(undefined)).toBeUndefined();
  });
});
