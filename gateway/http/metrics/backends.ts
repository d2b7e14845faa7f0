/** Metrics of the backends, ours and those of the Java gateway under its names. */
import type { BackendView } from '../../backends/fleet.ts';
import type { AdminContext } from '../context.ts';
import { type Metric, one, type Sample } from './metric.ts';

const STATUSES = ['HEALTHY', 'UNHEALTHY', 'PENDING', 'UNKNOWN'] as const;

export function backendMetrics({ fleet, open, pools }: AdminContext): Metric[] {
  const gauge = (name: string, help: string, read: (view: BackendView) => number): Metric => ({
    name: `rehearse_gateway_backend_${name}`,
    help,
    type: 'gauge',
    read: () => fleet.views().map((view) => ({ labels: labelsOf(view), value: read(view) })),
  });
  return [
    gauge('active', '1 when the operator wants it to get queries', (v) => (v.backend.active ? 1 : 0)),
    {
      name: 'rehearse_gateway_backend_status',
      help: '1 for the status that the backend has',
      type: 'gauge',
      read: () => fleet.views().flatMap(statusSamples),
    },
    {
      name: 'rehearse_gateway_backend_forwarding',
      help: '1 for the way in which the backend learns the clients’ address, once it is known',
      type: 'gauge',
      read: () => fleet.views().flatMap(forwardingSamples),
    },
    gauge('open_queries', 'Queries that this gateway has open on the backend', (v) =>
      open.count(v.backend.proxyTo),
    ),
    gauge('in_flight', 'Open queries, and statements being submitted', (v) => open.load(v.backend.proxyTo)),
    gauge('connections', 'Connections of this gateway to the backend', (v) =>
      pools.origins.includes(v.backend.proxyTo) ? pools.to(v.backend.proxyTo).size : 0,
    ),
    gauge(
      'cluster_running_queries',
      'Queries running by the cluster’s own word; 0 where no monitor counts',
      (v) => v.seen.counts?.running ?? 0,
    ),
    gauge('cluster_queued_queries', 'The same for queued queries', (v) => v.seen.counts?.queued ?? 0),
    gauge('ejected', '1 while it gets no new queries because it kept failing', (v) =>
      v.passive.ejectedUntilMs === undefined ? 0 : 1,
    ),
    gauge('checked_timestamp_seconds', 'When the last check ended; 0 before the first', (v) =>
      Math.floor((v.seen.checkedAtMs ?? 0) / 1_000),
    ),
  ];
}

function labelsOf({ backend }: BackendView) {
  return { backend: backend.name, group: backend.routingGroup };
}

function statusSamples(view: BackendView): Sample[] {
  return STATUSES.map((status) => ({
    labels: { ...labelsOf(view), status },
    value: view.seen.status === status ? 1 : 0,
  }));
}

function forwardingSamples(view: BackendView): Sample[] {
  const { forwarding: way } = view.seen;
  return way === undefined ? [] : [{ labels: { ...labelsOf(view), way }, value: 1 }];
}

/**
 * What dashboards of the Java gateway read: its JMX beans by its exposition's names (observed on release 21), one
 * metric for each cluster and figure.
 */
export function javaMetrics({ counters, fleet, open }: AdminContext): Metric[] {
  const gauge = (name: string, value: number): Metric => ({
    name,
    help: 'As in the Java gateway',
    type: 'gauge',
    read: () => one(value),
  });
  const requests = () =>
    Object.values(counters.traffic).reduce(
      (sum, t) => sum + (t.total.counts as Float64Array).reduce(add, 0),
      0,
    );
  return [
    {
      name: 'io_trino_gateway_ha_handler_name_ProxyHandlerStats_RequestCount',
      help: 'As in the Java gateway: proxied requests; a counter, whose name OpenMetrics would change',
      type: 'gauge',
      read: () => one(requests()),
    },
    ...fleet.views().flatMap(({ backend, seen }) => {
      const name = backend.name.replace(/[^a-zA-Z0-9_]/g, '_');
      const stats = `io_trino_gateway_ha_router_name_ClusterStats_cluster_id_${name}`;
      const activation = `io_trino_gateway_ha_clustermonitor_type_ClusterMetricsStats_name_${name}_ActivationStatus`;
      return [
        gauge(activation, backend.active ? 1 : 0),
        gauge(`${stats}_RunningQueryCount`, seen.counts?.running ?? open.count(backend.proxyTo)),
        gauge(`${stats}_QueuedQueryCount`, seen.counts?.queued ?? 0),
        gauge(`${stats}_NumWorkerNodes`, seen.counts?.workers ?? 0),
        ...STATUSES.map((status) =>
          gauge(
            `${stats}_TrinoStatus${status.charAt(0)}${status.slice(1).toLowerCase()}`,
            seen.status === status ? 1 : 0,
          ),
        ),
      ];
    }),
  ];
}

const add = (a: number, b: number) => a + b;
