/**
 * Asks one cluster for its counts, on a timer of its own: a statistics endpoint may be slow or hang without holding up
 * the checks of the backend's health, or anything of the other backends.
 */
import type { Clock } from '../../src/base/clock.ts';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { Monitor, MonitorTarget, Reading } from './monitors/monitor.ts';

export interface CountsWatchOptions {
  readonly name: string;
  readonly monitor: Monitor;
  readonly target: Omit<MonitorTarget, 'signal'>;
  /** From the start of one question to the start of the next. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly onReading: (reading: Reading) => void;
}

export interface CountsWatch {
  close(): Promise<void>;
}

/** The first question is asked at once. */
export function watchCounts(options: CountsWatchOptions): CountsWatch {
  const { clock, everyMs, log, monitor, name, onReading, target } = options;
  const stop = new AbortController();
  let trouble: string | undefined;

  function tell(reading: Reading): void {
    const now = reading.counts === undefined ? reading.reason : undefined;
    if (now !== trouble && now !== undefined)
      log.warn({ backend: name, reason: now }, 'a cluster tells no counts');
    trouble = now;
    onReading(reading);
  }

  async function loop(): Promise<void> {
    while (!stop.signal.aborted) {
      const begunMs = clock.nowMs();
      try {
        tell(await monitor({ ...target, signal: stop.signal }));
      } catch (error) {
        if (stop.signal.aborted) return;
        tell({ status: 'UNKNOWN', reason: errorText(error), counts: undefined });
      }
      await clock.sleepUntil(begunMs + everyMs, stop.signal).catch(() => undefined);
    }
  }

  const running = loop();
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}
