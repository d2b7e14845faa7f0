/** The backend object of the REST API, in and out, with the Java gateway's fields and defaults. */
import type { BackendView } from '../backends/fleet.ts';
import { backendInput } from '../config/schema.ts';
import type { Backend } from '../store/store.ts';

/** What a request body asks for, or why it cannot be used. */
export type ReadBackend = { readonly backend: Backend } | { readonly problem: string };

/** Missing fields come from the backend of that name where there is one, and else from the defaults. */
export function readBackend(
  body: string,
  defaultGroup: string,
  existing: (name: string) => Backend | undefined,
): ReadBackend {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { problem: 'the body is not JSON' };
  }
  const parsed = backendInput.safeParse(json);
  if (!parsed.success) {
    const texts = parsed.error.issues.map((i) =>
      i.path.length === 0 ? i.message : `${i.path.join('.')}: ${i.message}`,
    );
    return { problem: texts.join('; ') };
  }
  const { name, active, externalUrl, proxyTo, routingGroup } = parsed.data;
  const known = existing(name);
  return {
    backend: {
      name,
      proxyTo,
      externalUrl: externalUrl ?? proxyTo,
      routingGroup: routingGroup ?? known?.routingGroup ?? defaultGroup,
      active: active ?? true,
    },
  };
}

/** Fields in the order of the Java gateway. */
export function backendJson({ active, routingGroup, externalUrl, name, proxyTo }: Backend): object {
  return { active, routingGroup, externalUrl, name, proxyTo };
}

/**
 * The state object: the Java gateway's fields, then ours. The counts are this gateway's own: queries it has
 * submitted and not yet seen the end of; it cannot tell queued ones from running ones.
 */
export function stateJson(
  { backend, seen }: BackendView,
  openQueries: number,
  suffix: string | undefined,
): object {
  return {
    clusterId: backend.name,
    runningQueryCount: openQueries,
    queuedQueryCount: 0,
    numWorkerNodes: 0,
    trinoStatus: seen.status,
    proxyTo: backend.proxyTo,
    externalUrl: backend.externalUrl,
    routingGroup: backend.routingGroup,
    active: backend.active,
    openQueries,
    reason: seen.reason,
    readiness: seen.readiness,
    coordinatorSuffix: suffix ?? null,
    forwarding: seen.forwarding ?? null,
    checkedAt: seen.checkedAtMs === undefined ? null : new Date(seen.checkedAtMs).toISOString(),
  };
}
