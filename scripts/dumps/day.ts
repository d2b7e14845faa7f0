/** The sample day: what everybody sent, which cluster ran it, and how it ended. */
import { type Random, seededRandom } from '../../src/base/random.ts';
import { formatQueryId } from '../../src/trino/query-id.ts';
import { statementKind } from '../../src/trino/sql-kind.ts';
import { airflow, type Draft, dbt, desktop, querybook, superset, zeppelin } from './activities.ts';
import { FAILING } from './failing.ts';
import type { Cost } from './template.ts';

const SEED = 20_260_302;
export const MIDNIGHT_MS = Date.UTC(2026, 2, 2);
const DAY_MS = 86_400e3;

/** How many queries each kind of client sends. */
const SHARES: readonly { readonly count: number; readonly act: (random: Random) => Draft[] }[] = [
  { count: 1_040, act: superset },
  { count: 520, act: querybook },
  { count: 208, act: zeppelin },
  { count: 312, act: dbt },
  { count: 260, act: airflow },
  { count: 260, act: desktop },
];

export interface Cluster {
  readonly environment: string;
  readonly address: string;
  /** Names the coordinator process in its query ids. */
  readonly suffix: string;
  /** As the gateway knows it. */
  readonly backend: string;
}

const BLUE: Cluster = {
  environment: 'prod_blue',
  address: '10.20.0.11',
  suffix: 'k8dxq',
  backend: 'http://trino-blue.example:8080',
};
const GREEN: Cluster = {
  environment: 'prod_green',
  address: '10.20.0.12',
  suffix: 'm3vwt',
  backend: 'http://trino-green.example:8080',
};

export interface Failure {
  readonly errorName: string;
  readonly errorType: 'USER_ERROR' | 'INSUFFICIENT_RESOURCES';
  readonly failureType: string;
  readonly message: string;
}

/** A query of the day as a cluster would have recorded it. */
export interface DayQuery extends Draft {
  readonly queryId: string;
  /** Milliseconds since the epoch, whole. */
  readonly arrivedAtMs: number;
  readonly cluster: Cluster;
  /** The routing group that the gateway of the day chose. */
  readonly group: 'dashboards' | 'adhoc' | 'batch';
  readonly queryType: string | undefined;
  readonly updateType: string | undefined;
  readonly failure: Failure | undefined;
  readonly wallMs: number;
  readonly queuedMs: number;
  readonly rows: number;
}

/** All queries of the day in order of arrival. The same on every machine. */
export function makeDay(): DayQuery[] {
  const drafts = SHARES.flatMap(({ count, act }) => drawn(count, act)).sort((a, b) => a.atMs - b.atMs);
  const random = seededRandom(SEED, 'endings');
  const counters = new Map<string, number>();
  return drafts.map((draft) => finished(random, draft, counters));
}

function drawn(count: number, act: (random: Random) => Draft[]): Draft[] {
  const random = seededRandom(SEED, act.name);
  const drafts: Draft[] = [];
  while (drafts.length < count) {
    for (const draft of act(random)) {
      if (draft.atMs < DAY_MS && drafts.length < count) drafts.push(draft);
    }
  }
  return drafts;
}

function finished(random: Random, wanted: Draft, counters: Map<string, number>): DayQuery {
  const { draft, failure } = withFate(random, wanted);
  const group = groupOf(draft);
  const cluster = group === 'batch' ? GREEN : group === 'dashboards' ? BLUE : random.pick([BLUE, GREEN]);
  const index = counters.get(cluster.suffix) ?? 0;
  counters.set(cluster.suffix, index + 1);
  const arrivedAtMs = MIDNIGHT_MS + Math.floor(draft.atMs);
  const queuedMs = Math.round(2 + random.next() ** 6 * 900);
  return {
    ...draft,
    queryId: formatQueryId({ atMs: arrivedAtMs, index, suffix: cluster.suffix }),
    arrivedAtMs,
    cluster,
    group,
    ...typesOf(draft.sql, failure),
    failure,
    wallMs: wallMs(random, draft.cost, queuedMs, failure),
    queuedMs,
    rows: failure === undefined ? rowsOf(random, draft) : 0,
  };
}

function groupOf(draft: Draft): DayQuery['group'] {
  if (draft.source === 'Apache Superset' || draft.source === 'Tableau') return 'dashboards';
  return draft.user.startsWith('svc_') || draft.tags.includes('scheduled') ? 'batch' : 'adhoc';
}

const CANCELLED: Failure = {
  errorName: 'USER_CANCELED',
  errorType: 'USER_ERROR',
  failureType: 'io.trino.spi.TrinoException',
  message: 'Query was canceled',
};
const TOO_LONG: Failure = {
  errorName: 'EXCEEDED_TIME_LIMIT',
  errorType: 'INSUFFICIENT_RESOURCES',
  failureType: 'io.trino.spi.TrinoException',
  message: 'Query exceeded the maximum run time limit of 5.00m',
};

/** People mistype (the statement is another then); some queries are cancelled or run out of time. */
function withFate(
  random: Random,
  draft: Draft,
): { readonly draft: Draft; readonly failure: Failure | undefined } {
  const fate = random.next();
  const isPerson = !draft.user.startsWith('svc_') && draft.prepared === undefined;
  if (isPerson && fate < 0.039) {
    const { errorName, failureType, message, cost, sql } = random.pick(FAILING);
    const text = sql({ random, table: (name) => `tpch.tiny.${name}` });
    return {
      draft: { ...draft, sql: text, cost },
      failure: { errorName, errorType: 'USER_ERROR', failureType, message },
    };
  }
  const isRead = statementKind(draft.sql) === 'select' && draft.cost !== 'metadata';
  if (isRead && isPerson && fate < 0.044) return { draft, failure: CANCELLED };
  if (isRead && fate > 0.998) return { draft, failure: TOO_LONG };
  return { draft, failure: undefined };
}

const UPDATE_TYPE: Readonly<Record<string, string>> = {
  'CREATE TABLE': 'CREATE TABLE',
  'DROP TABLE': 'DROP TABLE',
  'INSERT INTO': 'INSERT',
};

/** Trino's words for the statement; it has none for what it could not parse. */
function typesOf(
  sql: string,
  failure: Failure | undefined,
): { readonly queryType: string | undefined; readonly updateType: string | undefined } {
  if (failure?.errorName === 'SYNTAX_ERROR') return { queryType: undefined, updateType: undefined };
  const words = sql
    .replace(/^\/\*.*?\*\/\s*/s, '')
    .toUpperCase()
    .split(/\s+/, 2)
    .join(' ');
  const updateType = UPDATE_TYPE[words];
  switch (statementKind(sql)) {
    case 'show':
      return { queryType: 'DESCRIBE', updateType };
    case 'explain':
      return { queryType: 'EXPLAIN', updateType };
    case 'insert':
      return { queryType: 'INSERT', updateType };
    case 'ddl':
      return { queryType: / as \(/.test(sql) ? 'INSERT' : 'DATA_DEFINITION', updateType };
    default:
      return { queryType: 'SELECT', updateType };
  }
}

/** Median of the recorded wall time by cost, milliseconds, and how far it scatters (sigma of its logarithm). */
const WALL: Readonly<Record<Cost, readonly [medianMs: number, sigma: number]>> = {
  metadata: [180, 0.7],
  light: [520, 1.1],
  medium: [1_150, 1.3],
  heavy: [3_200, 1.4],
  etl: [9_000, 1.2],
};

const LONGEST_MS = 290e3;

function wallMs(random: Random, cost: Cost, queuedMs: number, failure: Failure | undefined): number {
  if (failure === TOO_LONG) return 300e3 + random.below(900);
  const [medianMs, sigma] = WALL[cost];
  const drawnMs = medianMs * Math.exp(sigma * normal(random));
  const waited = failure === CANCELLED ? 4 : 1;
  return queuedMs + Math.round(Math.min(Math.max(drawnMs * waited, 15), LONGEST_MS));
}

/** Box-Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

function rowsOf(random: Random, draft: Draft): number {
  const limit = /\blimit (\d+)\s*$/i.exec(draft.sql)?.[1];
  const kind = statementKind(draft.sql);
  if (kind === 'insert' || kind === 'ddl') return draft.cost === 'metadata' ? 0 : 1;
  return Math.min(1 + Math.floor(random.next() ** 3 * 200), limit === undefined ? 200 : Number(limit));
}
