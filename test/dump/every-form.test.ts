/** Each format in each encoding and packing is inspected alike and replayed in full on a simulated coordinator. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { projectRoot } from '../../src/base/project.ts';
import { inspectDump } from '../../src/dump/inspect.ts';
import type { OpenOptions } from '../../src/dump/open.ts';
import { readDump } from '../../src/dump/read.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { startReplay } from '../../src/replay/engine.ts';
import type { StubServer } from '../../src/stub/index.ts';
import { scenario } from '../plan/factory.ts';
import { quickStub } from '../stub/wire.ts';
import { GENERIC } from './generic.ts';

const SAMPLES: readonly { readonly file: string; readonly format: string; readonly options?: OpenOptions }[] =
  [
    { file: 'canonical.ndjson', format: 'canonical' },
    { file: 'http-events.ndjson', format: 'http-events' },
    { file: 'kafka-events.json', format: 'http-events' },
    { file: 'event-logger.txt', format: 'event-logger' },
    { file: 'presto-events.json', format: 'http-events' },
    { file: 'presto-log.ndjson', format: 'event-logger' },
    { file: 'query-info.json', format: 'query-info' },
    { file: 'gateway-history.csv', format: 'gateway-history' },
    { file: 'gateway-history.json', format: 'gateway-history' },
    { file: 'trino-queries.csv', format: 'trino-queries' },
    { file: 'runtime-queries.csv', format: 'runtime-queries' },
    { file: 'runtime-queries.tsv', format: 'runtime-queries' },
    { file: 'completed-queries.csv', format: 'completed-queries' },
    { file: 'presto-replay.csv', format: 'presto-replay', options: { user: 'presto' } },
    { file: 'superset.csv', format: 'superset', options: { users: { '1': 'ana' } } },
    { file: 'querybook.csv', format: 'querybook' },
    { file: 'generic.csv', format: 'generic', options: { columns: GENERIC } },
    { file: 'generic.ndjson', format: 'generic', options: { columns: GENERIC } },
  ];

const ENCODINGS = {
  'UTF-8': (text: string) => Buffer.from(text),
  'UTF-8 with a mark': (text: string) => Buffer.from(`\ufeff${text}`),
  'UTF-16LE with a mark': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16BE with a mark': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  'UTF-16LE': (text: string) => Buffer.from(text, 'utf16le'),
  'UTF-16BE': (text: string) => Buffer.from(text, 'utf16le').swap16(),
};

const PACKINGS = {
  plain: (bytes: Buffer) => bytes,
  gzip: (bytes: Buffer) => gzipSync(bytes),
  'gzip of two members': (bytes: Buffer) => halves(bytes, (half) => gzipSync(half)),
  zstd: (bytes: Buffer) => zstdCompressSync(bytes),
  'zstd of two frames': (bytes: Buffer) => halves(bytes, (half) => zstdCompressSync(half)),
};

/** One of each kind of text gets every packing of every encoding; the others every encoding plain and every packing of UTF-8. */
const CROSSED: ReadonlySet<string> = new Set(['canonical.ndjson', 'trino-queries.csv', 'kafka-events.json']);

function* formsOf(file: string) {
  for (const [encoding, encoded] of Object.entries(ENCODINGS))
    for (const [packing, packed] of Object.entries(PACKINGS))
      if (CROSSED.has(file) || encoding === 'UTF-8' || packing === 'plain')
        yield { what: `${encoding}, ${packing}`, encoding, form: (text: string) => packed(encoded(text)) };
}

/** Cut where it hurts: within a character of two or three bytes, where there is one. */
function halves(bytes: Buffer, pack: (half: Buffer) => Buffer): Buffer {
  const at = (bytes.length >> 1) | 1;
  return Buffer.concat([pack(bytes.subarray(0, at)), pack(bytes.subarray(at))]);
}

let dir: string;
let stub: StubServer;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'dump-'));
  stub = await quickStub();
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await stub.close();
});

const textOf = (file: string) => readFileSync(join(projectRoot, 'dumps', file), 'utf8');

describe.each(SAMPLES)('$file', ({ file, format, options }) => {
  test('is inspected alike in every encoding and packing', async () => {
    const plain = await inspectDump([join(projectRoot, 'dumps', file)], options);
    expect(plain).toMatchObject({ format, queries: 24, badRows: 0 });
    for (const { encoding, form, what } of formsOf(file)) {
      const other = join(dir, 'dump');
      writeFileSync(other, form(textOf(file)));
      const found = await inspectDump([other], options);
      expect([what, found.sqlSha256, found.sha256]).toEqual([what, plain.sqlSha256, plain.sha256]);
      expect(found.because.includes('UTF-16'), what).toBe(encoding.startsWith('UTF-16'));
    }
  });

  test('is replayed in full: every query that may run has come to its end', async () => {
    const { records } = await readDump([join(projectRoot, 'dumps', file)], options);
    const samples = await replayed(records);
    expect(samples.length).toBeGreaterThan(15);
    expect(samples.map((s) => s.end)).not.toContain('never-sent');
    expect(samples.filter((s) => s.end === 'finished').length).toBeGreaterThan(15);
  });
});

test('the packed day is replayed in full from its packing', async () => {
  const file = join(projectRoot, 'dumps/production-day.csv.gz');
  const other = join(dir, 'day.csv.zst');
  writeFileSync(other, zstdCompressSync(gunzipSync(readFileSync(file))));
  const [a, b] = [await inspectDump([file]), await inspectDump([other])];
  expect(b.sha256).toBe(a.sha256);
});

test('several files in several forms are one dump, in the order of arrival', async () => {
  const names = ['http-events.ndjson', 'gateway-history.csv', 'canonical.ndjson'];
  const { records, reading } = await readDump(names.map((name) => join(projectRoot, 'dumps', name)));
  const alone = await readDump([join(projectRoot, 'dumps/canonical.ndjson')]);
  expect(reading.format).toBe('http-events + gateway-history + canonical');
  expect(records.map((r) => [r.queryId, r.sql])).toEqual(alone.records.map((r) => [r.queryId, r.sql]));
});

async function replayed(records: Parameters<typeof buildPlan>[0]): Promise<Sample[]> {
  const plan = buildPlan(records, scenario({ baseline: { share: 0 }, load: { speed: 1e6 } }));
  const samples: Sample[] = [];
  const replay = startReplay(plan, {
    ...{ clock: systemClock, originMs: systemClock.nowMs(), runId: 'r', seed: 1 },
    shape: { model: 'recorded', stages: [] },
    ...{ client: 'trino-python', queryTimeoutMs: 60_000, connections: 16 },
    mayContact: () => true,
    targetOf: () => ({ url: stub.url, name: '' }),
    wanted: () => false,
    onSample: (sample) => samples.push(sample),
    signal: new AbortController().signal,
  });
  await replay.done;
  expect(samples).toHaveLength(plan.queries.length);
  return samples;
}
