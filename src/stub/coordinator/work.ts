/** From a posted statement to what it will do: the checks of the analyser, then the work. */

import type { StubConfig } from '../config.ts';
import { type StubError, stubError } from '../errors.ts';
import { countResult } from '../text/expected.ts';
import { type LiveTable, selectLive } from '../text/live-tables.ts';
import type { ResultTable } from '../text/rows.ts';
import type { ScannedTable } from '../text/scans.ts';
import { column } from '../text/types.ts';
import type { Action, Understood } from '../text/understand.ts';
import type { Done, Query, Work } from './query.ts';
import type { Service, ServiceTimes } from './service-time.ts';
import { executedSql, runSessionStatement, type SessionWorld } from './session-statements.ts';

/** What planning needs from the coordinator. */
export interface WorkWorld extends SessionWorld {
  readonly config: StubConfig;
  readonly serviceTimes: ServiceTimes;
  readonly understand: (sql: string) => Understood;
  liveTable(name: 'queries' | 'nodes'): LiveTable;
}

export interface PlannedWork {
  readonly work: Work;
  readonly scans: readonly ScannedTable[];
}

/** Plans a statement, or says why it fails before it is queued. */
export function planWork(query: Query, world: WorkWorld): PlannedWork | StubError {
  const { session, sql } = query;
  if (sql.length > world.config.maxQueryLength) {
    const limit = world.config.maxQueryLength;
    return stubError(
      'QUERY_TEXT_TOO_LARGE',
      `Query text length (${sql.length}) exceeds the maximum length (${limit})`,
    );
  }
  const id = session.transactionId;
  if (id !== undefined && id !== 'NONE' && !world.transactions.has(id)) {
    return stubError(
      'UNKNOWN_TRANSACTION',
      `Unknown transaction ID: ${id}. Possibly expired? Commands ignored until end of transaction block`,
    );
  }
  const understood = resolved(world.understand(sql), query, world);
  if ('errorName' in understood) return understood;
  if (world.abortedTransactions.has(id ?? '') && !/^(COMMIT|ROLLBACK)$/i.test(understood.tokens[0] ?? '')) {
    return stubError(
      'TRANSACTION_ALREADY_ABORTED',
      'Current transaction is aborted, commands ignored until end of transaction block',
    );
  }
  const { action, scans } = understood;
  if (action.kind === 'wrong') return action.error;
  return { work: workOf(query, action, understood.tokens, world), scans };
}

/** EXECUTE stands for another statement; everything else for itself. */
function resolved(understood: Understood, query: Query, world: WorkWorld): Understood | StubError {
  const { action } = understood;
  if (action.kind !== 'session' || action.statementKind !== 'execute') return understood;
  const inner = executedSql(understood.tokens, query.session);
  return typeof inner === 'string' ? world.understand(inner) : inner;
}

function workOf(query: Query, action: Action, tokens: readonly string[], world: WorkWorld): Work {
  const service = world.serviceTimes(query.sql, executionOf(query.session.traceToken));
  const orFailure = (finish: () => Done | StubError) => failing(service, finish);
  switch (action.kind) {
    case 'rows': {
      const columnsJson = columnsOf(action.table, query);
      const done = { table: action.table, headers: [] };
      return { serviceMs: service.ms, columnsJson, finish: orFailure(() => done) };
    }
    case 'live':
      return {
        serviceMs: 0,
        finish: orFailure(() => {
          const table = selectLive(tokens, world.liveTable(action.table));
          return { table, columnsJson: columnsOf(table, query), headers: [] };
        }),
      };
    case 'write': {
      const table = countResult(action.count);
      const columnsJson = columnsOf(table, query);
      const done = { table, columnsJson, updateCount: action.count, headers: [] };
      return {
        serviceMs: service.ms,
        columnsJson,
        updateType: action.updateType,
        finish: orFailure(() => done),
      };
    }
    case 'ddl':
      return {
        serviceMs: service.ms,
        updateType: action.updateType,
        finish: orFailure(() => ({ headers: [] })),
      };
    default:
      return sessionWork(query, tokens, world, service);
  }
}

/**
 * Which execution of its text a replayed query is, by what its trace token ends in: the arms of a pair are the same one, and what
 * the gateway runs again elsewhere is, too. Undefined for the tokens of others.
 */
function executionOf(token: string): string | undefined {
  return /-[a-z](\d+)$/.exec(token)?.[1];
}

/** Session statements take no time of their own; their type is known once they are done. */
function sessionWork(query: Query, tokens: readonly string[], world: WorkWorld, service: Service): Work {
  const words = tokens.slice(0, 2).join(' ').toUpperCase();
  const updateType = /^(SET|RESET|START) /.test(words) ? words : (words.split(' ')[0] ?? '');
  return {
    serviceMs: 0,
    updateType: updateType === 'SET TIME' ? 'SET TIME ZONE' : updateType,
    finish: failing(service, () => runSessionStatement(query.sql, tokens, query.session, world)),
  };
}

function failing(service: Service, finish: () => Done | StubError): () => Done | StubError {
  const { failure } = service;
  return failure === undefined ? finish : () => failure;
}

/** Clients that do not say that they know precisions get times without. */
function columnsOf(table: ResultTable, { session }: Query): string {
  if (session.capabilities.includes('PARAMETRIC_DATETIME')) return JSON.stringify(table.columns);
  const plain = table.columns.map(({ name, type }) =>
    column(name, type.replace(/\b(time|timestamp)\(\d+\)/g, '$1')),
  );
  return JSON.stringify(plain);
}
