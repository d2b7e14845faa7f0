/** GET /metrics: OpenMetrics as in the Java gateway, or Prometheus text where the scraper asks for that alone. */
import { createRequire } from 'node:module';
import type * as PromClient from 'prom-client';
import type { AdminContext } from '../context.ts';
import type { Answer, Route } from '../route.ts';
import { backendMetrics, javaMetrics } from './backends.ts';
import type { Metric } from './metric.ts';
import { type EventLoop, processMetrics } from './process.ts';
import { trafficMetrics } from './traffic.ts';
import { upkeepMetrics } from './upkeep.ts';

export { type EventLoop, watchEventLoop } from './process.ts';

/** The writer alone: the whole library brings a client of OpenTelemetry and most of Node's modules into memory. */
const Registry: typeof PromClient.Registry = createRequire(import.meta.url)('prom-client/lib/registry.js');

/** The metrics that have a documented name of their own, in the order of the documentation. */
export function ownMetrics(ctx: AdminContext, loop: EventLoop): Metric[] {
  return [...trafficMetrics(ctx), ...backendMetrics(ctx), ...upkeepMetrics(ctx), ...processMetrics(loop)];
}

export function metricsRoute(ctx: AdminContext, loop: EventLoop): Route {
  const own = ownMetrics(ctx, loop);
  return {
    method: 'GET',
    path: '/metrics',
    roles: [],
    body: 'none',
    // The Java gateway's names hold those of the clusters, so they are put together at each scrape.
    handle: ({ headers }) => exposition([...own, ...javaMetrics(ctx)], headers.accept ?? ''),
  };
}

/** The same media type as the library's, in the Java gateway's spelling. */
const JAVA_TYPE = 'application/openmetrics-text;charset=utf-8;version=1.0.0';

async function exposition(metrics: readonly Metric[], accept: string): Promise<Answer> {
  const isOpen = accept.includes('openmetrics-text') || !accept.includes('text/plain');
  const registry = new Registry();
  const contentType = isOpen ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
  registry.setContentType(contentType as typeof registry.contentType);
  const seen = new Set<string>();
  for (const { help, name: full, read, type } of metrics) {
    // OpenMetrics names the family without the suffix; the library puts it back on the samples.
    const name = isOpen && type === 'counter' ? full.replace(/_total$/, '') : full;
    // Two clusters whose names differ in a sign only have one name there.
    if (seen.has(name)) continue;
    seen.add(name);
    const get = async () => ({ name, help, type, aggregator: 'sum', values: read() });
    registry.registerMetric({ name, help, type, aggregator: 'sum', get, reset: () => undefined } as never);
  }
  return {
    status: 200,
    headers: { 'Content-Type': isOpen ? JAVA_TYPE : registry.contentType },
    body: await registry.metrics(),
  };
}
