/** Runs the clean-up on its period. */
import { errorText } from '../../../src/base/errors.ts';
import type { Log } from '../../../src/base/log.ts';
import type { DataStoreConfig } from '../../config/schema.ts';
import type { Connection } from '../connection.ts';
import { cleanEveryMs, cleanHistory } from './retention.ts';

const FIRST_AFTER_MS = 60_000;

export interface Cleaner {
  keepRowsOf(stillOpen: (beforeMs: number) => readonly string[]): void;
  /** Answers how many rows of the history were deleted. */
  clean(nowMs: number): Promise<number>;
  close(): void;
}

export function cleaner(connection: Connection, config: DataStoreConfig, log: Log): Cleaner {
  const { queryHistoryHoursRetention: retentionHours } = config;
  let stillOpen: (beforeMs: number) => readonly string[] = () => [];
  const clean = (nowMs: number) =>
    connection.run((s) => cleanHistory(s.db, s.engine, { ...s, nowMs, retentionHours, stillOpen }));
  const tick = () => {
    clean(Date.now()).catch((error: unknown) =>
      log.warn({ reason: errorText(error) }, 'old query history was not deleted'),
    );
  };
  // Several nodes that start together do not clean together.
  const spread = 0.75 + Math.random() / 2;
  const first = setTimeout(tick, FIRST_AFTER_MS * spread).unref();
  const period = setInterval(tick, cleanEveryMs(retentionHours) * spread).unref();
  return {
    clean,
    keepRowsOf(answer) {
      stillOpen = answer;
    },
    close() {
      clearTimeout(first);
      clearInterval(period);
    },
  };
}
