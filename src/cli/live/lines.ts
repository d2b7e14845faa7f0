/** A look at a run as lines for a terminal or a log. */
import { formatCount, formatMs } from '../../base/units.ts';
import type { LiveSnapshot } from './figures.ts';

const BAR_WIDTH = 24;

/** Two lines for a terminal that is `columns` wide: what is being done, and how far it is. */
export function terminalLines(look: LiveSnapshot, columns: number): string[] {
  const width = Math.max(20, columns - 1);
  const doing = look.step === '' ? look.phase : `${look.phase} · ${look.step}`;
  return [clip(doing, width), clip(`${bar(share(look))} ${figuresLine(look)}`, width)];
}

/** One line for where nothing can be overwritten. */
export function plainLine(look: LiveSnapshot): string {
  return `${look.phase} · ${figuresLine(look)}`;
}

/** `1 204 of 2 300, 48/s, 12 open, p95 1.2 s, 3 errors, about 21 s left`. */
function figuresLine(look: LiveSnapshot): string {
  const { ended, planned, open, troubled, endedPerSecond, p95Ms, leftMs } = look;
  return [
    `${formatCount(ended)} of ${formatCount(planned)}`,
    `${formatCount(Math.round(endedPerSecond))}/s`,
    `${formatCount(open)} open`,
    p95Ms === null ? 'p95 –' : `p95 ${formatMs(p95Ms)}`,
    `${formatCount(troubled)} ${troubled === 1 ? 'error' : 'errors'}`,
    leftMs > 0 ? `about ${formatMs(Math.ceil(leftMs / 1000) * 1000)} left` : 'waiting for the last ones',
  ].join(', ');
}

/** By time, which is what the timeline goes by; the queries' share cannot fall behind it by more than their run time. */
function share({ atMs, leftMs }: LiveSnapshot): number {
  return leftMs <= 0 ? 1 : atMs / (atMs + leftMs);
}

function bar(part: number): string {
  const full = Math.round(part * BAR_WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${String(Math.floor(part * 100)).padStart(3)} %`;
}

function clip(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
