/** Small builders of records for the judge's tests: say what matters, the rest is a finished query. */
import type { RunEvent } from '../../src/measure/record/events.ts';
import type { RunInfo, RunRecord } from '../../src/measure/record/run-info.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { samplesOf } from '../../src/measure/record/samples.ts';

export const CLUSTERS = [
  { name: 'etl-blue', group: 'etl', suffix: 'aaaaa' },
  { name: 'bi-blue', group: 'bi', suffix: 'bbbbb' },
  { name: 'bi-green', group: 'bi', suffix: 'ccccc' },
] as const;

export type ClusterName = (typeof CLUSTERS)[number]['name'];

/** An id of the process that runs on a cluster, or of a suffix given. */
export function idOn(where: ClusterName | { readonly suffix: string }, index = 0): string {
  const suffix = typeof where === 'string' ? CLUSTERS.find((c) => c.name === where)?.suffix : where.suffix;
  return `20261121_080000_${String(index).padStart(5, '0')}_${suffix}`;
}

export const MS = 1000;
export const SECOND = 1_000_000;

/** A query sent at `sentUs` that finished 100 ms later on bi-blue. */
export function sample(seq: number, change: Partial<Sample> = {}): Sample {
  const sentUs = change.sentUs ?? change.intendedUs ?? SECOND + seq * 10 * MS;
  const finished: Sample = {
    ...{ seq, arm: 'gateway', pair: -1, gatewayFirst: true, user: 'ann', source: 'superset', kind: 'select' },
    ...{ fingerprint: '0123456789ab', statement: `statement ${seq}`, expectedGroup: 'bi', target: '' },
    ...{ intendedUs: sentUs, releasedUs: sentUs, sentUs, submittedUs: sentUs + 5 * MS },
    ...{ firstPollUs: sentUs + 10 * MS, firstRowUs: sentUs + 50 * MS, lastUs: sentUs + 100 * MS },
    ...{
      posts: 1,
      polls: 3,
      fastestPollUs: 2 * MS,
      pollsUs: 90 * MS,
      retries: 0,
      retryUs: 0,
      queryId: idOn('bi-blue', seq),
    },
    ...{ submitOwnUs: -1, submitUpstreamUs: -1, pollsUpstreamUs: -1 },
    ...{ end: 'finished', stage: 'none', httpStatus: 200, errorName: '', errorType: '', detail: '' },
    ...{ strayAnswers: 0, rows: 10, checksum: 'cafe', bytes: 1000, rerunId: '', enoughRows: -1 },
  };
  return { ...finished, ...change };
}

/** What a query looks like that the generator never sent. */
export const NEVER_SENT: Partial<Sample> = {
  ...{ releasedUs: -1, sentUs: -1, submittedUs: -1, firstPollUs: -1, firstRowUs: -1, lastUs: -1 },
  ...{
    posts: 0,
    polls: 0,
    fastestPollUs: -1,
    pollsUs: 0,
    queryId: '',
    end: 'never-sent',
    httpStatus: 0,
    rows: 0,
  },
};

/** A query whose POST got no statement result, 20 ms after it was sent. */
export function lostSubmit(seq: number, change: Partial<Sample> = {}): Sample {
  const base = sample(seq, change);
  return {
    ...base,
    ...{
      queryId: '',
      submittedUs: -1,
      firstPollUs: -1,
      firstRowUs: -1,
      polls: 0,
      fastestPollUs: -1,
      pollsUs: 0,
      rows: 0,
    },
    ...{ end: 'http-error', stage: 'submit', checksum: '', lastUs: base.sentUs + 20 * MS },
    ...change,
  };
}

export function event(type: RunEvent['type'], atUs: number, more: Partial<RunEvent> = {}): RunEvent {
  return { atUs, type, text: more.text ?? type, ...more };
}

/** Every cluster's process told its suffix before the replay. */
export const STARTED: readonly RunEvent[] = CLUSTERS.map((c, i) =>
  event('cluster-incarnation', 100 * MS + i, { cluster: c.name, group: c.group, suffix: c.suffix }),
);

/** A kill of a cluster whose process was seen to end. */
export function killed(cluster: ClusterName, atUs: number, action = 0): readonly RunEvent[] {
  const group = CLUSTERS.find((c) => c.name === cluster)?.group ?? '';
  return [
    event('phase', atUs - MS, { text: `kill ${cluster}`, action }),
    event('fault-started', atUs - MS, { text: `kill ${cluster} (SIGKILL)`, action }),
    event('cluster-killed', atUs, { cluster, group, action }),
    event('cluster-stopped', atUs + 5 * MS, { cluster, group, action, tookMs: 5 }),
    event('fault-finished', atUs + 3 * SECOND, { text: 'done', action }),
    event('phase', atUs + 3 * SECOND, { text: `after kill ${cluster}`, action: -1 }),
  ];
}

export function info(samples: readonly Sample[], change: Partial<RunInfo> = {}): RunInfo {
  const ofArm = (arm: Sample['arm']) => samples.filter((s) => s.arm === arm).length;
  return {
    ...{ formatVersion: 1, id: 'test', name: 'test', description: '', interrupted: false, seed: 7 },
    ...{ startedAt: '2026-11-21T08:00:00.000Z', finishedAt: '2026-11-21T08:01:00.000Z' },
    ...{ versions: {}, machine: {}, scenario: {}, scenarioFile: 'test.yaml', command: [], simulated: true },
    ...{ gateway: 'bundled', baseline: 'direct', dump: null, skipped: [] },
    clusters: CLUSTERS.map(({ name, group }) => ({ name, group, driver: 'stub', zone: '' })),
    planned: {
      gateway: ofArm('gateway'),
      baseline: ofArm('baseline'),
      noise: ofArm('noise'),
      pairs: ofArm('baseline'),
      sha256: '',
    },
    judge: { routingToleranceMs: 500, detectionMs: 1000, warmUpMs: 0, lagP99LimitMs: 5, lagMaxLimitMs: 50 },
    generator: {
      ...{ eventLoopDelayP99Ms: 2, eventLoopDelayMaxMs: 8, eventLoopUtilisationMax: 0.4 },
      ...{ gcMaxMs: 5, gcShare: 0.005, clockStepMs: 0 },
    },
    ...change,
  };
}

export function record(
  samples: readonly Sample[],
  events: readonly RunEvent[] = [],
  change: Partial<RunInfo> = {},
): RunRecord {
  return { info: info(samples, change), samples: samplesOf(samples), events: [...STARTED, ...events] };
}

/** Both members of a pair, the gateway's `extraUs` slower at every level. */
export function pairOf(number: number, atUs: number, extraUs: number, totalUs = 100 * MS): readonly Sample[] {
  const member = (arm: Sample['arm'], sentUs: number, extra: number): Sample => ({
    ...sample(number, { sentUs, arm, pair: number, gatewayFirst: number % 2 === 0 }),
    statement: 'the same',
    target: arm === 'baseline' ? 'bi-blue' : '',
    submittedUs: sentUs + 5 * MS + extra,
    fastestPollUs: 2 * MS + extra,
    lastUs: sentUs + totalUs + extra,
  });
  const later = atUs + 200 * MS;
  return number % 2 === 0
    ? [member('gateway', atUs, extraUs), member('baseline', later, 0)]
    : [member('baseline', atUs, 0), member('gateway', later, extraUs)];
}
