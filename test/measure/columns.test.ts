import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CodedColumn,
  groupPlaces,
  NumberColumn,
  numbersAt,
  placesOf,
  recordsAt,
  tableOf,
} from '../../src/measure/record/columns.ts';
import { samplesOf } from '../../src/measure/record/samples.ts';
import { lostSubmit, NEVER_SENT, sample } from './factory.ts';

describe('a column gives back what was put in', () => {
  it.each([
    ['small numbers', [0, -1, 7]],
    ['microseconds of a day, after small ones', [1, 86_400_000_000, -1]],
    ['fractions', [0.5, 2, -1.25]],
  ])('%s', (_, values) => {
    const column = new NumberColumn(values.length, 3);
    expect(column.at(0)).toBe(3);
    for (const [place, value] of values.entries()) column.set(place, value);
    expect(values.map((_, place) => column.at(place))).toEqual(values);
  });

  it('64-bit integers of both signs, of any size that is exact, and it knows them for integers', () => {
    const edges = fc.constantFrom(
      -(2 ** 31) - 1,
      -(2 ** 31),
      -1,
      0,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(edges, fc.maxSafeInteger()), { maxLength: 20 }), (values) => {
        const column = new NumberColumn(values.length + 1, 3);
        column.fill(1, BigInt64Array.from(values, BigInt));
        expect([3, ...values].map((_, place) => column.at(place))).toEqual([3, ...values]);
        expect(column.areIntegers()).toBe(true);
      }),
    );
    for (const wrong of [0.5, Number.NaN, 2 ** 53]) {
      const column = new NumberColumn(2);
      column.fill(0, [1, wrong]);
      expect(column.areIntegers()).toBe(false);
    }
  });

  it('values of any kind, in any order, more distinct ones than it looks for', () => {
    const ids = Array.from({ length: 50_010 }, (_, i) => `id ${i}`);
    const values = ['', ...ids, 'id 50005', 'id 3', ''];
    const column = new CodedColumn<string>(values.length, '');
    for (const [place, value] of values.entries()) column.set(place, value);
    expect(values.filter((value, place) => column.at(place) !== value)).toEqual([]);
    expect(groupPlaces(placesOf(values), (place) => column.at(place)).get('id 50005')).toEqual(
      Uint32Array.of(50_006, 50_011),
    );
  });
});

it('a column that is made of another asks once for each distinct value', () => {
  const column = new CodedColumn<string>(4, '');
  for (const [place, value] of ['a', 'b', 'a', 'b'].entries()) column.set(place, value);
  const asked: string[] = [];
  const upper = column.map((value) => {
    asked.push(value);
    return value === 'a' ? undefined : value.toUpperCase();
  });
  const read = () => [0, 1, 2, 3].map((place) => upper.map((value) => value ?? '-').at(place));
  expect([read(), read()]).toEqual([
    ['-', 'B', '-', 'B'],
    ['-', 'B', '-', 'B'],
  ]);
  expect(asked).toEqual(['', 'a', 'b']);
});

describe('a table', () => {
  const records = [sample(1, { expected: { rows: 1, checksum: 'c' } }), lostSubmit(2), sample(3, NEVER_SENT)];
  const table = samplesOf(records);

  it('shows each record as it was, field by field and as JSON', () => {
    expect(table).toHaveLength(3);
    expect(JSON.parse(JSON.stringify([...table]))).toEqual(records);
    for (const [place, record] of records.entries())
      for (const field of Object.keys(record) as (keyof typeof record)[]) {
        expect(table[field].at(place)).toEqual(record[field]);
        expect(table.at(place)[field]).toEqual(record[field]);
      }
    expect(table.at(1).expected).toBeUndefined();
  });

  it('has room for columns that are made of others', () => {
    const side = new NumberColumn(2);
    for (const [place, value] of [3, 4].entries()) side.set(place, value);
    const squares = tableOf<{ area: number }>(2, { area: side.map((length) => length ** 2) });
    expect(JSON.stringify(recordsAt(squares, Uint32Array.of(1, 0)))).toBe('[{"area":16},{"area":9}]');
  });
});

describe('places in groups', () => {
  it('are what Map.groupBy makes of them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5)), (keys) => {
        const places = placesOf(keys).reverse();
        const groups = groupPlaces(places, (place) => keys[place]);
        const asked = Map.groupBy(places, (place) => keys[place]);
        expect(Array.from(groups, ([key, group]) => [key, [...group]])).toEqual([...asked]);
        expect([...numbersAt(places, (place) => keys[place] ?? -1)]).toEqual(keys.toReversed());
      }),
    );
  });
});
