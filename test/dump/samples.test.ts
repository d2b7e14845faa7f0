/** The dumps shipped in dumps/: each is what the generator writes, and each is read as its own format. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeDumps } from '../../scripts/make-dumps.ts';
import { projectRoot } from '../../src/base/project.ts';
import type { ColumnMap } from '../../src/dump/format.ts';
import { inspectDump } from '../../src/dump/inspect.ts';
import { readDump } from '../../src/dump/read.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import type { DumpReading } from '../../src/measure/record/run-info.ts';
import { isReadOnly, statementKind } from '../../src/trino/sql-kind.ts';
import { GENERIC } from './generic.ts';

const sample = (name: string) => join(projectRoot, 'dumps', name);

describe('the committed samples', () => {
  test.each([...makeDumps()])('%s holds exactly what the generator writes', (name, text) => {
    const committed =
      name === 'production-day.csv'
        ? gunzipSync(readFileSync(sample(`${name}.gz`))).toString()
        : readFileSync(sample(name), 'utf8');
    expect(committed === text, 'run `node scripts/make-dumps.ts`').toBe(true);
  });

  test('the packed day carries no time in its gzip header', () => {
    expect(readFileSync(sample('production-day.csv.gz')).subarray(4, 8)).toEqual(Buffer.alloc(4));
  });

  test.each([
    {
      file: 'runtime-queries.csv',
      format: 'runtime-queries',
      because: 'its header has query_id, user, query, created (comma-separated values)',
      lost: [
        'client tags',
        'client info',
        'catalog and schema',
        'session properties',
        'prepared statements',
        'client time zone',
        'routing group',
        'cluster that ran it',
      ],
    },
    {
      file: 'gateway-history.csv',
      format: 'gateway-history',
      because: 'its header has query_id, query_text, user_name, created (comma-separated values)',
      lost: [
        'client tags',
        'client info',
        'catalog and schema',
        'session properties',
        'prepared statements',
        'client time zone',
        'recorded result',
        'recorded latency',
      ],
    },
    {
      file: 'http-events.ndjson',
      format: 'http-events',
      because:
        'its first object has metadata, context, createTime (JSON lines); 23 further rows told of queries already read and were merged',
      lost: ['routing group'],
    },
    {
      file: 'canonical.ndjson',
      format: 'canonical',
      because: 'its first object has v, submittedAt, sql, user (JSON lines)',
      lost: [],
    },
    {
      file: 'generic.csv',
      columns: GENERIC,
      format: 'generic',
      because:
        'it was asked for (semicolon-separated values); 24 times have no zone and were taken as UTC (timeZone says otherwise)',
      lost: [
        'client info',
        'session properties',
        'prepared statements',
        'client time zone',
        'recorded result',
        'routing group',
        'cluster that ran it',
      ],
    },
  ])('$file is read as $format', async ({ file, columns, format, because, lost }) => {
    const { records, reading } = await readDump([sample(file)], { columns });
    expect(reading).toMatchObject({ format, because, lost, accepted: 24, badRows: 0 });
    expect(records).toHaveLength(24);
  });

  test('all samples tell the same queries, users and times', async () => {
    const told = async (file: string, columns?: ColumnMap) =>
      (await readDump([sample(file)], { columns })).records.map((r) => [
        r.arrivedAtMs,
        r.user,
        r.source,
        r.sql,
      ]);
    const canonical = await told('canonical.ndjson');
    expect(await told('runtime-queries.csv')).toEqual(canonical);
    expect(await told('gateway-history.csv')).toEqual(canonical);
    expect(await told('http-events.ndjson')).toEqual(canonical);
    expect(await told('generic.csv', GENERIC)).toEqual(canonical);
    expect(await told('generic.ndjson', GENERIC)).toEqual(canonical);
    expect(await told('runtime-queries.tsv')).toEqual(canonical);
    expect(await told('gateway-history.json')).toEqual(canonical);
    expect(await told('presto-events.json')).toEqual(canonical);
    expect(await told('presto-log.ndjson')).toEqual(canonical);
    // Its ids are known to the second.
    const bySecond = canonical.map(([atMs, ...others]) => [Math.floor(Number(atMs) / 1e3), ...others]);
    const rebuilt = await told('trino-queries.csv');
    expect(rebuilt.map(([atMs, ...others]) => [Math.floor(Number(atMs) / 1e3), ...others])).toEqual(bySecond);
  });
});

describe('the production day', () => {
  let records: readonly DumpRecord[];
  let reading: DumpReading;
  beforeAll(async () => {
    ({ records, reading } = await readDump([sample('production-day.csv.gz')]));
  });
  const share = (holds: (record: DumpRecord) => boolean) => records.filter(holds).length / records.length;
  const isBatch = (r: DumpRecord) => r.user === 'svc_dbt' || r.user === 'svc_airflow';
  const hour = (r: DumpRecord) => new Date(r.arrivedAtMs).getUTCHours();

  test('is read as what it is, every row of it', () => {
    expect(reading).toMatchObject({ format: 'trino-queries', rows: 2_600, accepted: 2_600, badRows: 0 });
    expect(reading.lost).toEqual(['arrival within the second', 'client time zone', 'routing group']);
    expect(new Date(reading.firstAtMs ?? 0).toISOString().slice(0, 10)).toBe('2026-03-02');
    expect(new Date(reading.lastAtMs ?? 0).toISOString().slice(0, 10)).toBe('2026-03-02');
  });

  test('has the sources of a company', () => {
    const bySource = Object.groupBy(records, (r) => (r.source ?? '').replace(/^zeppelin-.*/, 'zeppelin'));
    const counts = Object.fromEntries(Object.entries(bySource).map(([name, group]) => [name, group?.length]));
    expect(counts).toMatchObject({
      'Apache Superset': 1_040,
      'trino-python-client': 520,
      zeppelin: 208,
      'dbt-trino-1.9.0': 312,
      airflow: 260,
    });
    expect((counts['trino-jdbc'] ?? 0) + (counts.DBeaver ?? 0) + (counts.Tableau ?? 0)).toBe(260);
  });

  test('has office hours with two peaks, and batch work at night', () => {
    const office = (from: number, to: number) =>
      records.filter((r) => !isBatch(r) && hour(r) >= from && hour(r) < to).length;
    expect(office(8, 18)).toBeGreaterThan(8 * (office(0, 6) + office(20, 24)));
    expect(office(9, 11)).toBeGreaterThan(1.5 * office(11, 13));
    expect(office(14, 16)).toBeGreaterThan(1.5 * office(11, 13));
    const batch = records.filter(isBatch);
    expect(batch.filter((r) => hour(r) >= 1 && hour(r) < 4).length).toBeGreaterThan(batch.length * 0.55);
  });

  test('has users of uneven zeal, repeats, tags on few interactive queries, and writes', () => {
    expect(new Set(records.map((r) => r.user)).size).toBeGreaterThanOrEqual(50);
    expect(new Set(records.map((r) => r.sql)).size).toBeLessThan(records.length * 0.6);
    expect(share((r) => r.source === 'Apache Superset' && r.clientTags.length > 0)).toBeLessThan(0.1);
    expect(share((r) => r.clientTags.includes('embedded'))).toBeGreaterThan(0.01);
    expect(share((r) => !isReadOnly(statementKind(r.sql)) && statementKind(r.sql) !== 'execute')).toBeCloseTo(
      0.05,
      1,
    );
    expect(share((r) => Object.keys(r.prepared).length > 0)).toBeGreaterThan(0.005);
    expect(share((r) => r.clientInfo?.includes('dag_id') ?? false)).toBeCloseTo(0.1, 2);
  });

  test('has failures of several kinds and times with a long tail', () => {
    expect(share((r) => r.recorded?.errorName !== undefined)).toBeCloseTo(0.03, 1);
    const errors = new Set(records.map((r) => r.recorded?.errorName));
    for (const name of [
      'SYNTAX_ERROR',
      'TABLE_NOT_FOUND',
      'COLUMN_NOT_FOUND',
      'DIVISION_BY_ZERO',
      'USER_CANCELED',
    ]) {
      expect(errors).toContain(name);
    }
    const elapsed = records.map((r) => r.recorded?.elapsedMs ?? 0).sort((a, b) => a - b);
    expect(elapsed[1_300]).toBeGreaterThan(500);
    expect(elapsed[1_300]).toBeLessThan(1_200);
    expect(elapsed[2_574]).toBeGreaterThan(20e3);
  });

  test('spreads the queries of one second over it, in the order of their ids', () => {
    const seconds = Map.groupBy(records, (r) => Math.floor(r.arrivedAtMs / 1000));
    const busiest = [...seconds.values()].reduce((a, b) => (b.length > a.length ? b : a));
    expect(busiest.length).toBeGreaterThan(3);
    const offsets = busiest.map((r) => Math.round((r.arrivedAtMs % 1000) * 1e3));
    expect(offsets).toEqual(busiest.map((_, i) => Math.round((i * 1e6) / busiest.length)));
  });

  test('is inspected into a plain record', async () => {
    const inspection = await inspectDump([sample('production-day.csv.gz')]);
    expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection);
    expect(inspection).toMatchObject({ rows: 2_600, queries: 2_600, badRows: 0, firstBad: [] });
    expect(inspection.sqlSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.values(inspection.sources).reduce((a, b) => a + b)).toBe(2_600);
    expect(inspection.peakConcurrency).toBeGreaterThan(4);
  });
});
