/** Our CSV scanner against csv-parse: the same rows, or both refuse; wherever the text is cut into pieces. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DumpFault } from '../../src/dump/fault.ts';
import { CsvScanner, type Line } from '../../src/dump/rows/csv-scanner.ts';

function scanned(pieces: readonly string[], wanted?: readonly boolean[]): Line[] | 'refused' {
  const scanner = new CsvScanner({ delimiter: ',', escaped: false });
  scanner.wanted = wanted;
  try {
    return [...pieces.flatMap((piece) => [...scanner.scan(piece)]), ...scanner.end()];
  } catch (error) {
    if (error instanceof DumpFault) return 'refused';
    throw error;
  }
}

function referee(text: string): string[][] | 'refused' {
  try {
    const options = { relax_column_count: true, record_delimiter: ['\r\n', '\n'] };
    const rows = parse(text, options) as string[][];
    return rows.filter((row) => row.length > 1 || row[0] !== '');
  } catch {
    return 'refused';
  }
}

const text = fc.string({
  unit: fc.constantFrom('a', 'ü', '"', '""', ',', '\n', '\r\n', ' ', '"a"', ',"b\nc",'),
  maxLength: 30,
});
const cuts = fc.array(fc.nat(60), { maxLength: 4 });

function pieces(whole: string, at: readonly number[]): string[] {
  const places = [0, ...at.map((n) => Math.min(n, whole.length)).sort((a, b) => a - b), whole.length];
  return places.slice(1).map((end, i) => whole.slice(places[i], end));
}

test('rows are those of csv-parse', () => {
  fc.assert(
    fc.property(text, cuts, (whole, at) => {
      const rows = scanned(pieces(whole, at));
      expect(rows === 'refused' ? rows : rows.map((row) => row.values)).toEqual(referee(whole));
    }),
    { numRuns: 3_000, seed: 3 },
  );
});

test('a row says on which line it begins', () => {
  const whole = 'a,b\n"1\n2",x\r\n\n"y\r\nz",w\nlast,one';
  const rows = scanned([whole]) as Line[];
  expect(rows.map((row) => row.line)).toEqual([1, 2, 5, 7]);
});

test('columns that nobody wants are empty, and rows keep their shape', () => {
  expect(scanned(['a,"b""",c\n1,2,3\n'], [false, true, false])).toEqual([
    { line: 1, values: ['', 'b"', ''] },
    { line: 2, values: ['', '2', ''] },
  ]);
});
