// One record is one line, whatever stands in it: for our own reader and for those that know more ends of a line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { jsonLine, jsonLinesOf, textLines } from '../../src/base/lines.ts';

const ODD = [
  '\u2028',
  '\u2029',
  '\u0085',
  '\u000b',
  '\u000c',
  '\u001c',
  '\r',
  '\r\n',
  '\n',
  '\0',
  '😀',
  '\\',
  '"',
];
const oddText = fc
  .array(fc.oneof(fc.constantFrom(...ODD), fc.string({ maxLength: 5 })), { maxLength: 8 })
  .map((parts) => parts.join(''));
const records = fc.array(fc.dictionary(oddText, oddText, { maxKeys: 4, noNullPrototype: true }), {
  maxLength: 8,
});

test('what is written as lines is read back, with either reader', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (all) => {
      const text = all.map((record) => `${jsonLine(record)}\n`).join('');
      const lines: string[] = [];
      for await (const line of createInterface({ input: Readable.from([text]) })) lines.push(line);
      expect(lines.map((line) => JSON.parse(line))).toEqual(all);
      expect(text.split('\n').length - 1).toBe(all.length);
    }),
  );
});

test('lines are the same however the text is cut, and end at a newline only', async () => {
  await fc.assert(
    fc.asyncProperty(oddText, fc.array(fc.nat({ max: 40 })), async (text, cuts) => {
      const places = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort(
        (a, b) => a - b,
      );
      const chunks = places.slice(1).map((end, i) => text.slice(places[i], end));
      const lines: string[] = [];
      for await (const batch of textLines(Readable.from(chunks))) lines.push(...batch);
      const wanted = text.split('\n');
      if (wanted.at(-1) === '') wanted.pop();
      expect(lines).toEqual(wanted);
    }),
  );
});

test('lines of a file that an older program wrote unescaped; a broken one is named and the rest is read', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lines-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'old.ndjson');
  writeFileSync(file, `${JSON.stringify({ sql: 'a\u2028b\u2029c' })}\n\n{"x"\r\n{"y":1}\r\n{"z":2}`);
  const read = [];
  for await (const one of jsonLinesOf(file)) read.push(one);
  expect(read).toEqual([
    { line: 1, value: { sql: 'a\u2028b\u2029c' } },
    { line: 3, reason: expect.stringMatching(/JSON/) },
    { line: 4, value: { y: 1 } },
    { line: 5, value: { z: 2 } },
  ]);
});
