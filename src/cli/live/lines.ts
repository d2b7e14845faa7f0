/** A look at a run as lines for a terminal or a log. */
import { formatCount, formatMs } from '../../base/units.ts';
import { type LiveSnapshot, leftText, shareOf } from './figures.ts';

const BAR_WIDTH = 24;

/** Two lines for a terminal that is `columns` wide: what is being done, and how far it is. */
export function terminalLines(look: LiveSnapshot, columns: number): string[] {
  const width = Math.max(20, columns - 1);
  const doing = look.step === '' ? look.phase : `${look.phase} · ${look.step}`;
  return [clip(doing, width), clip(`${bar(look)}, ${figuresLine(look)}`, width)];
}

/** One line for where nothing can be overwritten. */
export function plainLine(look: LiveSnapshot): string {
  return `${look.phase} · ${figuresLine(look)}`;
}

/** `1 204 of 2 300 queries, 48/s, 12 open, p95 1.2 s, 3 errors, about 21 s left`. */
function figuresLine(look: LiveSnapshot): string {
  const { ended, planned, open, troubled, endedPerSecond, p95Ms } = look;
  return [
    `${formatCount(ended)} of ${formatCount(planned)} queries`,
    `${formatCount(Math.round(endedPerSecond))}/s`,
    `${formatCount(open)} open`,
    p95Ms === null ? 'p95 –' : `p95 ${formatMs(p95Ms)}`,
    `${formatCount(troubled)} ${troubled === 1 ? 'error' : 'errors'}`,
    leftText(look),
  ].join(', ');
}

function bar(look: LiveSnapshot): string {
  const { of, part } = shareOf(look);
  const full = Math.round(part * BAR_WIDTH);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${percent} % of ${of}`;
}

function clip(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
