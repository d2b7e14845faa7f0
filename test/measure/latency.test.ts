import { describe, expect, it } from 'vitest';
import {
  createHistogram,
  decodeHistogram,
  encodeHistogram,
  mergeHistograms,
  quantileUs,
  recordUs,
} from '../../src/measure/analyses/histogram.ts';
import { bucketSizeMs } from '../../src/measure/analyses/timeline.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { event, lostSubmit, MS, record, SECOND, sample } from './factory.ts';

/** A hundred queries of 1 to 100 ms that were all sent 7 ms late. */
const hundred = Array.from({ length: 100 }, (_, i) => {
  const intendedUs = SECOND + i * 10 * MS;
  return sample(i, { intendedUs, sentUs: intendedUs + 7 * MS, lastUs: intendedUs + (7 + i + 1) * MS });
});
/** The same times, mixed. */
const shuffled = hundred.map((s, i) => ({ ...s, lastUs: s.sentUs + (((i * 37) % 100) + 1) * MS }));
const rowsOf = (samples: readonly Sample[]) => summarise(record(samples)).latency;

describe('latency', () => {
  const [response, service] = rowsOf(hundred);

  it('response time counts from the intended start, service time from the send', () => {
    expect(service).toMatchObject({
      by: 'all',
      arm: 'gateway',
      clock: 'service',
      n: 100,
      censored: 0,
      maxMs: 100,
    });
    expect(service?.quantiles).toEqual({ p50: 50, p90: 90, p95: null, p99: null, 'p99.9': null });
    expect(response?.quantiles.p50).toBe(57);
  });

  it('quantiles of everything have bounds and a histogram', () => {
    const [, mixed] = rowsOf(shuffled);
    expect(mixed?.bounds?.p50).toEqual({ lowMs: 40, highMs: 61 });
    expect(mixed?.effective?.p50).toBe(100);
    // The same hundred, each a millisecond slower than the one before: not a hundred independent ones.
    expect(service?.effective?.p50).toBeLessThan(10);
    expect(service?.bounds?.p50).toBeUndefined();
    expect(decodeHistogram(service?.histogram ?? '').totalCount).toBe(100);
  });

  it('what was cut off counts as at least its time, failures do not count', () => {
    const hung = Array.from({ length: 15 }, (_, i) => {
      const sentUs = SECOND + i * 66 * MS;
      return sample(200 + i, { end: 'hung', intendedUs: sentUs, sentUs, lastUs: 90 * SECOND });
    });
    const rows = rowsOf([...shuffled, ...hung, lostSubmit(300)]);
    const row = rows.find((r) => r.by === 'all' && r.clock === 'service');
    expect(row).toMatchObject({ n: 115, censored: 15, atLeast: ['p90'] });
    expect(row?.bounds?.p90?.highMs).toBeNull();
    expect(row?.bounds?.p50?.highMs).not.toBeNull();
  });

  it('leaves out what is due in the warm-up and in the cool-down, and counts it all the same', () => {
    const judge = { ...record([]).info.judge, warmUpMs: 100, coolDownMs: 200 };
    const slow = { lastUs: 60 * SECOND };
    const unfit = [...hundred.slice(0, 10), ...hundred.slice(80)].map((s) => ({ ...s, ...slow }));
    const lost = lostSubmit(99, { intendedUs: SECOND + 990 * MS });
    const samples = [...unfit.slice(0, -1), ...hundred.slice(10, 80), lost];
    const summary = summarise(record(samples, [event('replay-started', SECOND)], { judge }));
    const [response, service] = summary.latency;
    // 790 ms is the last moment before the cool-down, which is counted from 990 ms.
    expect(response).toMatchObject({ n: 70, maxMs: 87 });
    expect(service).toMatchObject({ n: 70, maxMs: 80 });
    expect(summary.statements.slowest[0]).toMatchObject({ planned: 100, finished: 99, maxMs: 80 });
    expect(summary.outside).toEqual({ warmUp: 10, coolDown: 20 });
    expect(summary.total.counts).toMatchObject({ finished: 99, rejected: 1 });
    expect(summary.drops).toHaveLength(1);
  });

  it('of the pairs that are compared has the same queries in each arm, and no others', () => {
    const twice = Array.from({ length: 30 }, (_, i) => {
      const sentUs = SECOND + i * 100 * MS;
      const both = { intendedUs: sentUs, sentUs, pair: i };
      return [
        sample(i, { ...both, lastUs: sentUs + 30 * MS }),
        sample(i, { ...both, arm: 'baseline', lastUs: sentUs + 20 * MS }),
      ];
    }).flat();
    const alone = hundred.map((s) => ({ ...s, seq: s.seq + 1000 }));
    const lost = sample(31, { pair: 31, end: 'hung', lastUs: 90 * SECOND });
    const summary = summarise(record([...twice, ...alone, lost]));
    const rows = summary.latency.filter((r) => r.by === 'pairs' && r.clock === 'service');
    expect(rows.map(({ arm, n, maxMs }) => [arm, n, maxMs])).toEqual([
      ['gateway', 30, 30],
      ['baseline', 30, 20],
    ]);
    expect(summary.overhead?.pairsUsed).toBe(30);
  });

  it('has a row for each group, source, phase and kind of each arm', () => {
    const rows = rowsOf([sample(1), sample(2, { arm: 'baseline', source: 'dbt', kind: 'insert' })]);
    const named = rows.filter((r) => r.clock === 'response').map((r) => `${r.by} ${r.value} ${r.arm}`);
    expect(named).toEqual([
      ...['all  gateway', 'all  baseline', 'group bi gateway', 'group bi baseline'],
      ...['source superset gateway', 'source dbt baseline', 'phase start gateway', 'phase start baseline'],
      ...['kind select gateway', 'kind insert baseline'],
    ]);
  });
});

describe('histograms', () => {
  it('keep three digits, merge, and survive their base64 form', () => {
    const [a, b] = [createHistogram(), createHistogram()];
    for (let us = 1; us <= 1000; us++) recordUs(us % 2 === 0 ? a : b, us * 1000);
    const merged = decodeHistogram(encodeHistogram(mergeHistograms([a, b])));
    expect(merged.totalCount).toBe(1000);
    expect(quantileUs(merged, 0.5) / 500_000).toBeCloseTo(1, 2);
    expect(encodeHistogram(merged)).toMatch(/^HISTFAAA/);
  });

  it('count what lies outside at the ends', () => {
    const histogram = createHistogram();
    recordUs(histogram, 0);
    recordUs(histogram, 48 * 3600 * SECOND);
    expect(histogram.totalCount).toBe(2);
    expect(histogram.minNonZeroValue).toBe(1);
  });
});

describe('the timeline', () => {
  it.each([
    [5_000, 100],
    [12_000, 100],
    [60_000, 500],
    [3_600_000, 30_000],
    [86_400_000, 1_200_000],
    [720 * 3600e3, 6 * 3600e3],
  ])('%d ms have buckets of %d ms', (durationMs, bucketMs) => {
    expect(bucketSizeMs(durationMs)).toBe(bucketMs);
    expect(durationMs / bucketMs).toBeLessThanOrEqual(120);
  });

  it('counts each query where it was due, sent, finished or lost, and what is open between', () => {
    const samples = [
      sample(1, { intendedUs: SECOND, sentUs: SECOND, submittedUs: 1.25 * SECOND, lastUs: 1.45 * SECOND }),
      lostSubmit(2, { sentUs: 1.25 * SECOND, lastUs: 1.55 * SECOND, httpStatus: 503 }),
    ];
    const { bucketMs, buckets } = summarise(record(samples, [event('run-started', 2 * SECOND)])).timeline;
    expect(bucketMs).toBe(100);
    const at = (seconds: number) => buckets.find((b) => b.startMs === seconds * 1000);
    expect(at(1)).toMatchObject({ planned: 1, sent: 1, finished: 0, inFlight: { '': 1 } });
    expect(at(1.2)).toMatchObject({ planned: 1, sent: 1, inFlight: { '': 1, 'bi-blue': 1 } });
    expect(at(1.4)).toMatchObject({ finished: 1, p50Ms: null, maxMs: 450, inFlight: { '': 1 } });
    expect(at(1.5)).toMatchObject({ drops: 1, inFlight: {}, maxMs: null });
  });

  it.each([
    [19, null, null],
    [20, 110, null],
    [199, 200, null],
    [200, 200, 290],
  ])('of %d queries in a bucket tells the percentiles that ten of them lie beyond', (n, p50Ms, p95Ms) => {
    // They take 101 to 300 ms, a millisecond apart, and end in one bucket.
    const endUs = 2.05 * SECOND;
    const samples = Array.from({ length: n }, (_, i) => {
      const sentUs = endUs - (101 + i) * MS;
      return sample(i, { intendedUs: sentUs, sentUs, submittedUs: sentUs + MS, lastUs: endUs });
    });
    const { buckets } = summarise(record(samples)).timeline;
    expect(buckets.at(-1)).toMatchObject({ finished: n, p50Ms, p95Ms, maxMs: 100 + n });
  });
});
