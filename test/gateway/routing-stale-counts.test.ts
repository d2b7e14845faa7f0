// The known failure of choosing by counts: between two polls they are old, and every query goes to the cluster that
// looked best when it was asked. Two clusters, one query each 100 ms, polled once a minute, in simulated time.
import { describe, expect, test } from 'vitest';
import type { Candidates } from '../../gateway/routing/balancers/balancer.ts';
import { type BalancerName, createBalancer } from '../../gateway/routing/balancers/index.ts';
import { LoadBook } from '../../gateway/routing/load-book.ts';
import { createPicker } from '../../gateway/routing/picker.ts';
import { Tunings } from '../../gateway/routing/tuning.ts';
import { seededRandom } from '../../src/base/random.ts';

interface Cluster {
  readonly name: string;
  readonly proxyTo: string;
  /** When each of its slots is free again. */
  readonly slots: number[];
  /** Of each query on it: when it began to run and when it ended. */
  readonly queries: { readonly runsAtMs: number; readonly endsAtMs: number }[];
}

const MINUTE_MS = 60_000;
const BETWEEN_QUERIES_MS = 100;
const RUN_MS = 3_000;
const SLOTS = 20;
/** The stats endpoint is slow: what it tells is this old when it arrives. */
const STATS_LATENCY_MS = 5_000;

function simulate(name: BalancerName, strict: boolean, minutes: number) {
  const clusters = ['blue', 'green'].map(
    (c): Cluster => ({ name: c, proxyTo: `http://${c}`, slots: Array(SLOTS).fill(0), queries: [] }),
  );
  const random = seededRandom(11, 'stale counts').next;
  let nowMs = 0;
  const openOn = (proxyTo: string, atMs: number) =>
    clusters.find((c) => c.proxyTo === proxyTo)?.queries.filter((q) => q.endsAtMs > atMs) ?? [];
  const loads = new LoadBook((proxyTo) => openOn(proxyTo, nowMs).length);
  const balancer = createBalancer(name, strict, { random, weightOf: () => 1, loads });
  const picker = createPicker({ balancerOf: () => balancer, tunings: new Tunings(), loads });

  function run(cluster: Cluster): void {
    const slot = cluster.slots.indexOf(Math.min(...cluster.slots));
    const runsAtMs = Math.max(nowMs, cluster.slots[slot] ?? 0);
    const endsAtMs = runsAtMs + RUN_MS * (0.5 + random());
    cluster.slots[slot] = endsAtMs;
    cluster.queries.push({ runsAtMs, endsAtMs });
  }

  function poll(): void {
    const seenAtMs = Math.max(0, nowMs - STATS_LATENCY_MS);
    for (const { proxyTo } of clusters) {
      const open = openOn(proxyTo, seenAtMs);
      const queued = open.filter((q) => q.runsAtMs > seenAtMs).length;
      loads.report(proxyTo, {
        running: open.length - queued,
        queued,
        workers: 1,
        queuedByUser: new Map(),
      });
    }
  }

  // The state that sets it off: blue has a few queries too many.
  for (let i = 0; i < SLOTS + 3; i++) run(clusters[0]!);
  for (let i = 0; i < SLOTS - 1; i++) run(clusters[1]!);
  const picks: string[] = [];
  const waitsMs: number[] = [];
  for (; nowMs < minutes * MINUTE_MS; nowMs += BETWEEN_QUERIES_MS) {
    if (nowMs % MINUTE_MS === 0) poll();
    const picked = picker.pick(clusters as unknown as Candidates<Cluster>, { group: 'g', user: 'u' });
    if (picked === undefined) throw new Error('nothing was picked');
    run(picked);
    picks.push(picked.name);
    waitsMs.push((picked.queries.at(-1)?.runsAtMs ?? 0) - nowMs);
  }
  return figures(picks, waitsMs);
}

/** Longest run on one cluster; coefficient of variation of blue's share over windows of six seconds; waits. */
function figures(picks: readonly string[], waitsMs: readonly number[]) {
  let longestRun = 0;
  let run = 0;
  picks.forEach((name, i) => {
    run = name === picks[i - 1] ? run + 1 : 1;
    longestRun = Math.max(longestRun, run);
  });
  const window = 60;
  const shares: number[] = [];
  for (let i = 0; i + window <= picks.length; i += window)
    shares.push(picks.slice(i, i + window).filter((p) => p === 'blue').length / window);
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  const variation = Math.sqrt(shares.reduce((sum, s) => sum + (s - mean) ** 2, 0) / shares.length) / mean;
  const meanWaitMs = waitsMs.reduce((a, b) => a + b, 0) / waitsMs.length;
  return { longestRun, variation, meanWaitMs, longestWaitMs: Math.max(...waitsMs) };
}

describe('with counts of once a minute', () => {
  const naive = simulate('query-count', true, 10);
  const rows = [
    ['query-count of the Java gateway', naive],
    ['query-count', simulate('query-count', false, 10)],
    ['least-loaded', simulate('least-loaded', false, 10)],
    ['two-choices', simulate('two-choices', false, 10)],
  ] as const;

  test('the figures, for the record', () => {
    console.log(
      rows
        .map(([name, f]) =>
          [
            name.padEnd(32),
            `longest run ${String(f.longestRun).padStart(4)}`,
            `variation ${f.variation.toFixed(2)}`,
            `mean wait ${(f.meanWaitMs / 1000).toFixed(1)} s`,
            `longest ${(f.longestWaitMs / 1000).toFixed(1)} s`,
          ].join('  '),
        )
        .join('\n'),
    );
  });

  test('the Java gateway’s way sends whole minutes to one cluster', () => {
    expect(naive.longestRun).toBeGreaterThanOrEqual(600);
    expect(naive.variation).toBeGreaterThan(0.5);
    expect(naive.meanWaitMs).toBeGreaterThan(1_000);
  });

  test.each(rows.slice(1).filter(([name]) => name !== 'two-choices'))('%s does not', (_, f) => {
    expect(f.longestRun).toBeLessThanOrEqual(20);
    expect(f.variation).toBeLessThan(0.25);
    expect(f.meanWaitMs).toBeLessThan(100);
  });

  test('two-choices does not either, though it leaves a part to the lot', () => {
    const f = rows[3][1];
    expect(f.longestRun).toBeLessThanOrEqual(40);
    expect(f.meanWaitMs).toBeLessThan(500);
  });
});
