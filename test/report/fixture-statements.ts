/** The statements of the fixture's run, and how its queries were spread. */
import type {
  Estimate,
  GroupSpread,
  Overhead,
  StatementRow,
  Statements,
} from '../../src/measure/summary/summary.ts';

const LONG_SHAPE = `SELECT ${Array.from({ length: 40 }, (_, i) => `COLUMN_${i}`).join(' , ')} FROM WIDE`;

function statement(fingerprint: string, text: string, medianMs: number): StatementRow {
  return {
    ...{ fingerprint: fingerprint.padEnd(12, '0'), text, kind: 'select' },
    ...{ planned: 61, finished: 60, drops: 1, medianMs },
    ...{ p95Ms: null, maxMs: medianMs * 3, totalMs: medianMs * 70, change: null },
  };
}

export const distribution: readonly GroupSpread[] = [
  {
    group: 'bi',
    ran: 1214,
    clusters: [
      { cluster: 'bi-blue', ran: 301 },
      { cluster: 'bi-green', ran: 913 },
    ],
    ...{ choices: 0, unevenness: null, longestStreak: 0, streakOn: '' },
  },
  {
    group: 'etl',
    ran: 998,
    clusters: [
      { cluster: 'etl-blue', ran: 512 },
      { cluster: 'etl-green', ran: 486 },
    ],
    ...{ choices: 998, unevenness: 0.026, longestStreak: 4, streakOn: 'etl-green' },
  },
];

export const statements: Statements = {
  shapes: 41,
  slowest: [
    statement('3f9a', 'SELECT * FROM SALES WHERE DAY = ?', 812.4),
    statement('77c1', LONG_SHAPE, 640),
  ],
  changed: [
    {
      ...statement('b02e', 'SELECT ?', 3.1),
      change: { pairs: 41, baselineMedianMs: 1.2, estimateMs: 1.9, lowMs: 1.7, highMs: 2.2 },
    },
  ],
};

/** What stands beside the overhead: the noise arm, the sum of the hops, the gateway's own word. */
export function overheadChecks(
  sample: Pick<Estimate, 'confidence' | 'pairs' | 'blocks'>,
): Pick<Overhead, 'noise' | 'parts' | 'said'> {
  const difference = { estimateMs: 0.02, lowMs: -0.05, highMs: 0.08, ...sample };
  return {
    noise: [{ level: 'submit', difference, shift: [] }],
    parts: {
      pollsPerQuery: { gateway: 7.1, baseline: 7 },
      ...{ expectedMs: 2.1, observedMs: 2.24, slackMs: 0.4 },
    },
    said: { queries: 893, ownMs: 0.41, upstreamMs: 3.9, besideMs: 0.3 },
  };
}
