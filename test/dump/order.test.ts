/** Dumps that do not fit in memory are sorted on disk, and nobody sees a difference. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DistinctTexts } from '../../src/dump/distinct.ts';
import { orderedDump } from '../../src/dump/order/ordered.ts';
import { type Item, Spool } from '../../src/dump/order/spool.ts';
import { byArrival } from '../../src/dump/order/spread.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import { partsOf, sampledDump, shares } from '../../src/dump/work/sample.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dump-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function all<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const batch of batches) items.push(...batch);
  return items;
}

const HEADER = 'query_id,query_text,user_name,created,source\n';

/** Rows in any order, some ids twice. */
const rows = fc.array(
  fc.record({ id: fc.nat(30), at: fc.integer({ min: 0, max: 5_000 }), source: fc.constantFrom('a', 'b') }),
  { minLength: 1, maxLength: 80 },
);

function written(list: readonly { id: number; at: number; source: string }[]): string {
  const file = join(dir, 'dump.csv');
  const line = ({ id, at, source }: { id: number; at: number; source: string }) =>
    `20260302_081500_${String(id).padStart(5, '0')}_ab3de,"SELECT ${id}, 'ü'",ana,${1772439300000 + at},${source}\n`;
  writeFileSync(file, HEADER + list.map(line).join(''));
  return file;
}

describe('sorting on disk', () => {
  test('gives what sorting in memory gives, for any order of rows', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const file = written(list);
        const [small, large] = await Promise.all([
          orderedDump([file], { spoolBytes: 500 }),
          orderedDump([file], {}),
        ]);
        const records = await all(small.records());
        expect(records).toEqual(await all(large.records()));
        expect(small.gathered).toEqual(large.gathered);
        // A second reading is the same.
        expect(await all(small.records())).toEqual(records);
        expect(records.map((r) => r.arrivedAtMs)).toEqual(
          records.map((r) => r.arrivedAtMs).toSorted((a, b) => a - b),
        );
        expect(new Set(records.map((r) => r.queryId)).size).toBe(records.length);
        small.close();
        large.close();
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  test('leaves nothing behind', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('rehearse-dump-'));
    const file = written(Array.from({ length: 200 }, (_, i) => ({ id: 199 - i, at: i % 7, source: 'a' })));
    const dump = await orderedDump([file], { spoolBytes: 500 });
    const during = readdirSync(tmpdir()).filter((name) => name.startsWith('rehearse-dump-'));
    const own = during.filter((name) => !before.includes(name));
    expect(own.length).toBeGreaterThan(0);
    dump.close();
    expect(own.filter((name) => existsSync(join(tmpdir(), name)))).toEqual([]);
  });

  test('texts that come in order are one run, read as they were written', async () => {
    const folder = mkdtempSync(join(dir, 'spool-'));
    const spool = new Spool('x', byArrival, () => folder, 200);
    const items = Array.from({ length: 100 }, (_, i): Item => {
      return { atMs: i, index: 0, place: i, id: '', grain: 2, text: `{"n":"ü${i}"}` };
    });
    for (const item of items) spool.add(item);
    spool.finish();
    expect(readdirSync(folder)).toHaveLength(1);
    expect(await all(spool.items())).toEqual(items);
  });
});

test('different texts are counted exactly, in memory and on disk', () => {
  const folder = mkdtempSync(join(dir, 'distinct-'));
  const texts = new DistinctTexts(() => folder, 64);
  for (let i = 0; i < 5_000; i++) texts.add(`SELECT ${i % 1_237}`);
  expect(texts.total()).toBe(1_237);
  expect(readdirSync(folder).length).toBeGreaterThan(1);
});

describe('a sample', () => {
  const HOUR = 3_600_000;
  const file = () => {
    const list = Array.from({ length: 3_000 }, (_, i) => {
      const source = i % 10 === 0 ? 'batch' : 'board';
      return `q${i},${i % 3 === 0 ? 'SHOW TABLES' : `SELECT ${i}`},ana,${1772439300000 + i * (HOUR / 500)},${source}\n`;
    });
    const path = join(dir, 'hours.csv');
    writeFileSync(path, HEADER + list.join(''));
    return path;
  };
  const share = (records: readonly DumpRecord[], holds: (r: DumpRecord) => boolean) =>
    records.filter(holds).length / records.length;

  test('has the size asked for and the mix by source, kind and hour', async () => {
    const dump = await orderedDump([file()]);
    const whole = await all(dump.records());
    const drawn = await all((await sampledDump(dump, 300, 1)).records());
    dump.close();
    expect(drawn).toHaveLength(300);
    // No part is off by a record, and none is off by two in any stretch of time.
    for (const holds of [
      (r: DumpRecord) => r.source === 'batch',
      (r: DumpRecord) => r.sql.startsWith('SHOW'),
      (r: DumpRecord) => r.source === 'batch' && r.sql.startsWith('SHOW'),
      (r: DumpRecord) => r.arrivedAtMs < 1772439300000 + 2 * HOUR,
    ])
      expect(Math.abs(share(drawn, holds) - share(whole, holds))).toBeLessThan(6 / 300);
  });

  test('shares are off by less than one, add up, and are right on average for parts smaller than one record', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        (list, portion, seed) => {
          const sizes = new Map(list.map((size, i) => [`p${i}`, size]));
          const total = list.reduce((a, b) => a + b, 0);
          const count = Math.round(total * portion);
          const quotas = shares(sizes, count, total, seed);
          for (const [name, size] of sizes)
            expect(Math.abs((quotas.get(name) ?? 0) - (size * count) / total)).toBeLessThan(1 + 1e-9);
          expect([...quotas.values()].reduce((a, b) => a + b, 0)).toBe(count);
        },
      ),
      { seed: 5 },
    );
    const rare = new Map([
      ['big', 9_000] as const,
      ...Array.from({ length: 100 }, (_, i) => [`r${i}`, 10] as const),
    ]);
    const given = Array.from({ length: 400 }, (_, seed) => {
      const quotas = shares(rare, 50, 10_000, seed);
      return 50 - (quotas.get('big') ?? 0);
    });
    expect(given.reduce((a, b) => a + b, 0) / 400).toBeCloseTo(5, 0);
  });

  test('sources beyond those that are told apart are one part for each kind', () => {
    const parts = partsOf(2);
    const query = (source: string, sql: string) => ({ sql, source }) as DumpRecord;
    for (const source of ['a', 'b', 'c', 'd']) parts.count(query(source, 'SELECT 1'));
    parts.count(query('e', 'SHOW TABLES'));
    expect([...parts.sizes.values()]).toEqual([1, 1, 2, 1]);
    expect(parts.of(query('c', 'SELECT 1'))).toBe(parts.of(query('d', 'SELECT 1')));
    expect(parts.of(query('a', 'SELECT 1'))).not.toBe(parts.of(query('d', 'SELECT 1')));
  });

  test('is decided by its seed, in order, and whole where there is no more', async () => {
    const dump = await orderedDump([file()]);
    const draw = async (n: number, seed: number) =>
      (await all((await sampledDump(dump, n, seed)).records())).map((r) => r.queryId);
    const first = await draw(50, 1);
    expect(await draw(50, 1)).toEqual(first);
    expect(await draw(50, 2)).not.toEqual(first);
    expect(await draw(9_999, 1)).toHaveLength(3_000);
    dump.close();
  });
});
