// Dumps out of live database servers are the dumps that their tables' exports are, whatever the server makes of its types.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import type { ColumnMap } from '../../src/dump/format.ts';
import { pulledDump, sourceAt } from '../../src/dump/pull/pull.ts';
import { readDump } from '../../src/dump/read.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import { start as startCommand } from '../cli/harness.ts';
import { type DatabasePlace, servers, type TestServer } from './store-servers.ts';

const TABLES = {
  trino_queries: 'trino-queries.csv',
  query_history: 'gateway-history.csv',
} as const;
type Table = keyof typeof TABLES;

/** What a server needs to hold such a table: how it quotes names, and its type for long texts. */
const DIALECTS = {
  MariaDB: {
    scheme: 'mysql',
    name: (text: string) => `\`${text}\``,
    text: 'LONGTEXT',
    database: 'CHARACTER SET utf8mb4',
  },
  PostgreSQL: { scheme: 'postgres', name: (text: string) => `"${text}"`, text: 'TEXT', database: '' },
} as const;

const sample = (file: string) => join(projectRoot, 'dumps', file);
const isNumber = (column: string) => /_(?:millis|bytes|rows|memory|splits)$|^created$/.test(column);

for (const { name, missing, start } of servers) {
  describe.skipIf(await missing())(`dump pull from ${name}`, () => {
    const { scheme, name: quoted, text, database } = DIALECTS[name];
    let server: TestServer;
    let dir: string;
    beforeAll(async () => {
      server = await start();
      dir = mkdtempSync(join(tmpdir(), 'pull-'));
    });
    afterAll(async () => {
      await server?.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    /** A database with the table and the sample's rows, keys in an order of the server's own. */
    async function databaseWith(table: Table): Promise<DatabasePlace> {
      const place = await server.fresh(database);
      const rows = parse(readFileSync(sample(TABLES[table])), { columns: true }) as Record<string, string>[];
      const columns = Object.keys(rows[0] ?? {});
      const types = columns.map((column) => {
        if (column === 'query_id') return `${quoted(column)} VARCHAR(255) PRIMARY KEY`;
        return `${quoted(column)} ${isNumber(column) ? 'BIGINT' : text}`;
      });
      await place.query(`CREATE TABLE ${table} (${types.join(', ')})`);
      const value = (row: Record<string, string>, column: string) =>
        row[column] === '' ? 'NULL' : `'${(row[column] ?? '').replaceAll("'", "''")}'`;
      const values = rows.map((row) => `(${columns.map((column) => value(row, column)).join(', ')})`);
      await place.query(`INSERT INTO ${table} VALUES ${values.toReversed().join(', ')}`);
      return place;
    }

    const urlOf = ({ jdbcUrl, user, password }: DatabasePlace) =>
      jdbcUrl.replace(/^jdbc:\w+:\/\//, `${scheme}://${user}:${password}@`);

    async function pulled(
      places: readonly DatabasePlace[],
      sql?: string,
      columns?: ColumnMap,
    ): Promise<DumpRecord[]> {
      const { signal } = new AbortController();
      const sources = places.map((place) => sourceAt(urlOf(place)));
      const dump = await pulledDump(sources, sql, { signal, columns });
      try {
        const records: DumpRecord[] = [];
        for await (const batch of dump.records()) records.push(...batch);
        return records;
      } finally {
        dump.close();
      }
    }

    const known = ({ origin: _, ...record }: DumpRecord) => record;

    test.each(Object.keys(TABLES) as Table[])('%s is what its export is', async (table) => {
      const place = await databaseWith(table);
      const records = await pulled([place]);
      const exported = await readDump([sample(TABLES[table])]);
      expect(records).toHaveLength(24);
      expect(records.map(known)).toEqual(exported.records.map(known));
      expect(records[0]?.origin.file).toBe(`${scheme}://${place.jdbcUrl.replace(/^jdbc:\w+:\/\//, '')}`);
    });

    test('two databases become one dump in the order of arrival, each query once', async () => {
      const [history, listener] = [await databaseWith('query_history'), await databaseWith('trino_queries')];
      const records = await pulled([history, listener]);
      expect(records).toHaveLength(24);
      const times = records.map((record) => record.arrivedAtMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      // The group is the gateway's word, the session properties are the listener's.
      expect(records.every((record) => record.routedTo?.group !== undefined)).toBe(true);
      expect(records.some((record) => Object.keys(record.session).length > 0)).toBe(true);
    });

    test('a statement of one’s own is read by a column map', async () => {
      const place = await databaseWith('query_history');
      const sql = `SELECT query_text AS asked, user_name AS who, created AS at FROM query_history WHERE source = 'airflow'`;
      const records = await pulled([place], sql, { sql: 'asked', user: 'who', arrivedAt: 'at' });
      const { records: all } = await readDump([sample('gateway-history.csv')]);
      const wanted = all.filter((record) => record.source === 'airflow');
      expect(wanted.length).toBeGreaterThan(1);
      expect(records.map((r) => [r.arrivedAtMs, r.user, r.sql])).toEqual(
        wanted.map((r) => [r.arrivedAtMs, r.user, r.sql]),
      );
    });

    test('the command writes a dump, and tells a refused login without its password', async () => {
      const place = await databaseWith('query_history');
      const url = urlOf(place).replace(/:[^:@/]*@/, '@');
      const out = join(dir, `${name}.ndjson.zst`);
      const args = ['dump', 'pull', '--from', url, '--out', out];
      const wrong = await startCommand(args, { REHEARSE_PULL_PASSWORD: 'not-this-one' }).ended;
      expect(wrong.code).toBe(3);
      expect(wrong.err).toContain(`Nothing could be pulled from ${scheme}://`);
      expect(wrong.err + wrong.out).not.toContain('not-this-one');
      const right = await startCommand(args, { REHEARSE_PULL_PASSWORD: place.password }).ended;
      expect([right.code, right.out]).toEqual([0, expect.stringContaining('wrote 24 queries')]);
      const { records, reading } = await readDump([out]);
      expect(reading.format).toBe('canonical');
      expect(records).toHaveLength(24);
      expect(JSON.stringify(records)).not.toContain(place.password);
    });
  });
}
