// A large dump of trino_queries out of the sample day: the day again and again, each on a date of its own.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { projectRoot } from '../../src/base/project.ts';
import { seededRandom } from '../../src/base/random.ts';

const DAY_MS = 86_400e3;
const FIRST_DAY_MS = Date.UTC(2020, 0, 1);
/** A plan as the listener keeps it: some kilobytes a query. */
const PLAN_LINES = 24;

/** Writes at least so many bytes; answers the number of rows. Same bytes for the same size and order. */
export function writeLargeDump(file: string, bytes: number, order: 'in order' | 'out of order'): number {
  const packed = readFileSync(join(projectRoot, 'dumps/production-day.csv.gz'));
  const [header = [], ...day] = parse(gunzipSync(packed)) as string[][];
  const idColumn = header.indexOf('query_id');
  const sqlColumn = header.indexOf('query');
  const planColumn = header.indexOf('plan');
  const random = seededRandom(1, 'large-dump');
  const handle = openSync(file, 'w');
  let written = writeSync(handle, `${header.join(',')}\n`);
  let rows = 0;
  for (let round = 0; written < bytes; round++) {
    const stamp = new Date(FIRST_DAY_MS + round * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
    const lines = day.map((row) => {
      const values = [...row];
      values[idColumn] = `${stamp}${(row[idColumn] ?? '').slice(8)}`;
      // Every other text is a new one, as where literals change from day to day.
      if (random.next() < 0.5) values[sqlColumn] = `${row[sqlColumn]} -- ${round}`;
      values[planColumn] = plan(random.below(PLAN_LINES));
      return `${values.map(cell).join(',')}\n`;
    });
    if (order === 'out of order') shuffle(lines, random.below);
    written += writeSync(handle, lines.join(''));
    rows += lines.length;
  }
  closeSync(handle);
  return rows;
}

function plan(lines: number): string {
  const line =
    'ScanFilterProject[table = tpch:lineitem, filterPredicate = ("shipdate" <= DATE \'1998-09-02\')]\n';
  return `Fragment 1 [HASH]\n${line.repeat(lines)}`;
}

function cell(text: string): string {
  return /["\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function shuffle(items: string[], below: (n: number) => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [items[i], items[j]] = [items[j] as string, items[i] as string];
  }
}
