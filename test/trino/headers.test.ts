import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePairs, encodePairs } from '../../src/trino/headers.ts';

test('pairs come back as they were, whatever the values hold', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z_.]{1,12}$/), fc.string({ unit: 'grapheme' })),
      (pairs) => {
        expect(decodePairs(encodePairs(pairs))).toEqual({ ...pairs });
      },
    ),
    { seed: 7 },
  );
});

test('half a surrogate pair, as a damaged dump may hold, is sent as the replacement character', () => {
  expect(encodePairs({ query_label: 'a\ud800b' })).toBe('query_label=a%EF%BF%BDb');
});
