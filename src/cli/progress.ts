/** Live progress of a run: one line in place on a terminal, plain lines elsewhere. */
import { formatCount, formatMs } from '../base/units.ts';
import type { RunEvent } from '../measure/events.ts';
import type { ReplayProgress } from '../replay/engine.ts';
import type { RunWatcher } from '../run/run.ts';
import type { CliContext } from './context.ts';

const TERMINAL_TICK_MS = 200;
const PLAIN_TICK_MS = 5_000;

/** Events worth a line of their own while the run goes on. */
const SHOWN: ReadonlySet<RunEvent['type']> = new Set([
  'cluster-healthy',
  'cluster-activated',
  'cluster-deactivated',
  'cluster-drained',
  'cluster-stopped',
  'cluster-killed',
  'cluster-lost',
  'roll-started',
  'roll-finished',
  'roll-failed',
  'fault-started',
  'fault-finished',
  'gateway-lost',
  'interrupted',
  'warning',
]);

export interface ProgressView extends RunWatcher {
  /** Ends the live line. */
  end(): void;
}

/** A view on standard error; quiet when `quiet`. */
export function progressView(context: CliContext, quiet: boolean): ProgressView {
  let phase = 'preparing';
  let live: { progress: ReplayProgress; endsAtMs: number } | undefined;
  let shown = '';
  const draw = (line: string) => {
    if (quiet || line === shown) return;
    shown = line;
    process.stderr.write(`\r\u001b[2K${line}`);
  };
  const erase = () => {
    if (shown !== '') process.stderr.write('\r\u001b[2K');
    shown = '';
  };
  const say = (text: string) => {
    if (quiet) return;
    erase();
    context.err(text);
  };
  const tick = () => {
    if (live === undefined) return;
    const line = `${phase} · ${progressLine(live.progress, live.endsAtMs - performance.now())}`;
    if (context.terminal) draw(line.slice(0, Math.max(20, (process.stderr.columns ?? 100) - 1)));
    else say(line);
  };
  const timer = setInterval(tick, context.terminal ? TERMINAL_TICK_MS : PLAIN_TICK_MS);
  timer.unref();
  return {
    note: (text) => say(`· ${text}`),
    event(event) {
      if (event.type === 'phase') phase = event.text;
      if (event.type === 'replay-finished') live = undefined;
      if (!SHOWN.has(event.type)) return;
      const took = event.tookMs === undefined ? '' : ` (${formatMs(event.tookMs)})`;
      say(`${clockText(event.atUs / 1000)}  ${event.text}${took}`);
    },
    replayStarted(progress, endsAtMs) {
      live = { progress, endsAtMs };
    },
    end() {
      clearInterval(timer);
      erase();
    },
  };
}

function clockText(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}

/** `1 204 of 2 300 queries done, 12 open, 3 errors so far, about 21 s left`. */
export function progressLine(progress: ReplayProgress, leftMs: number): string {
  const { ended, planned, open, troubled } = progress;
  const left =
    leftMs > 0 ? `about ${formatMs(Math.ceil(leftMs / 1000) * 1000)} left` : 'waiting for the last ones';
  const errors = `${formatCount(troubled)} ${troubled === 1 ? 'error' : 'errors'} so far`;
  return `${formatCount(ended)} of ${formatCount(planned)} queries done, ${open} open, ${errors}, ${left}`;
}
