/** Inputs for the report's tests: a good run, a hostile one, an empty one, a failing and an invalid one. */
import type { GateResult, Verdict } from '../../src/gates/verdict.ts';
import type { DropRow } from '../../src/measure/summary/summary.ts';
import type { ReportInput } from '../../src/report/input.ts';
import { runEvents, runInfo } from './fixture-run.ts';
import { counts, summary } from './fixture-summary.ts';

const gate = (
  expression: string,
  figure: string,
  unit: string,
  limit: number,
  reason: string,
): GateResult => {
  const seen = summary.figures[figure];
  return {
    expression,
    result: 'pass',
    figure,
    observed: seen?.value ?? null,
    low: seen?.low ?? null,
    high: seen?.high ?? null,
    limit,
    unit,
    n: seen?.n ?? 0,
    reason,
  };
};

const gates: readonly GateResult[] = [
  gate('drops.avoidable == 0', 'drops.avoidable', 'count', 0, 'no avoidable drop'),
  gate(
    'overhead.submit.p50 < 3ms',
    'overhead.submit.p50',
    'ms',
    3,
    'the whole interval lies below the limit',
  ),
  gate('overhead.total.p50 < 5ms', 'overhead.total.p50', 'ms', 5, 'the whole interval lies below the limit'),
  gate('routing.correct >= 100%', 'routing.correct', 'ratio', 1, 'every query ran in its group'),
  gate('stickiness.broken == 0', 'stickiness.broken', 'count', 0, 'every follow-up reached its owner'),
];

/** Two rolls, one kill with eight drops that no gateway could save, overhead from pairs, one warning. */
export const passing: ReportInput = {
  info: runInfo,
  summary,
  events: runEvents,
  verdict: { formatVersion: 1, result: 'pass', reason: 'all 5 gates passed', gates, exit: 0 },
};

function withGates(
  result: Verdict['result'],
  reason: string,
  exit: number,
  changes: Readonly<Record<number, Partial<GateResult>>>,
): Verdict {
  return { formatVersion: 1, result, reason, exit, gates: gates.map((g, i) => ({ ...g, ...changes[i] })) };
}

/** Drops of a graceful roll, a mismatch, broken stickiness, and a gate that the data cannot decide. */
export const failing: ReportInput = {
  ...passing,
  summary: {
    ...summary,
    figures: { ...summary.figures, 'drops.avoidable': { value: 3, unit: 'count', n: summary.total.planned } },
    drops: [
      ...summary.drops.map(
        (d, i): DropRow =>
          i < 3 ? { ...d, blame: 'avoidable', kill: '', cause: 'stopped while running' } : d,
      ),
      ...summary.drops
        .slice(7)
        .map((d): DropRow => ({ ...d, seq: 9001, arm: 'baseline', blame: 'avoidable', queryId: 'direct' })),
    ],
    actions: summary.actions.map((a, i) =>
      i === 0 ? { ...a, ok: false, drops: 3, avoidable: 3, burstMs: 420 } : a,
    ),
    baselineTotal: { planned: 951, counts: counts({ finished: 942, 'failed-same': 8, rejected: 1 }) },
    overhead: summary.overhead && { ...summary.overhead, drift: { rho: 0.46, p: 0.0002 } },
    routing: {
      ...summary.routing,
      mismatches: 2,
      unknownSuffix: 1,
      matrix: [
        ...summary.routing.matrix.slice(1),
        { expectedGroup: 'bi', ranOn: { 'bi-blue': 301, 'bi-green': 911, 'olap-blue': 2 } },
      ],
      examples: [
        {
          seq: 771,
          queryId: '20260314_092801_00771_p9x2a',
          source: 'superset',
          expectedGroup: 'bi',
          cluster: 'olap-blue',
          reason: 'ran on olap-blue (group olap), expected bi',
        },
      ],
    },
    stickiness: {
      ...summary.stickiness,
      brokenQueries: 1,
      strayAnswers: 2,
      examples: [
        {
          seq: 902,
          queryId: '20260314_092811_00902_p9x2a',
          detail: 'GET answered 404 by bi-green, owner bi-blue',
        },
      ],
    },
  },
  verdict: withGates('fail', '1 of 5 gates failed, 1 inconclusive', 4, {
    0: { result: 'fail', observed: 3, reason: '3 avoidable drops, the limit is 0' },
    2: {
      result: 'inconclusive',
      low: 1.2,
      high: 6.3,
      reason: 'the limit lies inside the interval; measure longer',
    },
  }),
};

/** The generator was late: nothing is said about the gateway. */
export const invalid: ReportInput = {
  ...passing,
  summary: {
    ...summary,
    total: {
      ...summary.total,
      counts: { ...summary.total.counts, 'never-sent': 40, finished: summary.total.counts.finished - 40 },
    },
    validity: summary.validity.map((check, i) =>
      i < 2 ? { ...check, ok: false, observed: i === 0 ? '40' : '61 ms' } : check,
    ),
  },
  verdict: withGates('invalid', 'the load generator was late: schedule lag p99 61 ms, limit 5 ms', 6, {
    0: { result: 'invalid', reason: 'the run is not valid' },
  }),
};

/** Interrupted before anything was sent. */
export const empty: ReportInput = {
  info: {
    ...runInfo,
    interrupted: true,
    finishedAt: null,
    description: '',
    simulated: false,
    baseline: '',
    clusters: [],
    dump: null,
    skipped: [],
    generator: null,
    scenario: undefined,
    command: ['run', 'x.yaml'],
  },
  events: [],
  summary: {
    ...summary,
    durationMs: 0,
    figures: {},
    total: { planned: 12, counts: counts({ 'never-sent': 12 }) },
    baselineTotal: { planned: 0, counts: counts({}) },
    phases: [],
    drops: [],
    actions: [],
    overhead: null,
    latency: [],
    routing: {
      correct: 0,
      mismatches: 0,
      ambiguous: 0,
      withoutId: 0,
      unknownSuffix: 0,
      matrix: [],
      examples: [],
    },
    stickiness: { queries: 0, followUps: 0, brokenQueries: 0, strayAnswers: 0, examples: [] },
    timeline: { bucketMs: 100, buckets: [] },
    validity: [],
  },
  verdict: {
    formatVersion: 1,
    result: 'inconclusive',
    reason: 'the run was interrupted',
    gates: [],
    exit: 130,
  },
};

/** Everything an attacker may put into a query, a user name or a cluster's answer, in one string. */
export const ATTACK =
  '</script></title></style>--><script>globalThis.hacked=1</script><img src=x onerror="globalThis.hacked=1">\'"`]]>\u001b[31m\u202e|*_[a](javascript:alert(1))';

/** The value with the attack put behind every string that is not one of a fixed set of words, and every key that is free. */
function poison(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return FIXED.has(key) ? value : `${value}${ATTACK}`;
  if (Array.isArray(value)) return key === 'atLeast' ? value : value.map((item) => poison(item, key));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    return [FREE_KEYS.has(key) ? `${name}${ATTACK}` : name, poison(inner, name)];
  });
  return Object.fromEntries(entries);
}

/** Fields whose values are words of the program or encodings, not text from outside. */
const FIXED = new Set([
  'type',
  'result',
  'unit',
  'arm',
  'by',
  'clock',
  'outcome',
  'evidence',
  'fate',
  'where',
  'blame',
  'kind',
  'severity',
  'level',
  'histogram',
  'startedAt',
  'finishedAt',
]);
const FREE_KEYS = new Set([
  'versions',
  'machine',
  'badByReason',
  'pairsLeftOut',
  'ranOn',
  'inFlight',
  'scenario',
]);

/** The failing run with the attack in every string; `kind` of latency rows too, since it comes from the data. */
export const hostile: ReportInput = poison(failing) as ReportInput;
