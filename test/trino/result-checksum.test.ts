import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResultDigest } from '../../src/trino/result-checksum.ts';

function digest(rows: readonly (readonly unknown[])[]): string {
  const sum = createResultDigest();
  for (const row of rows) sum.add(row);
  return sum.hex();
}

const rows = fc.array(fc.array(fc.jsonValue(), { maxLength: 4 }), { maxLength: 20 });

describe('the result digest', () => {
  it('does not depend on the order of rows', () => {
    const shuffled = rows.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(fc.property(shuffled, ([all, mixed]) => digest(mixed) === digest(all)));
  });

  it('sees a row more, a row less and a row twice', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.jsonValue(), { maxLength: 4 }), (all, extra) => {
        const more = digest([...all, extra]);
        expect(more).not.toBe(digest(all));
        expect(digest([...all, extra, extra])).not.toBe(more);
      }),
    );
  });

  it.each([
    [[[1, 2]], [[12]]],
    [[['1']], [[1]]],
    [[[null]], [['null']]],
    [[['a', 'b']], [['b', 'a']]],
    [[[1], [2]], [[1, 2]]],
    [[['é']], [['e\u0301']]],
  ])('tells %j from %j', (one, other) => {
    expect(digest(one)).not.toBe(digest(other));
  });

  it('has no two equal hashes among a hundred thousand near rows', () => {
    const seen = new Set(Array.from({ length: 100_000 }, (_, i) => digest([[i, 'x', i % 7]])));
    expect(seen.size).toBe(100_000);
  });

  it('is empty without rows and 16 hex digits with some', () => {
    expect(digest([])).toBe('');
    expect(digest([[1]])).toMatch(/^[0-9a-f]{16}$/);
  });
});
