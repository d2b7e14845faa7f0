// Four processes that meet in MariaDB send one plan: each query once, together, and what they merge to is what one process gives.
// A shard that is killed is heard of by the others, named by the merge with its share, and makes the verdict invalid.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createHistogram,
  mergeHistograms,
  quantileUs,
  recordUs,
} from '../../src/measure/analyses/histogram.ts';
import { loadRunRecord } from '../../src/measure/record/record-folder.ts';
import type { RunRecord } from '../../src/measure/record/run-info.ts';
import type { Summary } from '../../src/measure/summary/summary.ts';
import { type StubServer, startStub } from '../../src/stub/index.ts';
import { type Started, start, temporaryFolder } from '../cli/harness.ts';
import type { DatabaseServer } from './database-server.ts';
import { haveMariaDb, startMariaDb } from './mariadb.ts';

const PARTS = 4;
const QUERIES = 600;

const present = await haveMariaDb();
let database: DatabaseServer;
let stub: StubServer;
let folder = '';
let scenario = '';

beforeAll(async () => {
  if (!present) return;
  database = await startMariaDb();
  stub = await startStub({
    service: { kind: 'constant', ms: 20 },
    startup: { closedMs: 0, silentMs: 0, startingMs: 0, gapMs: 0, coldScanMs: 0 },
    maxRunning: 500,
  });
  folder = temporaryFolder();
  scenario = join(folder, 'peak.yaml');
  writeFileSync(
    scenario,
    `name: peak
dump: { files: [day.ndjson] }
load: { warmUp: 0s, queryTimeout: 60s }
baseline: { share: 0 }
gateway: { driver: none }
fleet:
  driver: url
  clusters: [{ name: blue, group: bi, settings: { url: "${stub.url}" } }]
expect: [{ group: bi }]
shards: { lostAfter: 4s }
judge: { lagP99: 60s, lagMax: 60s, connectionWait: 60s, eventLoop: 1, clockStep: 60s }
gates: [drops.total == 0]
`,
  );
  const lines = Array.from({ length: QUERIES }, (_, i) =>
    JSON.stringify({
      ...{ v: 1, id: `20260302_081500_${String(i).padStart(5, '0')}_ab3de` },
      submittedAt: new Date(Date.UTC(2026, 2, 2, 8) + i * 20).toISOString(),
      ...{
        sql: `SELECT name FROM tpch.tiny.nation WHERE nationkey = ${i % 25}`,
        user: `u${i % 7}`,
        source: 'test',
      },
      recorded: { state: 'FINISHED', elapsedMs: 100 },
    }),
  );
  writeFileSync(join(folder, 'day.ndjson'), `${lines.join('\n')}\n`);
}, 120_000);

afterAll(async () => {
  await stub?.close();
  await database?.stop();
});

function startShard(part: number, run: string, out: string): Started {
  const { user, password, host, port, database: name } = database;
  const args = ['run', scenario, '--out', join(folder, out), '--quiet'];
  return start([...args, '--shard', `${part}/${PARTS}`, '--run', run, '--meet', 'STORE'], {
    STORE: `mysql://${user}:${password}@${host}:${port}/${name}`,
  });
}

/** The only run folder in a folder for run folders, also one that was never closed. */
function folderIn(out: string): string {
  const names = readdirSync(join(folder, out)).filter((name) => /^(?:\.part-)?\d{4}-/.test(name));
  expect(names).toHaveLength(1);
  return join(folder, out, names[0] ?? '');
}

const summaryIn = (dir: string) => JSON.parse(readFileSync(join(dir, 'summary.json'), 'utf8')) as Summary;
const each = Array.from({ length: PARTS }, (_, i) => i + 1);

describe.skipIf(!present)('a run in four shards', () => {
  test('starts together, sends the plan once, and merges to what one process gives', async () => {
    const shards = each.map((part) => startShard(part, 'whole', `whole-${part}`));
    for (const { ended } of shards) {
      const { code, err } = await ended;
      expect({ code, err }).toEqual({ code: 0, err: expect.any(String) });
    }
    const dirs = each.map((part) => folderIn(`whole-${part}`));
    const merging = await start(['merge', ...dirs, '--out', join(folder, 'merged'), '--json']).ended;
    expect(merging.err).toBe('');
    const merged = folderIn('merged');
    const alone = await start(['run', scenario, '--out', join(folder, 'alone'), '--quiet']).ended;
    expect([merging.code, alone.code]).toEqual([0, 0]);

    const whole = await loadRunRecord(merged);
    const one = await loadRunRecord(folderIn('alone'));
    // The same queries, at the same distances from the common start, with the same results.
    const asked = ({ samples, events }: RunRecord) => {
      const first = Math.min(...[...samples].map((s) => s.intendedUs));
      expect(events.filter((e) => e.type === 'replay-started')).toHaveLength(1);
      return [...samples]
        .sort((a, b) => a.seq - b.seq)
        .map((s) => [
          s.seq,
          Math.round((s.intendedUs - first) / 1_000),
          s.statement,
          s.end,
          s.rows,
          s.checksum,
        ]);
    };
    expect(asked(whole)).toEqual(asked(one));
    // Those of a clock differ from run to run on any machine.
    const timed = new Set(['queries.perSecond', 'queries.heldUp']);
    const figures = (summary: Summary) =>
      Object.entries(summary.figures).filter(
        ([name]) => /^(?:queries|drops|routing|stickiness)\./.test(name) && !timed.has(name),
      );
    expect(figures(summaryIn(merged))).toEqual(figures(summaryIn(folderIn('alone'))));

    // Histograms of the shards, added, are the histogram of all samples; the summary's quantiles lie in the same bucket.
    const serviceUs = ({ samples }: RunRecord) => [...samples].map((s) => s.lastUs - s.sentUs);
    const histogramOf = (values: readonly number[]) => {
      const histogram = createHistogram();
      for (const us of values) recordUs(histogram, us);
      return histogram;
    };
    const parts = await Promise.all(
      dirs.map(async (dir) => histogramOf(serviceUs(await loadRunRecord(dir)))),
    );
    const added = mergeHistograms(parts);
    const all = histogramOf(serviceUs(whole));
    const row = summaryIn(merged).latency.find(
      (r) => r.by === 'all' && r.clock === 'service' && r.arm === 'gateway',
    );
    for (const [name, q] of [
      ['p50', 0.5],
      ['p95', 0.95],
    ] as const) {
      expect(quantileUs(added, q)).toBe(quantileUs(all, q));
      const summarised = row?.quantiles[name] ?? Number.NaN;
      expect(Math.abs(quantileUs(added, q) / 1_000 - summarised) / summarised).toBeLessThan(0.002);
    }
    console.log(
      `service p50 merged ${quantileUs(added, 0.5)} µs, one process ${quantileUs(histogramOf(serviceUs(one)), 0.5)} µs`,
    );
  });

  test('a shard that is killed is heard of, named with its share, and the verdict is invalid', async () => {
    const shards = each.map((part) => startShard(part, 'lossy', `lossy-${part}`));
    const victim = shards[1] as Started;
    // Once the stub has seen queries of the run, all have started.
    const before = stub.state().totals.posts;
    while (stub.state().totals.posts < before + 40) await new Promise((resolve) => setTimeout(resolve, 50));
    victim.child.kill('SIGKILL');
    for (const { ended } of shards.filter((shard) => shard !== victim)) expect((await ended).code).toBe(0);
    const rest = each.filter((part) => part !== 2).map((part) => folderIn(`lossy-${part}`));
    const { code, out } = await start(['merge', ...rest, '--out', join(folder, 'lossy'), '--json']).ended;
    expect(code).toBe(6);
    expect(JSON.parse(out).shards).toEqual({
      ...{ run: 'lossy', of: 4, present: [1, 3, 4] },
      lost: [{ part: 2, queries: 150, share: 0.25 }],
      ids: [1, 3, 4].map((part) => expect.stringMatching(`-shard-${part}-of-4$`)),
    });
    const { events } = await loadRunRecord(folderIn('lossy'));
    expect(events.filter((e) => e.type === 'shard-lost').map((e) => e.text)).toEqual(
      expect.arrayContaining([expect.stringContaining('shard 2 of 4 has not been heard of')]),
    );
  });
});
