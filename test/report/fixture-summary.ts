/** A summary that adds up, drawn from a seed: what the fixture's run would amount to. */
import { seededRandom } from '../../src/base/random.ts';
import { createHistogram, encodeHistogram, recordUs } from '../../src/measure/analyses/histogram.ts';
import type { Outcome, OutcomeCounts } from '../../src/measure/summary/outcome.ts';
import { OUTCOMES } from '../../src/measure/summary/outcome.ts';
import type {
  DropRow,
  LatencyQuantile,
  LatencyRow,
  Overhead,
  PhaseRow,
  Summary,
  TimeBucket,
} from '../../src/measure/summary/summary.ts';
import { ACTIONS, CLUSTERS, DURATION_MS, runEvents } from './fixture-run.ts';
import { distribution, overheadChecks, statements } from './fixture-statements.ts';

const BUCKET_MS = 2000;
const random = seededRandom(20260314, 'report fixture');

/** A roughly normal draw: the sum of twelve uniform ones, less its mean. */
function normal(): number {
  return Array.from({ length: 12 }, () => random.next()).reduce((a, b) => a + b, 0) - 6;
}

export function counts(some: Partial<Record<Outcome, number>>): OutcomeCounts {
  return Object.fromEntries(OUTCOMES.map((o) => [o, some[o] ?? 0])) as Record<Outcome, number>;
}

const KILL = ACTIONS[2];

function drop(i: number, blame: DropRow['blame'], outcome: Outcome, cause: string, detail: string): DropRow {
  const late = blame === 'unavoidable' ? 40 + i * 61 : 900 + i * 210;
  return {
    seq: 2160 + i * 3,
    arm: 'gateway',
    queryId: outcome === 'rejected' ? '' : `20260314_092953_0${4120 + i}_x3k9w`,
    cluster: outcome === 'rejected' ? '' : 'olap-green',
    group: 'olap',
    user: ['ines', 'marek', 'svc_dash', 'yuki'][i % 4] ?? '',
    source: ['superset', 'dbt', 'jupyter'][i % 3] ?? '',
    phase: KILL.title,
    outcome,
    blame,
    kill: 'kill olap-green',
    action: 2,
    atMs: KILL.startMs + late,
    cause,
    detail,
  };
}

const drops: readonly DropRow[] = [
  drop(0, 'unavoidable', 'lost-next', 'owner died', 'GET executing/…: 502 after 6 attempts'),
  drop(1, 'unavoidable', 'lost-next', 'owner died', 'GET executing/…: 502 after 6 attempts'),
  drop(2, 'unavoidable', 'transport', 'connection reset', 'ECONNRESET while reading page 4'),
  drop(3, 'unavoidable', 'lost-next', 'owner died', 'GET queued/…: 502 after 6 attempts'),
  drop(4, 'unavoidable', 'lost-next', 'owner died', 'GET executing/…: 502 after 6 attempts'),
  drop(5, 'unavoidable', 'lost-next', 'owner died', 'GET executing/…: 502 after 6 attempts'),
  drop(6, 'detection', 'rejected', 'connection refused', 'POST answered 502: no backend took the query'),
  drop(7, 'detection', 'rejected', 'connection refused', 'POST answered 502: no backend took the query'),
];

/** Which clusters serve at a moment, by the actions' switches. */
function share(name: string, atMs: number): number {
  const switched = (action: 0 | 1) => atMs > ACTIONS[action].startMs + 18_000;
  if (name === 'bi-blue') return switched(0) ? 0 : 9;
  if (name === 'bi-green') return switched(0) ? 9 : 0;
  if (name === 'etl-green') return switched(1) ? 0 : 14;
  if (name === 'etl-blue') return switched(1) ? 14 : 0;
  const dead = atMs >= KILL.startMs && atMs < KILL.endMs;
  if (name === 'olap-green') return dead ? 0 : 6;
  return dead ? 11 : 6;
}

function bucket(i: number): TimeBucket {
  const startMs = i * BUCKET_MS;
  const dropped = drops.filter((d) => d.atMs >= startMs && d.atMs < startMs + BUCKET_MS).length;
  const planned = 24 + Math.round(6 * Math.sin(i / 9) + normal() * 2);
  const stressed = startMs >= KILL.startMs && startMs < KILL.endMs;
  const p50 = (stressed ? 260 : 150) + normal() * 14;
  const inFlight = CLUSTERS.map((name): [string, number] => {
    const level = share(name, startMs);
    return [name, level === 0 ? 0 : Math.max(0, Math.round(level + normal() * 1.6))];
  });
  return {
    startMs,
    planned,
    sent: planned,
    finished: Math.max(0, planned - dropped - (i % 5 === 0 ? 1 : 0)),
    drops: dropped,
    inFlight: { '': Math.round(random.next() * 2), ...Object.fromEntries(inFlight) },
    p50Ms: i === 0 ? null : p50,
    p95Ms: i === 0 ? null : p50 * (stressed ? 9 : 4.2) + random.next() * 180,
  };
}

const buckets = Array.from({ length: DURATION_MS / BUCKET_MS }, (_, i) => bucket(i));

function phases(): PhaseRow[] {
  const opened = runEvents.filter((event) => event.type === 'phase');
  return opened.map((event, i) => {
    const startMs = event.atUs / 1000;
    const endMs = (opened[i + 1]?.atUs ?? DURATION_MS * 1000) / 1000;
    const inside = buckets.filter((b) => b.startMs >= startMs && b.startMs < endMs);
    const planned = inside.reduce((n, b) => n + b.planned, 0);
    const lost = drops.filter((d) => d.atMs >= startMs && d.atMs < endMs);
    const of = (outcome: Outcome) => lost.filter((d) => d.outcome === outcome).length;
    const same = inside.reduce((n, b) => n + (b.planned - b.finished - b.drops), 0);
    return {
      name: event.text,
      startMs,
      endMs,
      action: event.action ?? -1,
      planned,
      counts: counts({
        finished: planned - same - lost.length,
        'failed-same': same,
        'lost-next': of('lost-next'),
        transport: of('transport'),
        rejected: of('rejected'),
      }),
      drops: lost.length,
      recoveredByRetry: event.action === 2 ? 11 : 0,
    };
  });
}

const phaseRows = phases();
const planned = phaseRows.reduce((n, phase) => n + phase.planned, 0);
const total = counts(
  Object.fromEntries(OUTCOMES.map((o) => [o, phaseRows.reduce((n, phase) => n + phase.counts[o], 0)])),
);

const QUANTILES: Readonly<Record<LatencyQuantile, number>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  'p99.9': 0.999,
};

interface Drawn {
  readonly n: number;
  readonly medianMs: number;
  readonly addMs?: number;
  readonly censored?: number;
}

function latencyRow(
  by: LatencyRow['by'],
  value: string,
  arm: LatencyRow['arm'],
  clock: LatencyRow['clock'],
  drawn: Drawn,
): LatencyRow {
  const { n, medianMs, addMs = 0, censored = 0 } = drawn;
  const values = Array.from({ length: n }, () => medianMs * Math.exp(normal() * 0.9) + addMs).sort(
    (a, b) => a - b,
  );
  const at = (q: number) => (n * (1 - q) < 10 ? null : (values[Math.floor(n * q)] ?? null));
  const quantiles = Object.fromEntries(Object.entries(QUANTILES).map(([name, q]) => [name, at(q)]));
  const histogram = createHistogram();
  for (const v of values) recordUs(histogram, v * 1000);
  const bounds = Object.fromEntries(
    Object.entries(quantiles).flatMap(([name, v]) =>
      v === null
        ? []
        : [[name, { lowMs: v * 0.93, highMs: name === 'p99' && censored > 0 ? null : v * 1.08 }]],
    ),
  );
  return {
    ...{ by, value, arm, clock, n, censored },
    quantiles: quantiles as LatencyRow['quantiles'],
    maxMs: values.at(-1) ?? 0,
    atLeast: censored > 0 ? ['p99'] : [],
    ...(by === 'all' || by === 'pairs' ? { bounds, histogram: encodeHistogram(histogram) } : {}),
  };
}

function both(by: LatencyRow['by'], value: string, n: number, medianMs: number, censored = 0): LatencyRow[] {
  return [
    latencyRow(by, value, 'gateway', 'response', { n, medianMs, addMs: 2.6, censored }),
    latencyRow(by, value, 'gateway', 'service', { n, medianMs, addMs: 2.3, censored }),
    latencyRow(by, value, 'baseline', 'service', { n: Math.round(n / 3), medianMs }),
  ];
}

const latency: readonly LatencyRow[] = [
  ...both('all', '', total.finished, 148),
  ...both('group', 'bi', 1204, 96),
  ...both('group', 'etl', 988, 310),
  ...both('group', 'olap', total.finished - 2192, 141, 3),
  ...both('source', 'superset', 1101, 90),
  ...both('source', 'dbt', 876, 330),
  ...both('source', 'jupyter', 96, 180),
  ...both('source', 'tableau', 18, 120),
  ...phaseRows.flatMap((phase) => both('phase', phase.name, phase.counts.finished, 150)),
  ...both('kind', 'select', total.finished - 260, 160),
  ...both('kind', 'show', 260, 21),
  latencyRow('pairs', '', 'gateway', 'service', { n: 893, medianMs: 148, addMs: 2.3 }),
  latencyRow('pairs', '', 'baseline', 'service', { n: 893, medianMs: 148 }),
  latencyRow('pairs', '', 'noise', 'service', { n: 210, medianMs: 148 }),
];

function overhead(): Overhead {
  const differences = Array.from({ length: 893 }, () => 2.24 + normal() * 0.9);
  const low = -0.6;
  const width = 0.15;
  const bins = new Array<number>(40).fill(0);
  for (const d of differences) {
    const bin = Math.min(39, Math.max(0, Math.floor((d - low) / width)));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const shift = (base: number, tail: number) =>
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999].map((q) => ({
      q,
      ms: q > 0.99 ? null : base + tail * q ** 6,
      ...(q > 0.95 ? {} : { lowMs: base * 0.86, highMs: base * 1.2 + tail * q ** 6 }),
    }));
  const estimate = { confidence: 0.952, pairs: 893, blocks: 23 };
  return {
    levels: [
      {
        level: 'submit',
        difference: { estimateMs: 0.84, lowMs: 0.79, highMs: 0.91, ...estimate },
        gatewayMedianMs: 2.31,
        baselineMedianMs: 1.46,
        shift: shift(0.8, 0.9),
      },
      {
        level: 'poll',
        difference: { estimateMs: 0.31, lowMs: 0.28, highMs: 0.35, ...estimate },
        gatewayMedianMs: 0.96,
        baselineMedianMs: 0.65,
        shift: shift(0.3, 0.5),
      },
      {
        level: 'total',
        difference: { estimateMs: 2.24, lowMs: 1.98, highMs: 2.57, ...estimate },
        gatewayMedianMs: 150.2,
        baselineMedianMs: 147.8,
        shift: shift(2, 3.4),
      },
    ],
    ...overheadChecks(estimate),
    pairsPlanned: 951,
    pairsUsed: 893,
    pairsLeftOut: { 'warm-up': 31, 'not both finished': 15, 'other cluster': 12 },
    orderEffectMs: -0.06,
    drift: { rho: 0.04, p: 0.23 },
    histogram: { edgesMs: bins.map((_, i) => low + i * width), counts: bins },
  };
}

const actions: Summary['actions'] = ACTIONS.map(({ title, from, startMs, endMs }, action) => {
  const kill = action === 2;
  return {
    action,
    kind: kill ? 'kill' : 'roll',
    openAtSwitch: kill ? null : action === 0 ? 14 : 0,
    title: title.replace(/^roll /, ''),
    ok: true,
    startMs,
    endMs,
    steps: runEvents
      .filter((event) => event.action === action && event.type !== 'phase')
      .map((event) => ({ text: event.text, atMs: event.atUs / 1000, tookMs: event.tookMs ?? 0 })),
    exposed: kill ? 7 : 0,
    drops: kill ? drops.length : 0,
    avoidable: 0,
    unavoidable: kill ? 6 : 0,
    detection: kill ? 2 : 0,
    ...{ retried: kill ? 12 : 0, rerun: kill ? 3 : 0 },
    burstMs: kill ? 2330 : null,
    firstGoodMs: kill ? 214.6 : 61.2,
    doubt:
      action === 1 ? `nothing was in flight on ${from} when it was taken out: its drain tested nothing` : '',
  };
});

export const summary: Summary = {
  formatVersion: 1,
  durationMs: DURATION_MS,
  figures: {
    'drops.avoidable': {
      value: 0,
      unit: 'count',
      n: planned,
      note: `0 of ${planned}, true rate below 0.11 % (95 %)`,
    },
    'overhead.submit.p50': { value: 0.84, unit: 'ms', n: 893, low: 0.79, high: 0.91 },
    'overhead.total.p50': { value: 2.24, unit: 'ms', n: 893, low: 1.98, high: 2.57 },
    'routing.correct': { value: 1, unit: 'ratio', n: 2801, low: 0.9989, high: 1 },
    'stickiness.broken': {
      value: 0,
      unit: 'count',
      n: 2870,
      note: '0 of 2870, true rate below 0.11 % (95 %)',
    },
  },
  total: { planned, counts: total },
  baselineTotal: { planned: 951, counts: counts({ finished: 943, 'failed-same': 8 }) },
  phases: phaseRows,
  drops,
  actions,
  overhead: overhead(),
  latency,
  routing: {
    correct: 2801,
    mismatches: 0,
    ambiguous: 63,
    withoutId: 2,
    unknownSuffix: 0,
    matrix: [
      { expectedGroup: 'bi', ranOn: { 'bi-blue': 301, 'bi-green': 913 } },
      { expectedGroup: 'etl', ranOn: { 'etl-green': 486, 'etl-blue': 512 } },
      { expectedGroup: 'olap', ranOn: { 'olap-blue': 391, 'olap-green': 261 } },
    ],
    examples: [],
  },
  ledger: {
    evidence: 'listener',
    fates: {
      ...{ once: 1180, rerun: 6, overloaded: 0, 'own-fault': 4, lost: 2, dropped: 5, twice: 1, orphaned: 1 },
      ...{ wrong: 1, cancelled: 0, 'never-sent': 0 },
    },
    ...{ executions: 1545, foreign: 12, untold: 0, duplicates: 1, orphans: 2, reruns: 6 },
    ...{ unprovenReruns: 0, unexplained: 0, incomparable: 3, variance: { NOW: 3 } },
    causes: [
      {
        ...{ fate: 'dropped', outcome: 'lost-next', where: 'among rows', phase: 'kill olap-green' },
        ...{ cause: 'owner died: poll answered with 404', count: 5 },
      },
    ],
    rows: [
      {
        ...{ seq: 17, fate: 'twice', queryId: '20260302_090008_00222_k8dxq', rerunId: '', orphaned: false },
        executions: [
          { cluster: 'bi-blue', queryId: '20260302_090008_00222_k8dxq', state: 'FINISHED' },
          { cluster: 'bi-green', queryId: '20260302_090008_00007_ab2cd', state: 'FINISHED' },
        ],
        ...{ cause: '', atMs: 8_100 },
      },
    ],
  },
  stickiness: { queries: 2870, followUps: 20_442, brokenQueries: 0, strayAnswers: 0, examples: [] },
  ...{ distribution, statements },
  timeline: { bucketMs: BUCKET_MS, buckets },
  outside: { warmUp: 96, coolDown: 0 },
  heldUp: { count: 35, longestMs: 4_100 },
  gatewaysLost: 0,
  validity: [
    {
      name: 'never sent',
      ok: true,
      severity: 'invalid',
      observed: '0',
      limit: '0',
      advice: 'Lower the rate.',
    },
    {
      name: 'schedule lag p99',
      ok: true,
      severity: 'invalid',
      observed: '1.4 ms',
      limit: '≤ 5 ms',
      advice: 'Use a quieter machine.',
    },
    {
      name: 'schedule lag max',
      ok: true,
      severity: 'invalid',
      observed: '19.8 ms',
      limit: '≤ 50 ms',
      advice: 'Use a quieter machine.',
    },
    {
      name: 'event loop busy, worst 10 s',
      ok: false,
      severity: 'warn',
      observed: '74 %',
      limit: '≤ 70 %',
      advice: 'Give the generator more shards, or a machine of its own.',
    },
    {
      name: 'clock step',
      ok: true,
      severity: 'warn',
      observed: '300 µs',
      limit: '≤ 5 ms',
      advice: 'Stop time daemons during a run.',
    },
  ],
};
