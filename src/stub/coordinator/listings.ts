/** Lists of what runs here: system.runtime tables, /v1/query, /v1/queryState, and the numbers monitors read. */

import type { LiveTable } from '../text/live-tables.ts';
import type { Coordinator } from './coordinator.ts';
import { hasStages, isEnded, type Query, stateName } from './query.ts';

/** Release that the stub says it is. */
export const STUB_VERSION = '476-stub';

const QUERY_COLUMNS = [
  ['query_id', 'varchar'],
  ['state', 'varchar'],
  ['user', 'varchar'],
  ['source', 'varchar'],
  ['query', 'varchar'],
  ['resource_group_id', 'array(varchar)'],
  ['queued_time_ms', 'bigint'],
  ['analysis_time_ms', 'bigint'],
  ['planning_time_ms', 'bigint'],
  ['created', 'timestamp(3) with time zone'],
  ['started', 'timestamp(3) with time zone'],
  ['last_heartbeat', 'timestamp(3) with time zone'],
  ['end', 'timestamp(3) with time zone'],
  ['error_type', 'varchar'],
  ['error_code', 'varchar'],
] as const;

const NODE_COLUMNS = [
  ['node_id', 'varchar'],
  ['http_uri', 'varchar'],
  ['node_version', 'varchar'],
  ['coordinator', 'boolean'],
  ['state', 'varchar'],
] as const;

/** `system.runtime.queries`. */
export function liveQueries(coordinator: Coordinator): LiveTable {
  const now = coordinator.clock.nowMs();
  const rows = [...coordinator.listed()].map((query) => {
    const stamp = (ms: number) =>
      ms === 0 ? null : sqlTimestamp(query.createdWallMs + (ms - query.createdMs));
    return [
      query.id,
      stateName(query),
      query.session.user,
      query.session.source,
      query.sql,
      ['global'],
      Math.round((query.startedMs || query.endedMs || now) - query.createdMs),
      0,
      0,
      stamp(query.createdMs),
      stamp(query.startedMs),
      stamp(query.touchedMs),
      stamp(query.endedMs),
      query.error?.errorType ?? null,
      query.error?.errorName ?? null,
    ];
  });
  return { columns: QUERY_COLUMNS, rows };
}

function sqlTimestamp(wallMs: number): string {
  return `${new Date(wallMs).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

/** `system.runtime.nodes`: the coordinator first, then workers. */
export function liveNodes(coordinator: Coordinator): LiveTable {
  const count = Math.max(1, coordinator.config.workers);
  const rows = Array.from({ length: count }, (_, i) => [
    `${coordinator.suffix}-${i}`,
    `http://127.0.0.1/${coordinator.suffix}/${i}`,
    STUB_VERSION,
    i === 0,
    'active',
  ]);
  return { columns: NODE_COLUMNS, rows };
}

/** One entry of GET /v1/query (io.trino.server.BasicQueryInfo, the fields that monitors and consoles read). */
export function basicQueryInfo(query: Query, base: string, nowMs: number): object {
  return {
    queryId: query.id,
    session: sessionInfo(query),
    ...(query.work && { resourceGroupId: ['global'] }),
    state: stateName(query),
    scheduled: hasStages(query),
    self: `${base}/v1/query/${query.id}`,
    query: query.sql,
    ...ending(query, nowMs),
  };
}

/** What both lists say last. */
function ending(query: Query, nowMs: number): object {
  return {
    ...(query.work?.updateType !== undefined && { updateType: query.work.updateType }),
    queryStats: basicQueryStats(query, nowMs),
    ...(query.error && {
      errorType: query.error.errorType,
      errorCode: errorCodeInfo(query),
    }),
    ...(query.work && { queryType: queryType(query.work.updateType) }),
    retryPolicy: 'NONE',
  };
}

/** Figures that stay zero here. */
const NO_WORK = { failedTasks: 0, totalDrivers: 0, queuedDrivers: 0, runningDrivers: 0, completedDrivers: 0 };
const NO_DATA = {
  ...{ blockedDrivers: 0, rawInputDataSize: '0B', rawInputPositions: 0, spilledDataSize: '0B' },
  ...{ physicalInputDataSize: '0B', physicalWrittenDataSize: '0B', internalNetworkInputDataSize: '0B' },
  ...{ cumulativeUserMemory: 0, failedCumulativeUserMemory: 0, userMemoryReservation: '0B' },
  ...{ totalMemoryReservation: '0B', peakUserMemoryReservation: '0B', peakTotalMemoryReservation: '0B' },
};
const NO_TIME = {
  ...{ planningTime: '0.00ns', analysisTime: '0.00ns', totalCpuTime: '0.00ns', failedCpuTime: '0.00ns' },
  ...{ totalScheduledTime: '0.00ns', failedScheduledTime: '0.00ns', finishingTime: '0.00ns' },
  ...{ physicalInputReadTime: '0.00ns', fullyBlocked: false, blockedReasons: [] },
};

function basicQueryStats(query: Query, nowMs: number): object {
  const { createdMs, createdWallMs, startedMs, endedMs } = query;
  const at = (ms: number) => new Date(createdWallMs + ms - createdMs).toISOString();
  const endMs = endedMs || nowMs;
  return {
    createTime: at(createdMs),
    ...(isEnded(query) && { endTime: at(endedMs) }),
    queuedTime: `${((startedMs || endMs) - createdMs).toFixed(2)}ms`,
    elapsedTime: `${(endMs - createdMs).toFixed(2)}ms`,
    executionTime: `${startedMs === 0 ? '0.00' : (endMs - startedMs).toFixed(2)}ms`,
    ...NO_WORK,
    ...NO_DATA,
    ...NO_TIME,
    ...(hasStages(query) && { progressPercentage: isEnded(query) ? 100 : 0, runningPercentage: 0 }),
  };
}

function queryType(updateType: string | undefined): string {
  if (updateType === undefined) return 'SELECT';
  return /^(INSERT|UPDATE|DELETE|MERGE)$/.test(updateType) ? updateType : 'DATA_DEFINITION';
}

function errorCodeInfo(query: Query): object {
  const { errorCode, errorName, errorType } = query.error ?? { errorCode: 0, errorName: '', errorType: '' };
  return { code: errorCode, name: errorName, type: errorType, fatal: errorType === 'USER_ERROR' };
}

function sessionInfo(query: Query): object {
  const { user, source, catalog, schema, clientTags, clientInfo, timeZone } = query.session;
  return {
    queryId: query.id,
    user,
    originalUser: user,
    principal: user,
    ...(source !== '' && { source }),
    ...(catalog !== undefined && { catalog }),
    ...(schema !== undefined && { schema }),
    timeZoneKey: 0,
    ...(clientInfo !== '' && { clientInfo }),
    clientTags,
    timeZone,
  };
}

/** One entry of GET /v1/queryState. */
export function queryState(query: Query, nowMs: number): object {
  const { user, source } = query.session;
  const queuedTimeMillis = Math.round((query.startedMs || nowMs) - query.createdMs);
  return {
    queryId: query.id,
    queryState: stateName(query),
    resourceGroupId: ['global'],
    query: query.sql,
    createTime: new Date(query.createdWallMs).toISOString(),
    user,
    ...(source !== '' && { source }),
    progress: {
      ...{ elapsedTimeMillis: Math.round(nowMs - query.createdMs), queuedTimeMillis, cpuTimeMillis: 0 },
      ...{ scheduledTimeMillis: 0, currentMemoryBytes: 0, peakMemoryBytes: 0, inputRows: 0, inputBytes: 0 },
      ...{ blocked: false, progressPercentage: 0 },
    },
  };
}

/** One entry of GET /ui/api/query. */
export function uiQuery(query: Query, base: string, nowMs: number): object {
  const { user, source, clientTags } = query.session;
  return {
    queryId: query.id,
    sessionUser: user,
    sessionPrincipal: user,
    ...(source !== '' && { sessionSource: source }),
    ...(query.work && { resourceGroupId: ['global'] }),
    state: stateName(query),
    scheduled: hasStages(query),
    self: `${base}/v1/query/${query.id}`,
    queryTextPreview: query.sql.slice(0, 300),
    ...ending(query, nowMs),
    clientTags,
  };
}

/** Answer of GET /ui/api/stats. */
export function clusterStats(coordinator: Coordinator): object {
  return {
    runningQueries: coordinator.running,
    blockedQueries: 0,
    queuedQueries: coordinator.queued,
    activeCoordinators: 1,
    activeWorkers: coordinator.config.workers,
    runningDrivers: coordinator.running,
    totalAvailableProcessors: coordinator.config.workers,
    reservedMemory: 0,
    totalInputRows: 0,
    totalInputBytes: 0,
    totalCpuTimeSecs: 0,
  };
}

/** The gauges of GET /metrics. */
export function gauges(coordinator: Coordinator): Readonly<Record<string, number>> {
  return {
    trino_execution_name_QueryManager_RunningQueries: coordinator.running,
    trino_execution_name_QueryManager_QueuedQueries: coordinator.queued,
    trino_metadata_name_DiscoveryNodeManager_ActiveNodeCount: coordinator.config.workers,
  };
}
