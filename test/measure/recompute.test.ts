// Every figure of a summary, computed a second time from the record's files by DuckDB: other code, other language, the
// same definitions. What the two disagree about is a mistake in one of them.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { FIGURES } from '../../src/measure/figures/figures.ts';
import type { RunEvent } from '../../src/measure/record/events.ts';
import { createRecorder, loadRunRecord, writeRunInfo } from '../../src/measure/record/record-folder.ts';
import type { RunInfo } from '../../src/measure/record/run-info.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import type { Figure } from '../../src/measure/summary/summary.ts';
import { readStatement } from '../../src/sql/reading.ts';
import {
  CLUSTERS,
  event,
  idOn,
  info,
  killed,
  lostSubmit,
  MS,
  NEVER_SENT,
  SECOND,
  STARTED,
  sample,
} from './factory.ts';
import { intervalOf, quantileOf, setUp, VALUES } from './recompute-sql.ts';
import { simulatedRun } from './simulated-run.ts';

const KILL_AT = 40 * SECOND;

/** Pairs of three arms, and every way a query can end, before, at and after a kill. */
function everything(): readonly Sample[] {
  const pairs = simulatedRun(5, { pairs: 700, extraMs: 3, noise: 0.6 }).samples;
  let seq = 10_000;
  const at = (seconds: number, change: Partial<Sample> = {}) =>
    sample(seq++, { sentUs: Math.round(seconds * SECOND), ...change });
  const onGreen = (seconds: number, change: Partial<Sample>) =>
    at(seconds, { queryId: idOn('bi-green', seq), lastUs: KILL_AT + 20 * MS, ...change });
  const lost = (seconds: number, change: Partial<Sample>) =>
    lostSubmit(seq++, {
      sentUs: Math.round(seconds * SECOND),
      detail: 'ECONNREFUSED: connect refused',
      ...change,
    });
  return [
    ...pairs,
    ...Array.from({ length: 900 }, (_, i) =>
      at(2 + i * 0.07, {
        source: `s${i % 5}`,
        intendedUs: Math.round((2 + i * 0.07) * SECOND) - ((i * 37) % 4_000),
        lastUs: Math.round((2 + i * 0.07) * SECOND) + 1000 * ((i * 7919) % 3_000),
      }),
    ),
    ...[0, 1, 2].map((i) => onGreen(39, { end: 'transport-error', stage: 'poll', detail: `cut ${i}` })),
    ...[0, 1].map(() => lost(40.5, { end: 'transport-error' })),
    lost(50, { end: 'http-error', httpStatus: 500 }),
    lost(51, { end: 'http-error', httpStatus: 503 }),
    at(52, { end: 'http-error', stage: 'poll', httpStatus: 404, strayAnswers: 1 }),
    at(53, { strayAnswers: 2 }),
    at(54, { end: 'query-error', errorName: 'SYNTAX_ERROR', errorType: 'USER_ERROR' }),
    at(55, { end: 'query-error', errorName: 'SERVER_SHUTTING_DOWN', errorType: 'INTERNAL_ERROR' }),
    at(56, { end: 'query-error', errorName: 'QUERY_QUEUE_FULL', errorType: 'INSUFFICIENT_RESOURCES' }),
    at(57, { rows: 9, expected: { rows: 10, checksum: 'cafe' } }),
    at(58, { checksum: 'beef', expected: { rows: 10, checksum: 'cafe' } }),
    at(59, { retries: 2, retryUs: 300 * MS }),
    at(60, { submittedUs: 61 * SECOND + 400 * MS, lastUs: 62 * SECOND }),
    at(61, { end: 'hung', lastUs: 91 * SECOND }),
    at(62, { end: 'cancelled' }),
    at(63, { queryId: idOn('etl-blue', seq) }),
    sample(seq++, { ...NEVER_SENT, intendedUs: 64 * SECOND }),
  ];
}

const events = [
  ...STARTED,
  event('roll-started', 10 * SECOND, { text: 'roll bi: bi-blue → bi-green', action: 1 }),
  event('roll-finished', 12 * SECOND, { action: 1 }),
  event('gateway-lost', 95 * SECOND),
  ...killed('bi-green', KILL_AT),
];

const page = readFileSync(join(projectRoot, 'docs/questions.md'), 'utf8');

/** The SQL that the docs offer, in their order. */
function documented(dialect: 'duckdb' | 'trino', from = page): readonly string[] {
  return [...from.matchAll(new RegExp(`\`\`\`sql ${dialect}\\n(.*?)\`\`\``, 'gs'))].map(
    ([, sql = '']) => sql,
  );
}

const inFolder = (sql: string, dir: string): string =>
  sql.replaceAll(/'(?:\.\.\/other\/)?(samples\.parquet|events\.ndjson|run\.json)'/g, `'${dir}/$1'`);

/** Writes a run folder. */
async function folderOf(
  all: readonly Sample[],
  happened: readonly RunEvent[],
  change: Partial<RunInfo>,
): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'recompute-'));
  const recorder = await createRecorder(dir);
  writeRunInfo(dir, info(all, change));
  for (const e of happened) recorder.event(e);
  for (const s of all) recorder.sample(s);
  await recorder.close();
  return dir;
}

describe('a summary, recomputed by DuckDB from the files of the record', async () => {
  const change: Partial<RunInfo> = { skipped: [{ reason: 'write policy', count: 41, examples: [] }] };
  const dir = await folderOf(everything(), events, change);
  const { figures } = summarise(await loadRunRecord(dir), { resamples: 50 });
  const connection = await (await DuckDBInstance.create()).connect();
  const clusters = CLUSTERS.map((c) => [c.name, c.group] as const);
  for (const statement of setUp(dir, clusters, 1000, 500)) await connection.run(statement);
  const ask = async (sql: string): Promise<readonly (number | null)[]> => {
    const rows = (await connection.runAndReadAll(sql)).getRows();
    return (rows[0] ?? []).map((value) => (value === null ? null : Number(value)));
  };

  it.each(Object.keys(FIGURES))('%s', async (name) => {
    const figure = figures[name] as Figure;
    const sql = VALUES[name] ?? quantileOf(name);
    expect(sql, `${name} has no query of its own: add one`).toBeDefined();
    const [value, n] = await ask(sql ?? '');
    if (figure.value === null)
      return expect(figure.n === 0 || value === null || (n ?? 0) < 10_000).toBe(true);
    expect(value).toBeCloseTo(figure.value, 6);
    if (n !== undefined) expect(n).toBe(figure.n);
    const bounds = intervalOf(name);
    if (bounds === undefined) return;
    const [low, high] = await ask(bounds);
    expect(low).toBeCloseTo(figure.low ?? Number.NaN, 6);
    expect(high).toBeCloseTo(figure.high ?? Number.NaN, 6);
  });

  it('is not about a run in which nothing happened', () => {
    const happened = ['unavoidable', 'detection', 'avoidable', 'wrong', 'hung', 'rejected'].map(
      (x) => `drops.${x}`,
    );
    for (const name of [
      ...happened,
      'routing.mismatches',
      'stickiness.breaks',
      'recovered.byRetry',
      'queries.heldUp',
    ])
      expect(figures[name]?.value, name).toBeGreaterThan(0);
    expect(figures['noise.submit.median']?.low).toBeDefined();
  });

  it.each(documented('duckdb'))('the documented question %#', async (sql) => {
    expect((await connection.runAndReadAll(inFolder(sql, dir))).getRows().length).toBeGreaterThan(0);
  });

  it.each(documented('trino'))('and the same one in Trino’s grammar %#', (sql) => {
    const { kind, problem } = readStatement(sql);
    expect([kind, problem]).toEqual(['select', undefined]);
  });

  it('every documented question is there for both', () => {
    expect(documented('duckdb').length).toBeGreaterThan(4);
    expect(documented('trino')).toHaveLength(documented('duckdb').length);
  });
});

/** A record of its own: samples of a run are views, of which nothing can be taken over. */
function plain(view: Sample): Sample {
  const fields = Object.keys(sample(0)) as (keyof Sample)[];
  return Object.fromEntries(fields.map((field) => [field, view[field]])) as unknown as Sample;
}

describe('the documented question for the cost of the gateway', async () => {
  const [, section = ''] = page.split('## What did the gateway cost, pair by pair?');
  const [sql = ''] = documented('duckdb', section);
  // Every reason for which the report leaves a pair out is in it, and differences are skewed.
  const samples = [...simulatedRun(11, { pairs: 900, extraMs: 3, spread: 1.2 }).samples].map(
    (view): Sample => {
      const s = plain(view);
      if (s.arm !== 'gateway') return s;
      const extraUs = (s.pair * 7919) % 100 < 20 ? 900 * MS : 0;
      const slow = { ...s, submittedUs: s.submittedUs + extraUs, lastUs: s.lastUs + extraUs };
      const odd: Partial<Sample>[] = [
        { end: 'query-error', errorType: 'INTERNAL_ERROR', errorName: 'GENERIC_INTERNAL_ERROR' },
        { rows: 9, expected: { rows: 10, checksum: 'cafe' } },
        { queryId: idOn('bi-green', s.seq) },
        { queryId: idOn({ suffix: 'zzzzz' }, s.seq) },
        { rerunId: idOn('bi-green', s.seq) },
        { fastestPollUs: -1 },
      ];
      return { ...slow, ...(s.pair % 20 < odd.length ? odd[s.pair % 20] : {}) };
    },
  );
  const judge = { ...info([]).judge, warmUpMs: 4000, coolDownMs: 3000 };
  const dir = await folderOf(samples, [...STARTED, event('replay-started', 900 * MS)], { judge });
  const { overhead } = summarise(await loadRunRecord(dir), { resamples: 50 });
  const connection = await (await DuckDBInstance.create()).connect();
  const rows = (await connection.runAndReadAll(inFolder(sql, dir))).getRowObjects();

  it('leaves out the pairs that the report leaves out', () => {
    expect(Object.keys(overhead?.pairsLeftOut ?? {}).sort()).toEqual(
      ['cluster unknown', 'cool-down', 'not both finished', 'other cluster', 'warm-up'].sort(),
    );
    expect(rows.map((row) => row.level)).toEqual(['poll', 'submit', 'total']);
    expect(Number(rows[1]?.pairs)).toBe(overhead?.pairsUsed);
  });

  it.each(['submit', 'poll', 'total'])('agrees with the report where it says so: %s', (name) => {
    const row = rows.find(({ level }) => level === name);
    const level = overhead?.levels.find((l) => l.level === name);
    expect(Number(row?.pairs)).toBe(level?.difference?.pairs);
    expect(row?.gateway_ms).toBeCloseTo(level?.gatewayMedianMs ?? Number.NaN, 6);
    expect(row?.baseline_ms).toBeCloseTo(level?.baselineMedianMs ?? Number.NaN, 6);
    expect(row?.report_ms).toBeCloseTo(level?.difference?.estimateMs ?? Number.NaN, 6);
  });

  it('and is another estimate than the plain median where differences are skewed', () => {
    const submit = rows.find(({ level }) => level === 'submit');
    expect(Number(submit?.report_ms)).toBeGreaterThan(1.05 * Number(submit?.median_ms));
  });
});
