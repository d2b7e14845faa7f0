/** Any query, written as CSV or as canonical lines, comes back as it was. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalLine } from '../../src/dump/formats/canonical.ts';
import { readDump } from '../../src/dump/read.ts';
import type { DumpRecord } from '../../src/dump/record.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dump-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function read(content: string) {
  const file = join(dir, 'dump');
  writeFileSync(file, content);
  return readDump([file]);
}

describe('what is written is read back', () => {
  const word = fc.string({
    unit: fc.constantFrom(
      'a',
      '"',
      "'",
      ',',
      ';',
      '|',
      '\t',
      '\n',
      '\r\n',
      ' ',
      '\\',
      'ü',
      '東',
      '😀',
      '[',
      '{',
      '}',
      '(',
    ),
  });
  const nasty = word.map((w) => `SELECT ${w} 1`);
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const delimiter = fc.constantFrom(',', '\t', '|', ';');

  test('CSV with any SQL in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(nasty, { minLength: 1, maxLength: 20 }),
        delimiter,
        fc.boolean(),
        async (texts, d, crlf) => {
          const eol = crlf ? '\r\n' : '\n';
          const header = ['query_id', 'query_text', 'user_name', 'created'].map(cell).join(d);
          const body = texts.map((sql, i) =>
            [`q${i}`, sql, 'ana', String(1772439300000 + i)].map(cell).join(d),
          );
          const { records } = await read([header, ...body].join(eol));
          expect(records.map((r) => r.sql)).toEqual(texts);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  test('canonical lines with anything in them', async () => {
    const text = word.map((w) => `x${w}`);
    const map = fc.dictionary(fc.stringMatching(/^[a-z_.]{1,8}$/), text, { maxKeys: 3 });
    const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
      fc.option(
        value.map((v) => ({ [key]: v })),
        { nil: {} },
      );
    const record = fc
      .tuple(
        fc.record({
          arrivedAtMs: fc.integer({ min: 1.7e15, max: 1.8e15 }).map((micros) => micros / 1e3),
          sql: nasty,
          user: text,
          clientTags: fc.array(text, { maxLength: 3 }),
          session: map,
          prepared: map,
        }),
        optional('source', text),
        optional('clientInfo', text),
        optional('timeZone', text),
        optional(
          'recorded',
          fc.constant({
            state: 'FAILED',
            errorName: 'SYNTAX_ERROR',
            errorType: 'USER_ERROR',
            elapsedMs: 1.5,
          }),
        ),
        optional('routedTo', fc.record({ group: text, backend: text })),
      )
      .map((parts) => Object.assign({}, ...parts) as Omit<DumpRecord, 'origin'>);
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 10 }), async (wanted) => {
        const sorted = wanted
          .map((r, i): DumpRecord => ({ ...r, queryId: `q${i}`, origin: { file: 'x', line: 1 } }))
          .sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
        const { records } = await read(sorted.map((r) => `${canonicalLine(r)}\n`).join(''));
        const strip = ({ origin: _, ...rest }: DumpRecord) => rest;
        expect(records.map(strip)).toEqual(sorted.map(strip));
      }),
      { numRuns: 60, seed: 2 },
    );
  });
});
