// Merging shards: one clock, every sample, each part once; what is missing is named and makes the verdict invalid.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRecorder, loadRunRecord, writeRunInfo } from '../../src/measure/record/record-folder.ts';
import type { RunInfo, ShardInfo } from '../../src/measure/record/run-info.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { type Told, toldWriter } from '../../src/measure/record/told.ts';
import { mergeRuns } from '../../src/run/merge.ts';
import { event, idOn, info, MS, NEVER_SENT, SECOND, STARTED, sample } from '../measure/factory.ts';

const OF = 4;

/** The run folder of one shard, whose clock began `lateUs` before the agreed start less a second. */
async function shardFolder(
  part: number,
  samples: readonly Sample[],
  change: Partial<ShardInfo> = {},
  lateUs = 0,
  more: Partial<RunInfo> = {},
  told?: readonly Told[],
) {
  const dir = join(mkdtempSync(join(tmpdir(), 'rehearse-shard-')), `part-${part}`);
  const moved = samples.map((one) => ({
    ...one,
    ...Object.fromEntries(
      (
        ['intendedUs', 'releasedUs', 'sentUs', 'submittedUs', 'firstPollUs', 'firstRowUs', 'lastUs'] as const
      ).map((name) => [name, one[name] < 0 ? -1 : one[name] + lateUs]),
    ),
  }));
  const recorder = await createRecorder(dir);
  for (const one of STARTED) recorder.event({ ...one, atUs: one.atUs + lateUs });
  recorder.event(event('phase', lateUs, { text: 'replay', action: -1 }));
  recorder.event(event('warning', 2 * SECOND + lateUs, { text: 'odd' }));
  for (const one of moved) recorder.sample(one);
  await recorder.close();
  const shard: ShardInfo = {
    part,
    of: OF,
    run: 'r',
    startUs: SECOND + lateUs,
    counts: [2, 2, 2, 4],
    ...change,
  };
  const written = { ...recorder.counts, told: told?.length ?? 0 };
  writeRunInfo(dir, { ...info(samples), id: `r-shard-${part}`, shard, written, ...more });
  if (told !== undefined) {
    const writer = toldWriter(dir);
    for (const one of told) writer.write({ ...one, atUs: one.atUs + lateUs });
    writer.close();
  }
  return dir;
}

const two = (first: number) => [sample(first), sample(first + OF)];
const out = () => mkdtempSync(join(tmpdir(), 'rehearse-merged-'));

describe('merging', () => {
  test('puts all samples on one clock, and loses none of them and nothing of them', async () => {
    const whole = [...two(0), ...two(1), ...two(2), sample(3), sample(7, NEVER_SENT)];
    const parts = [0, 1, 2, 3].map((part) => whole.filter((one) => one.seq % OF === part));
    const lates = [0, 250 * MS, -30 * MS, 7 * SECOND];
    const dirs = await Promise.all(
      parts.map((samples, i) => shardFolder(i + 1, samples, { counts: [2, 2, 2, 2] }, lates[i])),
    );
    // In whatever order they are named.
    const { dir, info: merged } = await mergeRuns(dirs.toReversed(), out());
    const { samples, events } = await loadRunRecord(dir);
    const fields = [
      'seq',
      'intendedUs',
      'sentUs',
      'firstRowUs',
      'lastUs',
      'end',
      'checksum',
      'queryId',
    ] as const;
    const plain = (list: readonly Sample[]) =>
      list.map((one) => fields.map((name) => one[name])).sort((a, b) => Number(a[0]) - Number(b[0]));
    expect(plain([...samples])).toEqual(plain(whole));
    expect(merged.shards).toEqual({
      run: 'r',
      of: 4,
      present: [1, 2, 3, 4],
      ids: [1, 2, 3, 4].map((n) => `r-shard-${n}`),
      lost: [],
    });
    expect(merged.planned.gateway).toBe(8);
    expect(events.filter((e) => e.type === 'phase')).toHaveLength(1);
    expect(events.filter((e) => e.type === 'warning').map((e) => [e.text, e.atUs])).toEqual([
      ['odd', 2 * SECOND],
      ['shard 2: odd', 2 * SECOND],
      ['shard 3: odd', 2 * SECOND],
      ['shard 4: odd', 2 * SECOND],
    ]);
  });

  test('names a lost shard and its share of the plan; the verdict is invalid', async () => {
    const dirs = await Promise.all([1, 2, 3].map((part) => shardFolder(part, two(part - 1))));
    const { info: merged, verdict, summary } = await mergeRuns(dirs, out());
    expect(merged.shards?.lost).toEqual([{ part: 4, queries: 4, share: 0.4 }]);
    expect(verdict.exit).toBe(6);
    const check = summary.validity.find((one) => one.name === 'all shards');
    expect(check).toMatchObject({ ok: false, observed: '3 of 4 shards, lost: 4 (40 % of the plan)' });
  });

  test.each<[string, Partial<ShardInfo>, number, string]>([
    ['of another run', { run: 'other' }, 2, 'it is part of "other" in 4 parts'],
    ['of another count', { of: 5 }, 2, 'in 5 parts, not of "r" in 4'],
    ['that is there already', {}, 1, 'part 1 is there twice'],
  ])('refuses a part %s', async (_, change, part, reason) => {
    const dirs = [await shardFolder(1, two(0)), await shardFolder(part, two(1), change)];
    await expect(mergeRuns(dirs, out())).rejects.toThrow(reason);
  });

  test.each<[string, Partial<RunInfo>, string]>([
    ['gates', { scenario: { gates: ['drops.total <= 5'] } }, 'scenario.gates'],
    ['limits', { judge: { ...info([]).judge, lagMaxLimitMs: 9_999 } }, 'judge.lagMaxLimitMs'],
    ['gateway', { gateway: 'http://other:8080' }, 'gateway'],
    ['seed', { seed: 99 }, 'seed'],
    ['program', { versions: { rehearse: '9' } }, 'version of rehearse'],
  ])('refuses a part with other %s, whichever comes first', async (_, change, name) => {
    const whole = { scenario: { gates: ['drops.total == 0'] } };
    const other = { ...whole, ...change };
    for (const [a, b] of [
      [whole, other],
      [other, whole],
    ]) {
      const dirs = [await shardFolder(1, two(0), {}, 0, a), await shardFolder(2, two(1), {}, 0, b)];
      await expect(mergeRuns(dirs, out())).rejects.toThrow(`in ${name}`);
    }
  });

  describe('what the clusters told', () => {
    const GATED = { evidence: 'listener', scenario: { gates: ['ledger.duplicates == 0'] } } as const;
    const life = (part: number, seq: number, queryId: string): Told[] =>
      (['created', 'completed'] as const).map((type) => ({
        ...{
          atUs: 2 * SECOND,
          by: 'listener',
          type,
          cluster: 'bi-blue',
          queryId,
          token: `r-shard-${part}-g${seq}`,
        },
        ...{ state: type === 'created' ? 'QUEUED' : 'FINISHED', errorName: '' },
      }));
    const ran = (part: number, seq: number, times = 1) =>
      Array.from({ length: times }, (_, i) => life(part, seq, idOn('bi-blue', seq + i * 1000))).flat();
    /** Two parts of two queries each, and what their clusters told them. */
    const parts = (told: readonly (readonly Told[] | undefined)[]) =>
      Promise.all(
        told.map((lines, i) =>
          shardFolder(i + 1, two(i), { of: 2, counts: [2, 2] }, i * 3 * SECOND, GATED, lines),
        ),
      );

    test('comes together: duplicates of every part are counted', async () => {
      const dirs = await parts([
        [...ran(1, 0, 2), ...ran(1, OF)],
        [...ran(2, 1, 2), ...ran(2, 1 + OF, 3)],
      ]);
      const { dir, summary, verdict } = await mergeRuns(dirs, out());
      expect(summary.ledger).toMatchObject({
        evidence: 'listener',
        duplicates: 4,
        executions: 8,
        foreign: 0,
      });
      expect(verdict.result).toBe('fail');
      const times = (await loadRunRecord(dir)).told?.map(({ atUs }) => atUs);
      expect(new Set(times)).toEqual(new Set([2 * SECOND]));
    });

    test('to two parts is one execution', async () => {
      const both = [...ran(1, 0), ...ran(1, OF), ...ran(2, 1), ...ran(2, 1 + OF)];
      const { summary } = await mergeRuns(await parts([both, both]), out());
      expect(summary.ledger).toMatchObject({ duplicates: 0, executions: 4, untold: 0 });
      expect(summary.figures['ledger.duplicates']?.value).toBe(0);
    });

    test.each<[string, (dir: string) => void, string]>([
      [
        'is missing',
        (dir) => rmSync(join(dir, 'cluster-queries.ndjson')),
        'cluster-queries.ndjson is missing',
      ],
      ['is broken', (dir) => appendFileSync(join(dir, 'cluster-queries.ndjson'), '{"x'), '1 of 5 lines'],
    ])('%s in one part: it is unknown of the whole', async (_, spoil, doubt) => {
      const dirs = await parts([
        [...ran(1, 0), ...ran(1, OF)],
        [...ran(2, 1), ...ran(2, 1 + OF)],
      ]);
      spoil(dirs[1] as string);
      const { summary, verdict } = await mergeRuns(dirs, out());
      expect(summary.figures['ledger.duplicates']).toMatchObject({
        value: null,
        note: expect.stringContaining(`part 2: ${doubt}`),
      });
      expect(verdict.result).not.toBe('pass');
    });
  });

  test('events that a part has lost are missing in the whole', async () => {
    const dirs = await Promise.all([0, 1].map((i) => shardFolder(i + 1, two(i), { of: 2, counts: [2, 2] })));
    const file = join(dirs[1] as string, 'events.ndjson');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/[^\n]*\n$/, ''));
    const { summary } = await mergeRuns(dirs, out());
    expect(summary.validity.find(({ name }) => name === 'complete record')).toMatchObject({ ok: false });
  });
});
