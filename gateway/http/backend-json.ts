/** The backend object of the REST API, in and out, with the Java gateway's fields and defaults. */
import { z } from 'zod';
import { maskText } from '../../src/base/secrets.ts';
import type { BackendView } from '../backends/fleet.ts';
import { backendInput } from '../config/schema.ts';
import type { Backend } from '../store/store.ts';
import { type Read, readJson } from './input.ts';

/** What the columns hold, and what can stand in a path, a header and a metric. */
const word = () =>
  z
    .string()
    .min(1)
    .max(256)
    .regex(/^\P{Cc}*$/u, 'expected no control characters');
const input = backendInput.extend({ name: word(), routingGroup: word().optional() });

/** Missing fields have the Java gateway's defaults. */
export function readBackend(body: string, defaultGroup: string, strict: boolean): Read<Backend> {
  const read = readJson(body, input, { strict });
  if ('refusal' in read) return read;
  const { name, active, externalUrl, proxyTo, routingGroup } = read.value;
  return {
    value: {
      name,
      proxyTo,
      externalUrl: externalUrl ?? proxyTo,
      routingGroup: routingGroup ?? defaultGroup,
      active: active ?? true,
    },
  };
}

/** The answer to a backend that was saved. Strictly, its URLs are as they were sent, and not as they are kept. */
export function savedJson(body: string, backend: Backend, strict: boolean): object {
  if (!strict) return backendJson(backend);
  const { externalUrl, proxyTo } = JSON.parse(body) as Partial<Backend>;
  const sent = proxyTo ?? backend.proxyTo;
  return backendJson({ ...backend, proxyTo: sent, externalUrl: externalUrl ?? sent });
}

/** Fields in the order of the Java gateway. URLs of rows written by others may hold a password; it is not told. */
export function backendJson({ active, routingGroup, externalUrl, name, proxyTo }: Backend): object {
  return { active, routingGroup, externalUrl: maskText(externalUrl), name, proxyTo: maskText(proxyTo) };
}

/**
 * The state object: the Java gateway's fields, then ours. Where no monitor counts a cluster's queries, the counts are
 * this gateway's own: queries it has submitted and not yet seen the end of.
 */
export function stateJson(
  { backend, passive, seen }: BackendView,
  openQueries: number,
  suffix: string | undefined,
): object {
  const { counts } = seen;
  return {
    clusterId: backend.name,
    runningQueryCount: counts?.running ?? openQueries,
    queuedQueryCount: counts?.queued ?? 0,
    numWorkerNodes: counts?.workers ?? 0,
    trinoStatus: seen.status,
    proxyTo: maskText(backend.proxyTo),
    externalUrl: maskText(backend.externalUrl),
    routingGroup: backend.routingGroup,
    ...userQueues(counts?.queuedByUser),
    active: backend.active,
    openQueries,
    reason: seen.reason,
    readiness: seen.readiness,
    coordinatorSuffix: suffix ?? null,
    forwarding: seen.forwarding ?? null,
    ejection: {
      isOut: passive.ejectedUntilMs !== undefined,
      failuresInARow: passive.failuresInARow,
      failures: passive.failures,
      refusals: passive.refusals,
      ejections: passive.ejections,
      spared: passive.spared,
    },
    checkedAt: seen.checkedAtMs === undefined ? null : new Date(seen.checkedAtMs).toISOString(),
  };
}

/** As in the Java gateway, absent where the monitor does not tell. */
function userQueues(queued: ReadonlyMap<string, number> = new Map()): object {
  return queued.size === 0 ? {} : { userQueuedCount: Object.fromEntries(queued) };
}

/** A row of the console's list. */
export function listedJson({ backend, seen }: BackendView, openQueries: number): object {
  return {
    ...backendJson(backend),
    queued: seen.counts?.queued ?? 0,
    running: seen.counts?.running ?? openQueries,
    status: seen.status,
  };
}
