/** The run behind the fixture: two rolls, one kill, six simulated clusters; every text as the rooms write it. */
import type { EventType, RunEvent } from '../../src/measure/record/events.ts';
import type { RunInfo } from '../../src/measure/record/run-info.ts';

export const DURATION_MS = 240_000;

export const CLUSTERS = ['bi-blue', 'bi-green', 'etl-blue', 'etl-green', 'olap-blue', 'olap-green'] as const;

export const ACTIONS = [
  { title: 'roll bi: bi-blue → bi-green', from: 'bi-blue', to: 'bi-green', startMs: 40_000, endMs: 78_400 },
  {
    title: 'roll etl: etl-green → etl-blue',
    from: 'etl-green',
    to: 'etl-blue',
    startMs: 100_000,
    endMs: 141_900,
  },
  { title: 'kill olap-green (SIGKILL)', from: 'olap-green', to: '', startMs: 180_000, endMs: 203_600 },
] as const;

type Step = readonly [
  atMs: number,
  type: EventType,
  text: string,
  cluster?: string | undefined,
  tookMs?: number,
];

function events(steps: readonly Step[], action?: number): RunEvent[] {
  return steps.map(([atMs, type, text, cluster, tookMs]) => ({
    atUs: Math.round(atMs * 1000),
    type,
    text,
    ...(cluster === undefined ? {} : { cluster }),
    ...(tookMs === undefined ? {} : { tookMs }),
    ...(action === undefined ? {} : { action }),
  }));
}

function rollEvents(action: 0 | 1): RunEvent[] {
  const { title, from, to, startMs: at, endMs } = ACTIONS[action];
  return events(
    [
      [at, 'phase', title],
      [at, 'roll-started', title],
      [at + 40, 'cluster-starting', `${to} is starting`, to],
      [at + 12_300, 'cluster-up', `${to} answers`, to, 12_260],
      [at + 12_310, 'cluster-incarnation', `${to} runs as process k7q2d`, to],
      [at + 17_800, 'cluster-healthy', `the gateway calls ${to} healthy`, to, 5490],
      [at + 17_912, 'cluster-activated', `${to} is active: new queries go there`, to, 108],
      [
        at + 18_020,
        'cluster-deactivated',
        `${from} is not active any more: only its running queries go on`,
        from,
        96,
      ],
      [
        endMs - 1800,
        'cluster-drained',
        `${from} has no query left (3 zeros in a row)`,
        from,
        endMs - at - 19_820,
      ],
      [endMs - 20, 'cluster-stopped', `${from} has stopped`, from, 1740],
      [endMs, 'roll-finished', `${title}: done`, undefined, endMs - at],
    ],
    action,
  );
}

function killEvents(): RunEvent[] {
  const { title, from, startMs: at, endMs } = ACTIONS[2];
  return events(
    [
      [at, 'phase', title],
      [at, 'fault-started', title],
      [at + 3, 'cluster-killed', `${from} was killed`, from],
      [at + 9, 'cluster-lost', `the process of ${from} is gone`, from],
      [at + 10_000, 'cluster-starting', `${from} is starting`, from],
      [at + 21_200, 'cluster-up', `${from} answers`, from, 11_200],
      [endMs - 60, 'cluster-healthy', `the gateway calls ${from} healthy`, from, 2340],
      [endMs, 'fault-finished', `${title}: done`, undefined, endMs - at],
    ],
    2,
  );
}

export const runEvents: readonly RunEvent[] = [
  ...events([
    [-2400, 'run-started', 'run started'],
    [-900, 'gateway-started', 'the bundled gateway listens'],
    [0, 'phase', 'steady'],
    [0, 'replay-started', 'replay started'],
  ]),
  ...rollEvents(0),
  ...events([[ACTIONS[0].endMs, 'phase', `after ${ACTIONS[0].title}`]], -1),
  ...rollEvents(1),
  ...events([[ACTIONS[1].endMs, 'phase', `after ${ACTIONS[1].title}`]], -1),
  ...killEvents(),
  ...events([[ACTIONS[2].endMs, 'phase', `after ${ACTIONS[2].title}`]], -1),
  ...events([[238_900, 'replay-finished', 'replay finished']]),
];

export const runInfo: RunInfo = {
  formatVersion: 1,
  id: '2026-03-14T09-26-53-daily-roll',
  name: 'Daily roll of bi and etl, loss of one olap coordinator',
  description: 'Four minutes of a Monday morning, at recorded pace, with one third of the queries paired.',
  startedAt: '2026-03-14T09:26:53.589Z',
  finishedAt: '2026-03-14T09:31:02.114Z',
  interrupted: false,
  versions: { rehearse: '0.1.0', node: 'v24.21.0', gateway: 'bundled 0.1.0', trino: 'stub, protocol of 476' },
  machine: { cpu: 'AMD EPYC 7B13', cores: 8, 'memory GiB': 32, kernel: 'Linux 6.1' },
  seed: 20260314,
  scenario: {
    name: 'Daily roll of bi and etl, loss of one olap coordinator',
    dump: { files: ['dumps/monday.csv'], filter: { user: '*' }, writes: 'skip' },
    pace: { model: 'recorded', speed: 1 },
    baseline: { share: 0.33 },
    timeline: [
      { at: '40s', roll: { group: 'bi', from: 'bi-blue', to: 'bi-green' } },
      { at: '100s', roll: { group: 'etl', from: 'etl-green', to: 'etl-blue' } },
      { at: '180s', kill: { cluster: 'olap-green', restartAfter: '10s' } },
    ],
    gates: ['drops.avoidable == 0', 'overhead.submit.p50 < 3ms', 'routing.correct >= 100%'],
  },
  scenarioFile: 'scenarios/daily-roll.yaml',
  command: ['run', 'scenarios/daily-roll.yaml', '--set', 'seed=20260314', '--out', 'reports/daily roll'],
  simulated: true,
  gateway: 'bundled gateway 0.1.0, one process, SQLite store',
  baseline: 'straight to the cluster that owns the query',
  clusters: CLUSTERS.map((name, i) => ({
    name,
    group: name.split('-')[0] ?? '',
    driver: 'stub',
    zone: i % 2 === 0 ? 'a' : 'b',
  })),
  planned: {
    gateway: 2880,
    baseline: 951,
    pairs: 951,
    sha256: '5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592',
  },
  dump: {
    files: ['dumps/monday.csv'],
    format: 'trino-gateway-history',
    because: 'its header names query_id, query_text, user_name, source, backend_url, created',
    rows: 3102,
    accepted: 3098,
    badRows: 4,
    firstBad: [
      { origin: { file: 'dumps/monday.csv', line: 118 }, reason: 'created: expected a time, got "n/a"' },
      { origin: { file: 'dumps/monday.csv', line: 2044 }, reason: 'query_text is empty' },
    ],
    badByReason: { 'created is not a time': 1, 'query_text is empty': 3 },
    lost: ['client tags', 'session properties', 'catalog and schema', 'time zone'],
    firstAtMs: Date.UTC(2026, 2, 9, 8, 0, 0),
    lastAtMs: Date.UTC(2026, 2, 9, 8, 4, 0),
    sha256: '9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de',
  },
  skipped: [
    {
      reason: 'writes are not replayed (dump.writes: skip)',
      count: 204,
      examples: ['dumps/monday.csv:17', 'dumps/monday.csv:40'],
    },
    {
      reason: 'needs a prepared statement that the dump does not hold',
      count: 14,
      examples: ['dumps/monday.csv:803'],
    },
  ],
  judge: {
    routingToleranceMs: 2000,
    detectionMs: 3000,
    warmUpMs: 10_000,
    lagP99LimitMs: 5,
    lagMaxLimitMs: 50,
  },
  generator: {
    eventLoopDelayP99Ms: 2.1,
    eventLoopDelayMaxMs: 18.4,
    eventLoopUtilisationMax: 0.74,
    gcMaxMs: 9.2,
    gcShare: 0.011,
    clockStepMs: 0.3,
  },
};
