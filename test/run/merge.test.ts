// Merging shards: one clock, every sample, each part once; what is missing is named and makes the verdict invalid.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRecorder, loadRunRecord, writeRunInfo } from '../../src/measure/record/record-folder.ts';
import type { ShardInfo } from '../../src/measure/record/run-info.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { mergeRuns } from '../../src/run/merge.ts';
import { event, info, MS, NEVER_SENT, SECOND, STARTED, sample } from '../measure/factory.ts';

const OF = 4;

/** The run folder of one shard, whose clock began `lateUs` before the agreed start less a second. */
async function shardFolder(
  part: number,
  samples: readonly Sample[],
  change: Partial<ShardInfo> = {},
  lateUs = 0,
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
  writeRunInfo(dir, { ...info(samples), shard });
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
    expect(merged.shards).toEqual({ run: 'r', of: 4, present: [1, 2, 3, 4], lost: [] });
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
});
