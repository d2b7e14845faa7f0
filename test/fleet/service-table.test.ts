// What a simulated cluster takes from a dump: times, and how often a statement fails.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordedResult } from '../../src/dump/record.ts';
import { serviceTable, statementKey } from '../../src/fleet/clusters/service-table.ts';
import { serviceTimes } from '../../src/stub/coordinator/service-time.ts';
import { record } from '../plan/factory.ts';

const RULE = { scale: 1, min: 1, max: 1_000 };
const SOMETIMES = 'SELECT * FROM orders';
const ALWAYS = 'SELECT typo FROM orders';

const ended = (sql: string, recorded: RecordedResult) => record({ sql, recorded });
const finished = (sql: string) => ended(sql, { state: 'FINISHED', elapsedMs: 7 });
const failed = (sql: string, errorName: string) => ended(sql, { state: 'FAILED', errorName });

const records = [
  ...Array.from({ length: 97 }, () => finished(SOMETIMES)),
  failed(SOMETIMES, 'DIVISION_BY_ZERO'),
  failed(SOMETIMES, 'DIVISION_BY_ZERO'),
  failed(SOMETIMES, 'TABLE_NOT_FOUND'),
  // What a cluster did to it is no failure of its own, and what nobody knows is no end.
  failed(ALWAYS, 'COLUMN_NOT_FOUND'),
  ended(ALWAYS, { state: 'UNKNOWN' }),
  failed('SELECT 2', 'REMOTE_HOST_GONE'),
];

describe('failures', () => {
  let dir: string;
  let file: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'service-table-'));
    file = join(dir, 'table.json');
    writeFileSync(file, JSON.stringify(serviceTable(records, RULE)));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const timesOf = (seed: number) => serviceTimes({ seed, service: { kind: 'table', file } });
  const namesOf = (seed: number, sql: string, executions: number) => {
    const times = timesOf(seed);
    return Array.from({ length: executions }, (_, i) => times(sql, String(i)).failure?.errorName ?? '');
  };
  const share = (names: readonly string[], name: string) =>
    names.filter((one) => one === name).length / names.length;

  test('have the share of the executions whose end is recorded', () => {
    const { failures } = serviceTable(records, RULE);
    expect(failures[statementKey(SOMETIMES)]).toMatchObject([
      { errorName: 'DIVISION_BY_ZERO', errorCode: 8, share: 0.02 },
      { errorName: 'TABLE_NOT_FOUND', errorCode: 46, share: 0.01 },
    ]);
    expect(failures[statementKey(ALWAYS)]).toMatchObject([{ errorName: 'COLUMN_NOT_FOUND', share: 1 }]);
    expect(Object.keys(failures)).toHaveLength(2);
  });

  test('come about as often as they were recorded, by their names, and not each time', () => {
    const names = namesOf(7, SOMETIMES, 20_000);
    expect(share(names, 'DIVISION_BY_ZERO')).toBeCloseTo(0.02, 2);
    expect(share(names, 'TABLE_NOT_FOUND')).toBeCloseTo(0.01, 2);
    expect(share(names, '')).toBeCloseTo(0.97, 2);
    expect(new Set(namesOf(7, ALWAYS, 100))).toEqual(new Set(['COLUMN_NOT_FOUND']));
  });

  test('are the same executions on each coordinator of a run, and others with another seed', () => {
    expect(namesOf(7, SOMETIMES, 2_000)).toEqual(namesOf(7, SOMETIMES, 2_000));
    expect(namesOf(7, SOMETIMES, 2_000)).not.toEqual(namesOf(8, SOMETIMES, 2_000));
  });

  test('are drawn call by call for clients that no replay has sent', () => {
    const times = timesOf(7);
    const names = Array.from({ length: 20_000 }, () => times(SOMETIMES).failure?.errorName ?? '');
    expect(share(names, '')).toBeCloseTo(0.97, 2);
  });
});
