/** One query as the coordinator keeps it, from the POST to oblivion. */

import type { StubError } from '../errors.ts';
import type { Defect } from '../plants.ts';
import type { ResultTable } from '../text/rows.ts';
import type { ClientSession } from './client.ts';
import type { Waiter } from './long-polls.ts';

/**
 * - `registered`: posted, never polled; Trino does not count it as a query yet.
 * - `queued`: waits for its turn.
 * - `running`: holds a place until its result is ready and read to the last page.
 * - `finished`, `failed`: ended.
 */
export type QueryPhase = 'registered' | 'queued' | 'running' | 'finished' | 'failed';

/** What a statement does once its time has come, and what its answers say. */
export interface Work {
  readonly serviceMs: number;
  /** Known before the result is: repeated on every executing answer. */
  readonly columnsJson?: string;
  readonly updateType?: string;
  /** Called when the service time is over. */
  readonly finish: () => Done | StubError;
}

/** The outcome of a statement that worked. */
export interface Done {
  readonly table?: ResultTable;
  readonly columnsJson?: string;
  readonly updateCount?: number;
  /** `name, value, name, value …` for every executing answer from now on. */
  readonly headers: readonly string[];
}

/** An answer of the statement resource with status 200. */
export interface Answer {
  readonly body: string;
  readonly headers: readonly string[];
}

export interface Query {
  readonly id: string;
  readonly slugKey: string;
  /** The statement, trimmed. */
  readonly sql: string;
  readonly session: ClientSession;
  readonly createdWallMs: number;
  readonly createdMs: number;
  phase: QueryPhase;
  work: Work | undefined;
  /** Asked when its turn comes: why it cannot run after all. */
  admit: (() => StubError | undefined) | undefined;
  /** True when it reads or writes a connector's table. */
  scans: boolean;
  done: Done | undefined;
  error: StubError | undefined;
  /** False when it failed before it got a place: its end is told in the queued stretch. */
  dispatched: boolean;
  startedMs: number;
  endedMs: number;
  /** Last sign of the client. */
  touchedMs: number;
  timer: NodeJS.Timeout | undefined;
  /** When the timer ends its work. */
  dueMs: number;
  waiters: Waiter[];
  /** Last token accepted in the queued stretch; the POST itself is 0. */
  queuedToken: number;
  /** Last token answered in the executing stretch, −1 for none. */
  executingToken: number;
  /** The answer to that token, for repeats; gone after a DELETE. */
  lastAnswer: Answer | undefined;
  /** True when the last answer carried no nextUri. */
  over: boolean;
  rowsSent: number;
  finishedAnswers: number;
  /** What is planted on it. */
  plant: Defect | undefined;
  /** QueryCreated has been sent. */
  isTold: boolean;
}

/** A query that was just posted. */
export function registeredQuery(
  facts: Pick<Query, 'id' | 'slugKey' | 'sql' | 'session' | 'createdWallMs' | 'createdMs'>,
): Query {
  return {
    ...facts,
    phase: 'registered',
    work: undefined,
    admit: undefined,
    scans: false,
    done: undefined,
    error: undefined,
    dispatched: false,
    startedMs: 0,
    endedMs: 0,
    touchedMs: facts.createdMs,
    timer: undefined,
    dueMs: 0,
    waiters: [],
    queuedToken: 0,
    executingToken: -1,
    lastAnswer: undefined,
    over: false,
    rowsSent: 0,
    finishedAnswers: 0,
    plant: undefined,
    isTold: false,
  };
}

/** True when nothing will happen to the query any more. */
export function isEnded(query: Query): boolean {
  return query.phase === 'finished' || query.phase === 'failed';
}

/** True for what the coordinator does itself, without stages and without a result: DDL, sessions, transactions. */
export function isTask({ work }: Query): boolean {
  return work?.updateType !== undefined && work.columnsJson === undefined;
}

/** True once the query's stages were scheduled. */
export function hasStages(query: Query): boolean {
  return query.dispatched && !isTask(query);
}

/** Rows that the client has still to fetch; unknown results count as none. */
export function rowsLeft(query: Query): number {
  return (query.done?.table?.rows ?? 0) - query.rowsSent;
}

/** The state that Trino's lists and statistics show. */
export function stateName(query: Query): string {
  switch (query.phase) {
    case 'registered':
    case 'queued':
      return 'QUEUED';
    case 'running':
      return query.done !== undefined && query.done.updateCount !== undefined ? 'FINISHING' : 'RUNNING';
    case 'finished':
      return 'FINISHED';
    case 'failed':
      return 'FAILED';
  }
}
