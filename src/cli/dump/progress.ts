/** Progress of long work on a dump: one line in place on a terminal, a line now and then elsewhere. */
import { formatBytes, formatCount, formatMs } from '../../base/units.ts';
import { countingWatch, type Progress, type Watch } from '../../dump/watch.ts';
import type { CliContext } from '../context.ts';
import { paintInPlace } from '../progress.ts';

const TERMINAL_TICK_MS = 200;
const PLAIN_TICK_MS = 10_000;
/** Below this a rate is an accident. */
const LEAST_MS = 1_000;

export interface ProgressFlags {
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Does the work with a watch on it that is shown on standard error; silent with `--quiet` and `--json`. */
export async function withProgress<T>(
  context: CliContext,
  { quiet, json }: ProgressFlags,
  work: (watch: Watch | undefined) => Promise<T>,
): Promise<T> {
  if (quiet === true || json === true) return work(undefined);
  const nowMs = () => performance.now();
  const { watch, now } = countingWatch(nowMs);
  const painter = paintInPlace((text) => process.stderr.write(text));
  const tick = () => {
    const progress = now();
    if (progress === undefined) return;
    const line = progressLine(progress, nowMs());
    if (context.terminal) painter.paint([line.slice(0, (process.stderr.columns ?? 100) - 1)]);
    else context.err(line);
  };
  const timer = setInterval(tick, context.terminal ? TERMINAL_TICK_MS : PLAIN_TICK_MS);
  timer.unref();
  try {
    return await work(watch);
  } finally {
    clearInterval(timer);
    painter.erase();
  }
}

/** What is counted, where it is not queries. */
const THINGS: Partial<Record<Progress['step'], string>> = { 'reading statements': 'texts' };

/** The end of a step is not known to the millisecond. */
const wholeSeconds = (ms: number) => Math.ceil(ms / 1000 - 1e-6) * 1000;

/** `reading 42 %: 4.2 GB of 10 GB, 1 234 567 rows, 85 000 a second, done in 1 min`. */
export function progressLine(progress: Progress, nowMs: number): string {
  const { step, startedMs, bytes, rows, ofBytes, ofRows } = progress;
  const tookMs = nowMs - startedMs;
  const share = ofBytes > 0 ? bytes / ofBytes : ofRows > 0 ? rows / ofRows : undefined;
  const parts = [
    ...(ofBytes > 0 ? [`${formatBytes(bytes)} of ${formatBytes(ofBytes)}`] : []),
    ofRows > 0
      ? `${formatCount(rows)} of ${formatCount(ofRows)} ${THINGS[step] ?? 'queries'}`
      : `${formatCount(rows)} rows`,
  ];
  if (tookMs >= LEAST_MS) {
    parts.push(`${formatCount(Math.round(rows / (tookMs / 1000)))} a second`);
    if (share !== undefined && share > 0 && share < 1)
      parts.push(`done in ${formatMs(wholeSeconds((tookMs * (1 - share)) / share))}`);
  }
  // A file that grows while it is read has more than all of it.
  const percent = share === undefined ? '' : ` ${Math.floor(Math.min(1, share) * 100)} %`;
  return `${step}${percent}: ${parts.join(', ')}`;
}
