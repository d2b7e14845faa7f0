import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { createRecorder, loadRunRecord, writeRunInfo } from '../../src/measure/record/record-folder.ts';
import type { RunRecord } from '../../src/measure/record/run-info.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { SAMPLE_COLUMNS, SAMPLE_SCHEMA, toColumns } from '../../src/measure/record/sample-columns.ts';
import { info, killed, lostSubmit, NEVER_SENT, SECOND, sample } from './factory.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'record-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = (name: string) => join(dir, name);
const events = killed('bi-green', 10 * SECOND);
const samples = [
  sample(1),
  sample(2, {
    expected: { rows: 10, checksum: 'cafe' },
    source: 'naïve “client”, ü',
    intendedUs: 86_400_000_000,
  }),
  sample(3, { expected: { rows: 0, checksum: '' }, gatewayFirst: false, arm: 'baseline', pair: 3 }),
  lostSubmit(4, { detail: 'ECONNREFUSED: refused' }),
  sample(5, NEVER_SENT),
];

/** Records of a table look like samples, but hold no fields of their own. */
const plain = (record: RunRecord) => ({
  ...record,
  samples: JSON.parse(JSON.stringify([...record.samples])) as Sample[],
});

async function written(all = samples): Promise<void> {
  const recorder = await createRecorder(dir);
  writeRunInfo(dir, info(all));
  for (const event of events) recorder.event(event);
  for (const s of all) recorder.sample(s);
  await recorder.close();
}

describe('a run folder', () => {
  it('gives back what was recorded', async () => {
    await written();
    expect(plain(await loadRunRecord(dir))).toEqual({
      info: info(samples),
      samples,
      events,
      texts: new Map(),
      told: [],
      toldDoubt: 'cluster-queries.ndjson is missing',
    });
    expect(existsSync(file('samples.ndjson'))).toBe(false);
  });

  it('writes large runs in several row groups', async () => {
    const many = Array.from({ length: 45_000 }, (_, i) => sample(i));
    await written(many);
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(file('samples.parquet')));
    expect(metadata.row_groups.map((g) => Number(g.num_rows))).toEqual([20_000, 20_000, 5_000]);
    expect(plain(await loadRunRecord(dir)).samples).toEqual(many);
  });

  it('reads records that were written before the younger columns were there', async () => {
    const old = SAMPLE_COLUMNS.filter((c) => c.whenAbsent === undefined).map((c) => c.name);
    await written();
    const kept = SAMPLE_SCHEMA.filter(({ name }) => name === 'sample' || old.includes(name));
    const parquet = new ParquetWriter({
      writer: fileWriter(file('samples.parquet')),
      schema: kept.map((s) => (s.name === 'sample' ? { ...s, num_children: old.length } : s)),
    });
    await parquet.write({ columnData: toColumns(samples).filter(({ name }) => old.includes(name)) });
    await parquet.finish();
    const read = [...(await loadRunRecord(dir)).samples];
    expect(read.map((s) => [s.seq, s.lastUs])).toEqual(samples.map((s) => [s.seq, s.lastUs]));
    expect(read.map((s) => [s.pollsUs, s.submitOwnUs])).toEqual(samples.map(() => [0, -1]));
  });

  it('a run without a single query can be read', async () => {
    await written([]);
    expect([...(await loadRunRecord(dir)).samples]).toEqual([]);
  });

  it('keeps all but the last batch of a run that was killed, torn lines and all', async () => {
    const recorder = await createRecorder(dir);
    writeRunInfo(dir, { ...info([]), finishedAt: null });
    for (let i = 0; i < 300; i++) recorder.sample(sample(i));
    appendFileSync(file('samples.ndjson'), '{"seq":256,"ar');
    const after = await loadRunRecord(dir);
    expect(after.samples).toHaveLength(256);
    expect(after.events).toEqual([]);
  });

  it('an event carries the samples before it to the disk', async () => {
    const recorder = await createRecorder(dir);
    recorder.sample(sample(1));
    recorder.event(events[0] ?? expect.fail());
    expect(readFileSync(file('samples.ndjson'), 'utf8')).toBe(`${JSON.stringify(sample(1))}\n`);
  });

  it.each<[string, () => void, RegExp]>([
    ['is missing', () => rmSync(dir, { recursive: true }), /there is no such folder/],
    ['holds something else', () => rmSync(file('run.json')), /it has no run\.json/],
    ['has a broken run.json', () => writeFileSync(file('run.json'), '{"id"'), /run\.json is no JSON/],
    [
      'has another run.json',
      () => writeFileSync(file('run.json'), '{"name":"x"}'),
      /not the record of a run/,
    ],
    [
      'is of a later version',
      () => writeFileSync(file('run.json'), JSON.stringify({ ...info([]), formatVersion: 2 })),
      /its format is version 2; this program reads version 1/,
    ],
    ['has no samples', () => rmSync(file('samples.parquet')), /it has no samples\.parquet/],
    ['has broken samples', () => writeFileSync(file('samples.parquet'), 'PAR1 nothing'), /Run folder .*: /],
    ['has a broken line among its events', () => writeFileSync(file('events.ndjson'), 'x\n{}\n'), /JSON/],
  ])('that %s is refused', async (_, spoil, message) => {
    await written();
    spoil();
    await expect(loadRunRecord(dir)).rejects.toMatchObject({ code: 'RUN_UNREADABLE', exit: 2 });
    await expect(loadRunRecord(dir)).rejects.toThrow(message);
  });

  it('is documented column by column', () => {
    const page = readFileSync(join(projectRoot, 'docs/run-folder.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => [name, type]);
    expect(documented).toEqual(SAMPLE_COLUMNS.map((c) => [c.name, c.type]));
  });
});
