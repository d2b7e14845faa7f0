/** The load generator watches itself: a late or busy generator must not be read as a slow gateway. */
import { monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import type { GeneratorHealth } from '../measure/record/run-info.ts';

const WINDOW_MS = 10_000;
/** How busy a moment was says nothing. */
const LEAST_WINDOW_MS = 1_000;
const DELAY_RESOLUTION_MS = 5;
const NS_PER_MS = 1e6;

/** Starts watching the thread that calls; the answer stops it and tells. */
export function watchGenerator(): () => GeneratorHealth {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  let gcMs = 0;
  let gcMaxMs = 0;
  const collector = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // Minor and incremental work runs in slices of a millisecond; what can delay a start is the whole pause.
      gcMs += entry.duration;
      gcMaxMs = Math.max(gcMaxMs, entry.duration);
    }
  });
  collector.observe({ entryTypes: ['gc'] });
  const wallStart = Date.now();
  const start = performance.now();
  let busiest = 0;
  let windows = 0;
  let lastMs = start;
  let last = performance.eventLoopUtilization();
  const sample = () => {
    const now = performance.eventLoopUtilization();
    busiest = Math.max(busiest, performance.eventLoopUtilization(now, last).utilization);
    last = now;
    lastMs = performance.now();
    windows++;
  };
  const timer = setInterval(sample, WINDOW_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (windows === 0 || performance.now() - lastMs >= LEAST_WINDOW_MS) sample();
    delay.disable();
    collector.disconnect();
    const elapsedMs = performance.now() - start;
    return {
      eventLoopDelayP99Ms: Math.max(0, delay.percentile(99) / NS_PER_MS - DELAY_RESOLUTION_MS),
      eventLoopDelayMaxMs: Math.max(0, delay.max / NS_PER_MS - DELAY_RESOLUTION_MS),
      eventLoopUtilisationMax: busiest,
      gcMaxMs,
      gcShare: gcMs / elapsedMs,
      clockStepMs: Math.abs(Date.now() - wallStart - elapsedMs),
    };
  };
}

/**
 * The worse of two, figure by figure: a run is as fit as its least fit thread or shard. What a shard's machine did, and how
 * many threads it had, is in its own record.
 */
export function worseHealth(
  { host: _, threads: __, ...a }: GeneratorHealth,
  b: GeneratorHealth,
): GeneratorHealth {
  const keys = Object.keys(a) as (keyof typeof a)[];
  return Object.fromEntries(keys.map((key) => [key, Math.max(a[key], b[key])])) as unknown as GeneratorHealth;
}
