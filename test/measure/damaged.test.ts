// Records that were damaged, or that hold odd characters: read whole, or told; never a figure that nobody knows.
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { RunEvent } from '../../src/measure/record/events.ts';
import { createRecorder, loadRunRecord, writeRunInfo } from '../../src/measure/record/record-folder.ts';
import type { RunInfo } from '../../src/measure/record/run-info.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { writeStatementTexts } from '../../src/measure/record/statement-texts.ts';
import { type Told, toldWriter } from '../../src/measure/record/told.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { event, idOn, info, lostSubmit, NEVER_SENT, SECOND, STARTED, sample } from './factory.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'damaged-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string) => join(dir, name);

const told = (seq: number, queryId: string, type: Told['type']): Told => ({
  ...{ atUs: SECOND + seq, by: 'listener', type, cluster: 'bi-blue', queryId, token: `test-g${seq}` },
  ...{ state: type === 'created' ? 'QUEUED' : 'FINISHED', errorName: '' },
});

/** Ten queries, two of which ran twice. */
const SAMPLES = Array.from({ length: 10 }, (_, i) => sample(i));
const TOLD = SAMPLES.flatMap(({ queryId, seq }) => {
  const ids = seq % 5 === 0 ? [queryId, idOn('bi-green', seq)] : [queryId];
  return ids.flatMap((id) => [told(seq, id, 'created'), told(seq, id, 'completed')]);
});

interface Content {
  readonly samples?: readonly Sample[];
  readonly events?: readonly RunEvent[];
  readonly told?: readonly Told[];
  readonly isCounted?: boolean;
}

async function write({ samples = SAMPLES, events = STARTED, told: all = TOLD, isCounted = true }: Content) {
  const recorder = await createRecorder(dir);
  for (const one of events) recorder.event(one);
  for (const one of samples) recorder.sample(one);
  await recorder.close();
  const writer = toldWriter(dir);
  for (const one of all) writer.write(one);
  writer.close();
  const written = { ...recorder.counts, told: writer.lines };
  const change: Partial<RunInfo> = { evidence: 'listener', ...(isCounted ? { written } : {}) };
  writeRunInfo(dir, info(samples, change));
}

describe('without all that the clusters told, what only they know is unknown', () => {
  const lines = () => readFileSync(file('cluster-queries.ndjson'), 'utf8').split('\n');
  const put = (all: readonly string[]) => writeFileSync(file('cluster-queries.ndjson'), all.join('\n'));
  const figures = async () => {
    const summary = summarise(await loadRunRecord(dir));
    const check = summary.validity.find(({ name }) => name === 'the clusters’ own word');
    const { 'ledger.duplicates': duplicates, 'ledger.orphans': orphans } = summary.figures;
    return {
      duplicates: duplicates?.value,
      orphans: orphans?.value,
      note: duplicates?.note,
      told: check?.observed,
    };
  };

  it('as it was written', async () => {
    await write({});
    expect(await figures()).toMatchObject({ duplicates: 2, orphans: 0, told: undefined });
  });

  it.each<[string, boolean, () => void, string]>([
    ['missing', false, () => rmSync(file('cluster-queries.ndjson')), 'cluster-queries.ndjson is missing'],
    ['empty', false, () => put([]), 'the clusters told nothing of what they ran'],
    [
      'broken in its first line',
      false,
      () => put([`x${lines()[0]}`, ...lines().slice(1)]),
      '1 of 24 lines of cluster-queries.ndjson cannot be read',
    ],
    [
      'of another kind in a line',
      false,
      () => put(['{}', ...lines()]),
      '1 of 25 lines of cluster-queries.ndjson cannot be read',
    ],
    [
      'cut at its end',
      false,
      () => put([lines().join('\n').slice(0, -20)]),
      '1 of 24 lines of cluster-queries.ndjson cannot be read',
    ],
    [
      'short of two lines',
      true,
      () => put(lines().slice(2)),
      'cluster-queries.ndjson has 22 of the 24 lines that were written',
    ],
  ])('%s', async (_, isCounted, spoil, doubt) => {
    await write({ isCounted });
    spoil();
    expect(await figures()).toEqual({ duplicates: null, orphans: null, note: doubt, told: doubt });
  });
});

describe('events', () => {
  const ended = [...STARTED, event('phase', 0, { text: 'replay' }), event('replay-finished', 9 * SECOND)];

  it('a last line that is missing leaves the record incomplete', async () => {
    await write({ events: ended });
    const lines = readFileSync(file('events.ndjson'), 'utf8').split('\n');
    writeFileSync(file('events.ndjson'), `${lines.slice(0, -2).join('\n')}\n`);
    const check = summarise(await loadRunRecord(dir)).validity.find(({ name }) => name === 'complete record');
    expect(check).toMatchObject({
      ok: false,
      severity: 'invalid',
      observed: expect.stringContaining('4 of 5 events'),
    });
  });

  it('a torn last line of a run that ended in order is told', async () => {
    await write({ events: ended, isCounted: false });
    truncateSync(file('events.ndjson'), readFileSync(file('events.ndjson')).length - 10);
    await expect(loadRunRecord(dir)).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
  });
});

test.each<[string, object]>([
  ['end', { end: 'nobody knows' }],
  ['arm', { arm: 'third' }],
  ['lastUs', { lastUs: 'late' }],
  ['rows', { rows: null }],
])('a sample with an unknown %s is told', async (field, change) => {
  await write({});
  rmSync(file('samples.parquet'));
  writeFileSync(file('samples.ndjson'), `${JSON.stringify({ ...sample(1), ...change })}\n`);
  await expect(loadRunRecord(dir)).rejects.toThrow(`a sample's ${field} is`);
});

test.each<[string, Partial<Sample>, string]>([
  ['ended before it was sent', { lastUs: SECOND - 2_000 }, 'it ended 2 ms before it was sent'],
  ['sent before its time', { intendedUs: 1.06 * SECOND }, 'it was sent 60 ms before its time'],
  ['finished at no time', { lastUs: -1 }, 'it ended at no time'],
  ['sent at a negative time', { sentUs: -7 }, 'it was sent at no time'],
  ['meant before the run', { intendedUs: -5_000 }, 'it was meant to start 5 ms before the run'],
  ['sent and never sent', { end: 'never-sent' }, 'it was sent, and never sent'],
  ['answered before it was sent', { submittedUs: 3 }, 'it was submitted when it had not been sent'],
  ['with rows after its end', { firstRowUs: 9 * SECOND }, 'it had its first row when it'],
])('a query %s makes the record invalid, and its row is told', async (_, change, words) => {
  const at = { intendedUs: SECOND, sentUs: SECOND };
  await write({ samples: [sample(0), sample(7, { ...at, ...change }), sample(2)], told: [] });
  const found = summarise(await loadRunRecord(dir)).validity.find(({ name }) => name === 'times in order');
  expect(found).toMatchObject({ ok: false, severity: 'invalid' });
  expect(found?.observed).toContain(`samples.parquet, row 2 (gateway query 7): ${words}`);
});

test('queries that were never sent, lost or a little early have times in order', async () => {
  const samples = [
    sample(0, { ...NEVER_SENT, intendedUs: SECOND }),
    lostSubmit(1),
    sample(2, { firstRowUs: -1 }),
    sample(3, { intendedUs: SECOND, sentUs: SECOND - 40_000 }),
  ];
  await write({ samples, told: [] });
  const found = summarise(await loadRunRecord(dir)).validity.find(({ name }) => name === 'times in order');
  expect(found).toMatchObject({ ok: true, observed: '4 queries' });
});

test('samples of another run in the place of those that were written are told, and so is none at all', async () => {
  const unchanged = async () =>
    summarise(await loadRunRecord(dir)).validity.find(({ name }) => name === 'samples as written');
  await write({ told: [] });
  expect(await unchanged()).toMatchObject({ ok: true, severity: 'invalid' });
  const { written } = (await loadRunRecord(dir)).info;
  await write({ samples: SAMPLES.map((one) => ({ ...one, rows: 11 })), told: [] });
  expect(await unchanged()).toMatchObject({ ok: true });
  // The record of the first run beside the samples of the second.
  writeRunInfo(dir, info(SAMPLES, { evidence: 'listener', ...(written && { written }) }));
  expect(await unchanged()).toMatchObject({
    ok: false,
    observed: expect.stringMatching(
      /^samples\.parquet is not what the run wrote: its SHA-256 is \w{12}…, and was/,
    ),
  });
  rmSync(file('samples.parquet'));
  writeFileSync(file('samples.ndjson'), SAMPLES.map((one) => `${JSON.stringify(one)}\n`).join(''));
  expect(await unchanged()).toMatchObject({ ok: false, observed: 'samples.parquet is missing' });
});

test('a flipped bit in the samples is told', async () => {
  await write({});
  const whole = readFileSync(file('samples.parquet'));
  const random = seededRandom(5, 'flips');
  for (let i = 0; i < 250; i++) {
    const flipped = Buffer.from(whole);
    const at = random.below(flipped.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
    writeFileSync(file('samples.parquet'), flipped);
    const told = await loadRunRecord(dir)
      .then(summarise)
      .then(({ validity }) => validity.find(({ name, ok }) => name === 'samples as written' && !ok)?.severity)
      .catch((error: { code?: unknown }) => error.code);
    expect(told, `byte ${at}`).toMatch(/^(invalid|RUN_UNREADABLE|RECORD_UNBALANCED)$/);
  }
});

test('characters that end a line elsewhere come back as they were', async () => {
  const odd = fc
    .array(fc.constantFrom('\u2028', '\u2029', '\u0085', '\n', '\r', '\0', "'", 'x', '😀'), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(odd, odd, odd, odd, async (source, errorName, queryId, sql) => {
      rmSync(dir, { recursive: true, force: true });
      const samples = [
        sample(1, { source, queryId, user: source }),
        sample(2, { errorName, detail: errorName }),
      ];
      const events = [...STARTED, event('warning', SECOND, { text: source })];
      const lines = [{ ...told(1, queryId, 'completed'), errorName, token: `${source}-g1` }];
      await write({ samples, events, told: lines });
      writeStatementTexts(dir, [{ fingerprint: '0123456789ab', sql: `select "${sql.replaceAll('"', '')}"` }]);
      const record = await loadRunRecord(dir);
      expect(JSON.parse(JSON.stringify([...record.samples]))).toEqual(samples);
      expect(record).toMatchObject({ events, told: lines, toldDoubt: '' });
      expect(record.texts?.size).toBe(1);
    }),
    { numRuns: 30 },
  );
});

test('a line that cannot be written later on is told, and does not end the process', async () => {
  const trouble = Promise.withResolvers<unknown>();
  const writer = toldWriter(dir, trouble.resolve);
  rmSync(dir, { recursive: true });
  writer.write(told(1, 'x', 'created'));
  expect(await trouble.promise).toMatchObject({ code: 'ENOENT' });
  expect(() => writer.close()).toThrow(/ENOENT/);
});
