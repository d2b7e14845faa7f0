/** The JSON of a statement's answers: QueryResults with its fields in Trino's order, absent instead of null. */

import { isTask, type Query, stateName } from '../coordinator/query.ts';
import { type Stretch, slugOf } from '../coordinator/tokens.ts';
import { errorJson } from '../errors.ts';

/** The parts of an answer that differ from page to page. */
export interface AnswerParts {
  readonly base: string;
  /** Stretch and token of the next address; absent at the end. */
  readonly next?: readonly [Stretch, number];
  /** Shown instead of the query's own state. */
  readonly state?: string;
  readonly dataJson?: string;
  readonly nowMs: number;
  readonly workers: number;
}

/** Writes the answer for a query as it stands. */
export function answerJson(query: Query, parts: AnswerParts): string {
  const { base, next } = parts;
  const { done, work, error } = query;
  const executing = next === undefined ? query.dispatched : next[0] === 'executing' && next[1] > 0;
  const known = isTask(query) ? '[]' : (done?.columnsJson ?? work?.columnsJson);
  const columnsJson = executing ? known : undefined;
  let json = `{"id":"${query.id}","infoUri":"${base}/ui/query.html?${query.id}"`;
  if (next !== undefined) {
    const [stretch, token] = next;
    const address = `${query.id}/`;
    const guard = `${slugOf(query.slugKey, stretch, token)}/${token}`;
    if (executing && query.phase === 'running') {
      json += `,"partialCancelUri":"${base}/v1/statement/executing/partialCancel/${address}0/${guard}"`;
    }
    json += `,"nextUri":"${base}/v1/statement/${stretch}/${address}${guard}"`;
  }
  if (columnsJson !== undefined) json += `,"columns":${columnsJson}`;
  if (parts.dataJson !== undefined) json += `,"data":${parts.dataJson}`;
  json += `,"stats":${statsJson(query, parts)}`;
  if (error !== undefined) json += `,"error":${errorJson(error)}`;
  json += ',"warnings":[]';
  if (executing && work?.updateType !== undefined) json += `,"updateType":${JSON.stringify(work.updateType)}`;
  if (executing && done?.updateCount !== undefined) json += `,"updateCount":${done.updateCount}`;
  return `${json}}`;
}

/** Splits that every simulated query has. */
const SPLITS = 4;

function statsJson(query: Query, parts: AnswerParts): string {
  const state = parts.state ?? stateName(query);
  const started = query.dispatched && state !== 'QUEUED';
  const scheduled = started && !isTask(query);
  const elapsed = Math.round((query.endedMs || parts.nowMs) - query.createdMs);
  const queuedMs = started ? Math.max(0, Math.round(query.startedMs - query.createdMs)) : elapsed;
  const head = `{"state":"${state}","queued":${state === 'QUEUED'},"scheduled":${scheduled}`;
  const times = (cpu: number) =>
    `"planningTimeMillis":0,"analysisTimeMillis":0,"cpuTimeMillis":${cpu},"wallTimeMillis":${cpu},` +
    `"queuedTimeMillis":${queuedMs},"elapsedTimeMillis":${elapsed},"finishingTimeMillis":0,"physicalInputTimeMillis":0,`;
  if (!scheduled) {
    return (
      `${head},"nodes":0,"totalSplits":0,"queuedSplits":0,"runningSplits":0,"completedSplits":0,` +
      `${times(0)}"processedRows":0,"processedBytes":0,${QUIET},"peakMemoryBytes":0,"spilledBytes":0}`
    );
  }
  const figures = stageFigures(query, state, parts.workers, elapsed - queuedMs);
  const { nodes, running, done, cpu, rows } = figures;
  const progress = `"progressPercentage":${done === 0 ? '0.0' : '100.0'},"runningPercentage":${running === 0 ? '0.0' : '100.0'}`;
  return (
    `${head},${progress},"nodes":${nodes},"totalSplits":${SPLITS},"queuedSplits":0,"runningSplits":${running},` +
    `"completedSplits":${done},${times(cpu)}"processedRows":${rows},"processedBytes":${rows * ROW_BYTES},${QUIET},` +
    `"peakMemoryBytes":262144,"spilledBytes":0${rootStage(query, state, figures)}}`
  );
}

/** Bytes that a simulated row counts for, and the counters that nothing here moves. */
const ROW_BYTES = 64;
const QUIET = '"physicalInputBytes":0,"physicalWrittenBytes":0,"internalNetworkInputBytes":0';

type StageFigures = Readonly<Record<'nodes' | 'running' | 'done' | 'cpu' | 'rows', number>>;

function stageFigures(query: Query, state: string, nodes: number, cpu: number): StageFigures {
  const done = query.done === undefined ? 0 : SPLITS;
  const running = done === 0 && state === 'RUNNING' ? SPLITS : 0;
  return { nodes, running, done, cpu, rows: query.rowsSent };
}

/** Errors from outside: the stages were stopped, they did not fail. */
const STOPPED = /^(USER_CANCELED|ABANDONED_QUERY|ADMINISTRATIVELY_\w+)$/;

function rootStage(query: Query, state: string, { nodes, running, done, cpu, rows }: StageFigures): string {
  const stageState = STOPPED.test(query.error?.errorName ?? '') ? 'ABORTED' : state;
  return (
    `,"rootStage":{"stageId":"0","state":"${stageState}","done":${state === 'FINISHED' || state === 'FAILED'},"nodes":${nodes},` +
    `"totalSplits":${SPLITS},"queuedSplits":0,"runningSplits":${running},"completedSplits":${done},"cpuTimeMillis":${cpu},` +
    `"wallTimeMillis":${cpu},"processedRows":${rows},"processedBytes":${rows * ROW_BYTES},"physicalInputBytes":0,` +
    `"failedTasks":0,"coordinatorOnly":false,"subStages":[]}`
  );
}
