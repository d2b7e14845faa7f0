// Records on their way to a file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDump } from '../../src/dump/read.ts';
import { writeRecords } from '../../src/dump/work/write.ts';
import { record } from '../plan/factory.ts';

test.each(['plain.ndjson', 'packed.ndjson.gz', 'packed.ndjson.zst'])(
  'waiting for a slow file again and again leaves nothing on it: %s',
  async (name) => {
    const dir = mkdtempSync(join(tmpdir(), 'written-'));
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const batches = async function* () {
      for (let i = 0; i < 60; i++)
        yield [record({ arrivedAtMs: 1.7e12 + i, sql: `SELECT '${'x'.repeat(70_000)}'` })];
    };
    const file = join(dir, name);
    expect(await writeRecords(file, batches())).toEqual({ file, queries: 60 });
    // Warnings are told when what is being done is done.
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(warnings.map(String)).toEqual([]);
    expect((await readDump([file])).records).toHaveLength(60);
    rmSync(dir, { recursive: true });
  },
);
