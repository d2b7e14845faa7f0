/** Metrics of the process, by the names that Prometheus client libraries share, and of the event loop. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { byKey, type Metric, one } from './metric.ts';

/** Coarse, so that measuring costs nothing worth measuring. */
const LAG_RESOLUTION_MS = 50;

export interface EventLoop {
  readonly lag: ReturnType<typeof monitorEventLoopDelay>;
  close(): void;
}

export function watchEventLoop(): EventLoop {
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  return { lag, close: () => lag.disable() };
}

export function processMetrics({ lag }: EventLoop): Metric[] {
  const gauge = (name: string, help: string, read: () => number): Metric => ({
    name,
    help,
    type: 'gauge',
    read: () => one(read()),
  });
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the process, user and system',
      type: 'counter',
      read: () => {
        const { system, user } = process.cpuUsage();
        return one((system + user) / 1e6);
      },
    },
    gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss()),
    gauge('process_start_time_seconds', 'When the process started', () =>
      Math.round(performance.timeOrigin / 1_000),
    ),
    gauge(
      'nodejs_heap_size_used_bytes',
      'Used part of the JavaScript heap',
      () => process.memoryUsage().heapUsed,
    ),
    gauge(
      'nodejs_external_memory_bytes',
      'Buffers outside of the heap',
      () => process.memoryUsage().external,
    ),
    gauge(
      'nodejs_eventloop_utilization_ratio',
      'Share of time in which the event loop was busy, since the start',
      () => performance.eventLoopUtilization().utilization,
    ),
    {
      name: 'nodejs_eventloop_lag_seconds',
      help: 'How late the event loop came to its timers, since the last scrape',
      type: 'gauge',
      read: () => {
        // The sampling period is in every measurement; only what exceeds it is lag.
        const seconds = (ns: number) => Math.max(0, ns / 1e9 - LAG_RESOLUTION_MS / 1_000);
        const samples = byKey('quantile', {
          '0.5': seconds(lag.percentile(50)),
          '0.99': seconds(lag.percentile(99)),
          '1': seconds(lag.max),
        });
        lag.reset();
        return samples;
      },
    },
  ];
}
