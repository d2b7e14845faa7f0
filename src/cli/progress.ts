/** Live progress of a run: a view in place on a terminal, plain lines elsewhere. */
import { printable } from '../base/terminal.ts';
import { formatMs } from '../base/units.ts';
import type { RunEvent } from '../measure/record/events.ts';
import type { RunWatcher } from '../run/run.ts';
import type { CliContext } from './context.ts';
import { type LiveFigures, liveFigures } from './live/figures.ts';
import { plainLine, terminalLines } from './live/lines.ts';

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
  'roll-share',
  'roll-finished',
  'roll-failed',
  'fault-started',
  'fault-finished',
  'gateway-lost',
  'interrupted',
  'warning',
]);

export interface ProgressView extends RunWatcher {
  readonly figures: LiveFigures;
  /** Ends the live view. */
  end(): void;
}

/** A view on standard error; quiet when `quiet`. */
export function progressView(context: CliContext, quiet: boolean): ProgressView {
  const figures = liveFigures(() => performance.now());
  const painter = paintInPlace((text) => process.stderr.write(text));
  const say = (text: string) => {
    if (quiet) return;
    painter.erase();
    context.err(text);
  };
  const tick = () => {
    const look = quiet ? undefined : figures.snapshot();
    if (look === undefined) return;
    if (context.terminal) painter.paint(terminalLines(look, process.stderr.columns ?? 100));
    else say(plainLine(look));
  };
  const timer = setInterval(tick, context.terminal ? TERMINAL_TICK_MS : PLAIN_TICK_MS);
  timer.unref();
  return {
    figures,
    note: (text) => say(`· ${text}`),
    event(event) {
      figures.event(event);
      if (!SHOWN.has(event.type)) return;
      const took = event.tookMs === undefined ? '' : ` (${formatMs(event.tookMs)})`;
      say(`${clockText(event.atUs / 1000)}  ${event.text}${took}`);
    },
    sample: figures.sample,
    replayStarted: figures.started,
    end() {
      clearInterval(timer);
      painter.erase();
    },
  };
}

/** Lines at the bottom of a terminal that are written over; nothing is written when nothing has changed. */
export function paintInPlace(write: (text: string) => void): {
  paint(lines: readonly string[]): void;
  erase(): void;
} {
  let shown: readonly string[] = [];
  const erase = () => {
    if (shown.length > 0) write(`\r\u001b[2K${'\u001b[1A\u001b[2K'.repeat(shown.length - 1)}`);
    shown = [];
  };
  return {
    erase,
    paint(lines) {
      if (lines.join('\n') === shown.join('\n')) return;
      erase();
      write(lines.map((line) => printable(line).replaceAll('\n', ' ')).join('\n'));
      shown = lines;
    },
  };
}

function clockText(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}
